// SPDX-License-Identifier: MIT
// bluegreen-load: many kinds of HTTP client at once against a server on this machine, and an honest account of what
// each of them got. Ends when its time or its requests are over, or on SIGTERM or SIGINT; requests under way are
// finished. Exit code: 0 all ok, 1 at least one failed or none was sent, 2 usage.
#include <sys/eventfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <deque>
#include <fstream>
#include <thread>

#include "load/client.h"
#include "load/plan.h"
#include "load/report.h"

namespace bluegreen::load {
namespace {

struct CommandLine {
  Plan plan;
  std::string json_file;
};

// What the command line says, or the exit code to end with.
std::expected<CommandLine, int> parse(int argc, char** argv) {
  CLI::App app{"HTTP load for a server on this machine, with an account of every request", "bluegreen-load"};
  CommandLine line;
  Plan& plan = line.plan;
  std::string url;
  double seconds = 10;
  KindPaths paths;
  std::vector<std::string> names{"get", "post", "connect", "slow", "upload"};
  bool gentle = false;
  app.add_option("url", url, "http://127.0.0.1:8080; loopback or a container network of this machine")->required();
  app.add_option("--host", plan.host, "the Host header; default: localhost");
  app.add_option("--seconds", seconds, "how long")->check(CLI::Range(0.1, 600.0))->capture_default_str();
  app.add_option("--requests", plan.requests, "how many at most, of all kinds together")
      ->check(CLI::Range(1L, 5'000'000L))
      ->capture_default_str();
  auto* connections = app.add_option("--connections", plan.connections, "of each kind");
  connections->check(CLI::Range(1, 64))->capture_default_str();
  auto* rate = app.add_option("--rate", plan.rate, "requests a second of each connection, at most");
  rate->check(CLI::Range(0.1, 100'000.0))->capture_default_str();
  auto* kinds = app.add_option("--kinds", names, "of get, post, connect, slow, upload, ws")->delimiter(',');
  app.add_option("--get-path", paths.get, "for get and connect")->capture_default_str();
  app.add_option("--post-path", paths.post)->capture_default_str();
  auto* slow_path = app.add_option("--slow-path", paths.slow)->capture_default_str();
  app.add_option("--upload-path", paths.upload)->capture_default_str();
  app.add_option("--ws-path", paths.ws)->capture_default_str();
  app.add_option("--frames", plan.frames, "on one WebSocket connection, which is then closed; 0: as long as it lasts")
      ->check(CLI::Range(0L, 1'000'000L))
      ->capture_default_str();
  app.add_option("--who", plan.who, "the header of an answer that says who gave it; without it the body's first line")
      ->capture_default_str();
  app.add_flag(
      "--gentle", gentle,
      "for a server that answers one request at a time and knows no POST: get and connect (slow with --slow-path), "
      "2 connections each, 5 requests a second each");
  app.add_option("--json", line.json_file, "write the report there instead of as text to stdout");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(app.exit(error) == 0 ? 0 : 2);
  }
  if (gentle) {
    if (kinds->count() == 0) names = {"get", "connect"};
    if (slow_path->count() > 0) names.emplace_back("slow");
    if (connections->count() == 0) plan.connections = 2;
    if (rate->count() == 0) plan.rate = 5;
  }
  if (plan.host.empty()) plan.host = "localhost";
  plan.duration = std::chrono::milliseconds(static_cast<long>(seconds * 1000));
  const auto address = local_address(url);
  const auto made = make_kinds(names, paths);
  if (!address || !made) {
    const Error error = !address ? address.error() : made.error();
    std::fprintf(stderr, "bluegreen-load: %s %s\n", error.message.c_str(), error.hint.c_str());
    return std::unexpected(2);
  }
  plan.address = *address;
  plan.kinds = *made;
  return line;
}

struct Crew {
  const Kind* kind;
  std::atomic<bool> answered = false;
  std::deque<Client> clients;
};

// Blocks the signals in every thread that is started from here on.
sigset_t block_signals() {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);
  return end;
}

// Until a signal or the end of the run. Says once, on stdout, that the load has got going: others wait for that line.
void supervise(const sigset_t& signals, std::deque<Crew>& crews, const Run& run) {
  constexpr timespec moment{0, 10'000'000};
  bool said = false;
  while (wire::Clock::now() < run.end && run.requests_left > 0) {
    if (sigtimedwait(&signals, nullptr, &moment) > 0) return;
    if (said || !std::ranges::all_of(crews, [](const Crew& crew) { return crew.answered.load(); })) continue;
    said = true;
    std::puts("every kind of client has been answered");
    std::fflush(stdout);
  }
}

Tallies perform(const Plan& plan) {
  const sigset_t signals = block_signals();
  const wire::Socket stop(eventfd(0, EFD_CLOEXEC));
  const auto start = wire::Clock::now();
  Run run{start, start + plan.duration, stop.fd(), plan.requests};
  std::deque<Crew> crews;
  std::vector<std::jthread> threads;
  for (const Kind& kind : plan.kinds) {
    Crew& crew = crews.emplace_back(&kind);
    for (int i = 0; i < plan.connections; ++i) {
      Client& client = crew.clients.emplace_back(plan, kind, run);
      const double phase = static_cast<double>(i) / plan.connections;
      threads.emplace_back([&client, &crew, phase] { client.work(phase, crew.answered); });
    }
  }
  supervise(signals, crews, run);
  if (eventfd_write(stop.fd(), 1) != 0) std::abort();
  threads.clear();
  Tallies tallies;
  for (const Crew& crew : crews) {
    auto& [kind, tally] = tallies.emplace_back(crew.kind->name, Tally());
    for (const Client& client : crew.clients) tally.add(client.tally());
  }
  return tallies;
}

int run(int argc, char** argv) {
  const auto line = parse(argc, argv);
  if (!line) return line.error();
  const Tallies tallies = perform(line->plan);
  if (line->json_file.empty()) {
    std::fputs(render_text(tallies).c_str(), stdout);
  } else if (std::ofstream file(line->json_file); !(file << render_json(tallies)).flush()) {
    std::fprintf(stderr, "bluegreen-load: cannot write %s\n", line->json_file.c_str());
    return 2;
  }
  long ok = 0;
  long failed = 0;
  for (const auto& [kind, tally] : tallies) {
    ok += tally.ok;
    failed += tally.failed;
  }
  return ok > 0 && failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace bluegreen::load

int main(int argc, char** argv) { return bluegreen::load::run(argc, argv); }
