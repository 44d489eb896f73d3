// SPDX-License-Identifier: MIT
#include "nginx/conf_test.h"

#include <algorithm>
#include <utility>

#include "deploy/labels.h"
#include "nginx/nginx.h"
#include "nginx/workers.h"

namespace bluegreen {

namespace {

// Not label::project: a test container is nobody's environment, and no other command may wonder about it.
constexpr auto test_of = "bluegreen.test-of";

constexpr Milliseconds test_deadline(30'000);
constexpr Milliseconds poll_interval(10);

Labels test_labels(const std::string& project) { return {{label::role, "test"}, {test_of, project}}; }

Mount as_bind(const Mount& mount) {
  auto copy = mount;
  if (mount.kind == Mount::Kind::volume && !mount.source.empty()) copy.kind = Mount::Kind::bind;
  copy.create_source = false;
  copy.no_copy = true;
  return copy;
}

ContainerSpec test_container(const ConfTest& test, WallTime now) {
  ContainerSpec spec;
  spec.name = "bluegreen-test-" + test.project + "-" + std::to_string(now.time_since_epoch().count());
  spec.image = test.nginx.image_id;
  spec.labels = test_labels(test.project);
  // nginx's own addresses, hosts file and resolver: names in the users' files mean the same. That its ports are taken
  // there is no error for `nginx -t`.
  spec.network_mode = "container:" + test.nginx.id;
  spec.settings.image = test.nginx.image;
  spec.settings.entrypoint = std::vector<std::string>{"nginx"};
  spec.settings.command = test.names.empty() ? std::vector<std::string>{"-t"} : std::vector<std::string>{"-T", "-q"};
  spec.settings.command->insert(spec.settings.command->end(), test.options.begin(), test.options.end());
  spec.settings.restart.name = "no";
  for (const auto& mount : test.nginx.mounts) {
    if (mount.target != test.conf_dir) spec.settings.mounts.push_back(as_bind(mount));
  }
  Mount candidate;
  candidate.source = test.candidate_source;
  candidate.target = test.conf_dir;
  candidate.read_only = true;
  candidate.create_source = false;
  spec.settings.mounts.push_back(candidate);
  return spec;
}

Outcome<ContainerDetail> wait_until_ended(Engine& engine, Clock& clock, const std::string& id) {
  const auto deadline = clock.now() + test_deadline;
  for (;;) {
    TRY_ASSIGN(auto detail, engine.inspect_container(id));
    if (detail.state == RunState::exited || detail.state == RunState::dead) return detail;
    if (clock.now() >= deadline) {
      return failure(ErrorKind::timeout, "`nginx -t` has not ended after 30 s",
                     "A name in the configuration may take long to resolve.");
    }
    clock.sleep(poll_interval, {});
  }
}

Outcome<std::vector<std::string>> log_of(Engine& engine, const std::string& id) {
  std::vector<std::string> lines;
  TRY(engine.read_logs(id, {}, [&](const std::string& line) { lines.push_back(line); }));
  return lines;
}

Done run_test(Engine& engine, Clock& clock, const std::string& id, const ConfTest& test) {
  TRY(engine.start_container(id));
  TRY_ASSIGN(const auto detail, wait_until_ended(engine, clock, id));
  if (detail.exit_code == 0 && test.names.empty()) return {};
  TRY_ASSIGN(const auto lines, log_of(engine, id));
  if (detail.exit_code == 0) return check_that_nginx_reads(test.names, test.conf_dir, lines);
  const auto refusals = find_refusals(lines);
  if (!refusals.empty()) return failure("nginx refuses the configuration: " + refusals.back());
  return failure("nginx refuses the configuration (exit code " + std::to_string(detail.exit_code) +
                 "): " + (lines.empty() ? detail.error : lines.back()));
}

}  // namespace

Done test_candidate(Engine& engine, Clock& clock, const ConfTest& test) {
  TRY_ASSIGN(const auto id, engine.create_container(test_container(test, clock.wall())));
  auto tested = run_test(engine, clock, id, test);
  auto removed = engine.remove_container(id);
  return tested ? removed : tested;
}

Done remove_leftover_tests(Engine& engine, const std::string& project) {
  TRY_ASSIGN(const auto left, engine.list_containers(test_labels(project)));
  for (const auto& container : left) TRY(engine.remove_container(container.id));
  return {};
}

}  // namespace bluegreen
