// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "docker/answers.h"
#include "docker/docker_engine.h"
#include "docker/json.h"
#include "docker/stream.h"

namespace bluegreen::docker {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kKeptOutput = 64 << 10;
constexpr auto kBetweenLooks = 5ms;

std::unexpected<Error> too_slow(Milliseconds timeout, const std::string& output) {
  return failure(ErrorKind::timeout, fmt::format("did not end within {} ms{}{}", timeout.count(),
                                                 output.empty() ? "" : "; it said: ", output));
}

}  // namespace

Outcome<ExecResult> DockerEngine::exec(const std::string& id, const std::vector<std::string>& command,
                                       Milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const json wanted = {{"AttachStdout", true}, {"AttachStderr", true}, {"Cmd", command}};
  TRY_ASSIGN(const auto exec_id, ask({.method = "POST",
                                      .path = container_path(id, "/exec"),
                                      .body = dump_json(wanted),
                                      .timeout = std::min(timeout, deadlines().answer)},
                                     read_id));
  const auto path = "/exec/" + url_escape(exec_id);

  Demultiplexer frames;
  Tail output(kKeptOutput);
  const auto started = api_->stream(
      {.method = "POST", .path = path + "/start", .body = R"({"Detach":false,"Tty":false})", .timeout = timeout},
      [&](std::string_view piece) { return frames.feed(piece, [&](std::string_view data) { output.add(data); }); });
  if (!started && started.error().kind == ErrorKind::timeout) return too_slow(timeout, output.take());
  if (!started) return std::unexpected(started.error());

  // The output can end a moment before the command does.
  while (true) {
    TRY_ASSIGN(const auto state, get(path + "/json", read_exec));
    if (!state.running) return ExecResult{state.exit_code, output.take()};
    if (std::chrono::steady_clock::now() >= deadline) return too_slow(timeout, output.take());
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

Done DockerEngine::read_logs(const std::string& id, const LogQuery& query,
                             const std::function<void(const std::string&)>& line) {
  TRY_ASSIGN(
      const bool raw,
      ask({.path = container_path(id, "/json"), .timeout = deadlines().answer, .stop = query.stop}, read_has_terminal));
  const auto path = fmt::format("/logs?stdout=1&stderr=1&tail={}&follow={}",
                                query.tail < 0 ? "all" : std::to_string(query.tail), query.follow ? 1 : 0);
  Demultiplexer frames;
  LineSplitter lines;
  const auto take = [&](std::string_view data) { lines.feed(data, line); };
  const auto read = api_->stream(
      {.path = container_path(id, path), .timeout = query.follow ? 0ms : deadlines().log, .stop = query.stop},
      [&](std::string_view piece) {
        if (!raw) return frames.feed(piece, take);
        take(piece);
        return true;
      });
  lines.finish(line);
  if (read || (query.follow && read.error().kind == ErrorKind::interrupted)) return {};
  return std::unexpected(read.error());
}

}  // namespace bluegreen::docker
