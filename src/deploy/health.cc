// SPDX-License-Identifier: MIT
#include "deploy/health.h"

#include <algorithm>

#include "deploy/labels.h"
#include "deploy/sockets.h"

namespace bluegreen {

namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr Milliseconds first_pause{5};
constexpr Milliseconds shortest_probe{250};  // the last one before the deadline too
constexpr Milliseconds worker_proof{1000};   // a service with neither port nor health check must stay up this long
constexpr int log_lines = 10;

std::string last_log_lines(Engine& engine, const std::string& id) {
  std::string text;
  (void)engine.read_logs(id, {.tail = log_lines, .follow = false, .stop = {}},
                         [&](const std::string& line) { text += "\n    " + line; });
  return text.empty() ? "\n  it has written nothing to its log" : "\n  its last log lines:" + text;
}

bool is_loopback(const Endpoint& local) { return local.address.starts_with("127.") || local.address == "::1"; }

// ---- one service's probe through nginx ------------------------------------------------------------------------

struct ProbeResult {
  bool healthy = false;
  std::string last;  // what the last answer was, for people
  int last_status = 0;
};

std::string describe_answer(const HealthProbe& probe, const PreviewAnswer& answer) {
  std::string text = "GET " + probe.path + " answered " + std::to_string(answer.status);
  if (answer.upstream.empty()) text += " (nginx itself)";
  return text;
}

bool accepts(const HealthProbe& probe, const PreviewAnswer& answer) {
  const bool from_nginx = answer.upstream.empty() || answer.status == 502 || answer.status == 504;
  if (probe.kind == HealthProbe::Kind::tcp) return !from_nginx;
  return !answer.upstream.empty() && answer.status >= probe.status_from && answer.status <= probe.status_to;
}

std::string probe_host(const Service& service) {
  if (!service.health.host.empty()) return service.health.host;
  if (service.route && !service.route->hosts.empty() && !service.route->hosts.front().starts_with("*")) {
    return service.route->hosts.front();
  }
  return "localhost";
}

// Every replica must answer `successes` times, without a failure in between.
ProbeResult probe_service(Proxy& proxy, const Site& site, const Service& service, const std::vector<Endpoint>& replicas,
                          Milliseconds left) {
  const auto& probe = service.health;
  PreviewQuery query{site.project,        site.app,
                     service.name,        probe.path,
                     probe_host(service), std::max(std::min(probe.timeout, left), shortest_probe)};
  std::map<std::string, int> successes;
  for (const auto& replica : replicas) successes[replica.address + ":" + std::to_string(replica.port)] = 0;
  const auto proved = [&] {
    return std::ranges::all_of(successes, [&](auto& each) { return each.second >= probe.successes; });
  };
  const auto most = static_cast<int>(replicas.size()) * (probe.successes + 4);
  for (int i = 0; i < most; ++i) {
    const auto answer = proxy.preview(query);
    if (!answer) return {false, answer.error().message, 0};
    if (!accepts(probe, *answer)) return {false, describe_answer(probe, *answer), answer->status};
    ++successes[answer->upstream];
    if (proved()) return {true, describe_answer(probe, *answer), answer->status};
  }
  return {false, "not every replica answered", 0};
}

// ---- why nothing answers --------------------------------------------------------------------------------------

std::string list_ports(const std::vector<Socket>& listeners) {
  std::string text;
  for (const auto& socket : listeners) text += (text.empty() ? "" : ", ") + std::to_string(socket.local.port);
  return text;
}

Error explain_silence(Engine& engine, const Service& service, const Container& container, const std::string& last) {
  const auto port = std::to_string(service.port);
  const auto intro = container.name + " never got healthy: " + last;
  std::vector<Socket> listeners;
  if (const auto table = engine.read_socket_tables(container.id)) {
    for (const auto& socket : parse_socket_tables(*table)) {
      const bool dns_of_engine = socket.local.address == "127.0.0.11";
      if (socket.state == Socket::State::listening && !dns_of_engine) listeners.push_back(socket);
    }
  }
  const auto on_port = std::ranges::find(listeners, service.port, [](const Socket& each) { return each.local.port; });
  const auto logs = last_log_lines(engine, container.id);
  if (on_port != listeners.end() && is_loopback(on_port->local)) {
    return {ErrorKind::failed,
            intro + "\n  it listens on " + on_port->local.address + ":" + port + " only, where nginx cannot reach it" +
                logs,
            "Make the app listen on 0.0.0.0:" + port + "."};
  }
  if (on_port == listeners.end() && !listeners.empty()) {
    return {ErrorKind::failed,
            intro + "\n  nothing listens on port " + port + "; the app listens on " + list_ports(listeners) + logs,
            "Set x-bluegreen.port of " + service.name + " to the port the app listens on."};
  }
  if (on_port == listeners.end()) {
    return {ErrorKind::failed, intro + "\n  nothing listens on port " + port + " yet" + logs,
            "If the app needs longer to start, raise --timeout or x-bluegreen.health.deadline."};
  }
  return {ErrorKind::failed, intro + logs,
          "The app listens, but does not answer its probe as expected: see x-bluegreen.health (path, status)."};
}

// ---- the whole environment ------------------------------------------------------------------------------------

struct Candidate {
  Container container;
  const Service* service = nullptr;
  TimePoint seen_running{};
  std::optional<int> restarts_before{};  // an environment that was kept may have had its bad day long ago
  bool running = false;
  bool checked = false;
  bool is_silent = false;      // it runs, and does not listen where nginx would connect
  bool has_own_proof = false;  // a probe or a health check; without either it must just stay up
  std::string last{};          // why it is not healthy yet
};

// Where nginx can reach it.
Outcome<bool> listens_on(Engine& engine, const std::string& id, std::uint16_t port) {
  TRY_ASSIGN(const auto tables, engine.read_socket_tables(id));
  return std::ranges::any_of(parse_socket_tables(tables), [&](const Socket& socket) {
    return socket.state == Socket::State::listening && socket.local.port == port && !is_loopback(socket.local);
  });
}

Done look_at_container(World& world, Candidate& candidate, Proof proof, TimePoint now) {
  TRY_ASSIGN(const auto detail, world.engine.inspect_container(candidate.container.id));
  if (!candidate.restarts_before) candidate.restarts_before = detail.restart_count;
  if (detail.state == RunState::exited || detail.state == RunState::dead || detail.state == RunState::restarting ||
      detail.restart_count > *candidate.restarts_before) {
    return std::unexpected(explain_exit(world.engine, detail));
  }
  if (detail.state != RunState::running) {
    candidate.last = "it does not run yet";
    return {};
  }
  if (!candidate.running) candidate.seen_running = now;
  candidate.running = true;
  candidate.has_own_proof = candidate.service->port != 0 || detail.health != HealthState::none;
  if (candidate.checked) return {};
  std::string output;
  TRY_ASSIGN(candidate.checked,
             run_health_check(world.engine, detail, candidate.service->container.healthcheck, output));
  if (!candidate.checked) candidate.last = "its health check failed" + (output.empty() ? "" : ": " + output);
  // nginx's preview speaks HTTP, and shows the idle environment only; of TCP, and of the active environment, this much
  // can be known beforehand.
  const bool is_asked_through_nginx = proof == Proof::through_nginx && !is_tcp(*candidate.service);
  if (is_asked_through_nginx || candidate.service->port == 0 || !candidate.checked) return {};
  TRY_ASSIGN(candidate.checked, listens_on(world.engine, candidate.container.id, candidate.service->port));
  candidate.is_silent = !candidate.checked;
  if (candidate.is_silent) candidate.last = "it does not listen on port " + std::to_string(candidate.service->port);
  return {};
}

}  // namespace

Outcome<std::vector<Container>> list_environment(Engine& engine, const std::string& project, const std::string& app,
                                                 Color color) {
  return engine.list_containers(
      {{label::project, project}, {label::app, app}, {label::color, std::string(name_of(color))}});
}

Error explain_exit(Engine& engine, const ContainerDetail& container) {
  auto message = container.name + " exited with code " + std::to_string(container.exit_code);
  std::string hint = "Look at the app's own message above; the release before it still serves.";
  if (container.restart_count > 0 || container.state == RunState::restarting) {
    message = container.name + " does not stay up: it was restarted " +
              (container.restart_count > 1 ? std::to_string(container.restart_count) + " times" : "once");
    if (container.state != RunState::running) message += ", last exit code " + std::to_string(container.exit_code);
  }
  if (container.oom_killed) {
    message += ", killed because it ran out of memory";
    hint = "Give the container more memory, or the app less to do at its start.";
  }
  if (!container.error.empty()) message += ": " + container.error;
  if (container.exit_code == 127) hint = "127 means that the command was not found in the image.";
  return {ErrorKind::failed, message + last_log_lines(engine, container.id), hint};
}

Outcome<bool> run_health_check(Engine& engine, const ContainerDetail& container,
                               const std::optional<HealthCheck>& of_file, std::string& last_output) {
  if (of_file && of_file->disabled) return true;
  if (container.health == HealthState::healthy) return true;
  auto check = of_file.value_or(HealthCheck{});
  if (check.test.empty()) {
    if (container.health == HealthState::none) return true;
    TRY_ASSIGN(const auto image, engine.inspect_image(container.image_id));
    if (!image.healthcheck || image.healthcheck->disabled || image.healthcheck->test.empty()) return true;
    check = *image.healthcheck;
  }
  std::vector<std::string> command(check.test.begin() + 1, check.test.end());
  if (check.test.front() == "CMD-SHELL") command.insert(command.begin(), {"/bin/sh", "-c"});
  const auto result = engine.exec(container.id, command, check.timeout.value_or(Milliseconds{30'000}));
  if (!result) {
    last_output = result.error().message;  // the container may just have gone: the next look says why
    return false;
  }
  last_output =
      "exit code " + std::to_string(result->exit_code) + (result->output.empty() ? "" : ", " + result->output);
  while (!last_output.empty() && last_output.back() == '\n') last_output.pop_back();
  return result->exit_code == 0;
}

Outcome<std::string> verify(World& world, Proxy& proxy, const Verify& step) {
  TRY_ASSIGN(const auto containers, list_environment(world.engine, step.site.project, step.app.name, step.color));
  std::vector<Candidate> candidates;
  for (const auto& container : containers) {
    const auto slot = slot_labels(container.labels);
    const auto* service = slot ? step.app.find_service(slot->service) : nullptr;
    if (service == nullptr) continue;
    auto& candidate = candidates.emplace_back();
    candidate.container = container;
    candidate.service = service;
  }
  std::size_t expected = 0;
  for (const auto& service : step.app.services) expected += static_cast<std::size_t>(service.replicas);
  if (candidates.size() < expected) {
    return failure("only " + std::to_string(candidates.size()) + " of " + std::to_string(expected) +
                   " containers are there");
  }

  const auto started = world.clock.now();
  const auto deadline = started + step.app.policy.health_timeout;
  std::string proof;
  for (auto pause = first_pause;; pause = std::min(pause * 2, Milliseconds{250})) {
    bool healthy = true;
    for (auto& candidate : candidates) {
      const auto now = world.clock.now();
      TRY(look_at_container(world, candidate, step.proof, now));
      if (!candidate.running || !candidate.checked) healthy = false;
      if (candidate.running && !candidate.has_own_proof && now - candidate.seen_running < worker_proof) {
        candidate.last = "it has not stayed up for a second yet";
        healthy = false;
      }
    }
    proof.clear();
    const Service* silent = nullptr;
    ProbeResult result;
    for (const auto& service : step.app.services) {
      if (step.proof == Proof::of_the_containers || service.port == 0 || is_tcp(service) || silent != nullptr) continue;
      const auto left = std::chrono::duration_cast<Milliseconds>(deadline - world.clock.now());
      result = probe_service(proxy, step.site, service, step.site.sides[step.color].at(service.name), left);
      if (!result.healthy) silent = &service;
      proof += (proof.empty() ? "" : "; ") + service.name + ": " + result.last;
    }
    if (healthy && silent == nullptr) return proof;
    if (world.stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted while it was verified");
    if (world.clock.now() >= deadline) {
      for (const auto& candidate : candidates) {
        if (silent != nullptr && candidate.service == silent && candidate.running) {
          return std::unexpected(explain_silence(world.engine, *silent, candidate.container, result.last));
        }
        if (candidate.is_silent) {
          return std::unexpected(
              explain_silence(world.engine, *candidate.service, candidate.container, candidate.last));
        }
      }
      for (const auto& candidate : candidates) {
        if (candidate.running && candidate.checked && candidate.last.empty()) continue;
        return failure(candidate.container.name + " never got healthy: " + candidate.last +
                           last_log_lines(world.engine, candidate.container.id),
                       "If the app needs longer to start, raise --timeout or x-bluegreen.health.deadline.");
      }
    }
    auto longest = pause;
    for (const auto& candidate : candidates)
      longest = std::min(longest, std::max(candidate.service->health.interval, Milliseconds{1}));
    world.clock.sleep(longest, world.stop);
  }
}

}  // namespace bluegreen
