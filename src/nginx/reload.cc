// SPDX-License-Identifier: MIT
#include "nginx/reload.h"

#include <sstream>
#include <utility>

#include "nginx/workers.h"

namespace bluegreen {

namespace {

using Processes = std::vector<std::pair<int, std::string>>;

constexpr Milliseconds reload_deadline(10'000);
constexpr Milliseconds poll_interval(10);
constexpr Milliseconds log_interval(250);
constexpr int log_tail = 2000;

Outcome<std::vector<std::string>> refusals_in_log(Engine& engine, const std::string& id) {
  std::vector<std::string> lines;
  LogQuery query;
  query.tail = log_tail;
  TRY(engine.read_logs(id, query, [&](const std::string& line) {
    if (line.find("[emerg] ") != std::string::npos) lines.push_back(line);
  }));
  return lines;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool is_first_process(const ContainerDetail& nginx, const Processes& processes) {
  for (const auto& [pid, title] : processes) {
    if (pid == nginx.pid) return title.find("nginx: master process") != std::string::npos;
  }
  return true;
}

// Through nginx's own program, which finds its master also behind a shell or an init. Not by the engine's kill where
// that can be helped: the engine takes any signal for the wish that the container stay down, and nginx would not come
// back after a restart of the machine (`restart: unless-stopped`, moby issue 41302). Returns nginx's words where it
// refuses: then its master has not been told anything.
Outcome<std::string> send_reload(Engine& engine, const ContainerDetail& nginx, const Processes& processes) {
  std::vector<std::string> command{"nginx"};
  const auto options = master_options(processes);
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(), {"-s", "reload"});
  TRY_ASSIGN(const auto result, engine.exec(nginx.id, command, Milliseconds(10'000)));
  if (result.exit_code == 0) return "";
  if (const auto refusals = find_refusals(lines_of(result.output)); !refusals.empty()) return refusals.back();
  if (!is_first_process(nginx, processes)) return failure("`nginx -s reload`: " + result.output);
  TRY(engine.signal_container(nginx.id, "HUP"));  // its pid file is somewhere else
  return "";
}

}  // namespace

Outcome<Reload> reload_nginx(Engine& engine, Clock& clock, const ContainerDetail& nginx) {
  TRY_ASSIGN(const auto processes, engine.list_processes(nginx.id));
  TRY_ASSIGN(const auto refused_before, refusals_in_log(engine, nginx.id));
  const auto before = find_workers(processes).current;
  TRY_ASSIGN(auto words, send_reload(engine, nginx, processes));
  if (!words.empty()) return Reload{Reload::Result::refused, std::move(words)};

  const auto deadline = clock.now() + reload_deadline;
  auto next_look_at_log = clock.now() + log_interval;
  for (;;) {
    TRY_ASSIGN(const auto now, engine.list_processes(nginx.id));
    if (are_replaced(before, find_workers(now))) return Reload{Reload::Result::taken, ""};
    if (clock.now() >= next_look_at_log) {
      TRY_ASSIGN(const auto refused, refusals_in_log(engine, nginx.id));
      if (const auto refusal = find_new_refusal(refused_before, refused)) {
        return Reload{Reload::Result::refused, *refusal};
      }
      next_look_at_log = clock.now() + log_interval;
    }
    if (clock.now() >= deadline) return Reload{};
    clock.sleep(poll_interval, {});
  }
}

}  // namespace bluegreen
