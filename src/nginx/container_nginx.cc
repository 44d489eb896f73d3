// SPDX-License-Identifier: MIT
#include "nginx/container_nginx.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "nginx/conf_test.h"
#include "nginx/config_text.h"
#include "nginx/refusal_hints.h"

namespace bluegreen {

namespace {

constexpr Milliseconds exec_deadline(10'000);
constexpr Milliseconds test_deadline(30'000);
constexpr int log_tail = 2000;

// ---- where conf.d is ------------------------------------------------------------------------------------------

// The mount that conf.d is in, as a path on the engine's machine.
Outcome<std::string> find_conf_source(const ContainerDetail& nginx) {
  const Mount* found = nullptr;
  const std::string conf_dir(default_conf_dir);
  for (const auto& mount : nginx.mounts) {
    if (mount.kind == Mount::Kind::tmpfs || mount.source.empty()) continue;
    const bool holds_it = mount.target == conf_dir || conf_dir.starts_with(mount.target + "/");
    if (holds_it && (found == nullptr || mount.target.size() > found->target.size())) found = &mount;
  }
  if (found != nullptr) return found->source + conf_dir.substr(found->target.size());
  return failure(ErrorKind::usage, "nothing is mounted at " + conf_dir + " in the nginx container " + nginx.name,
                 "Give nginx a directory for its configuration: volumes: [\"./nginx-conf.d:" + conf_dir + "\"]");
}

// That a path exists here too does not make it the engine's: the engine may be behind a forwarded socket, or in a
// virtual machine. The running nginx shows its own view of the directory.
bool is_the_same_directory(const std::string& source, const struct stat& here, int pid) {
  if (pid == 0) return true;
  struct stat there{};
  const auto seen_by_nginx = "/proc/" + std::to_string(pid) + "/root" + std::string(default_conf_dir);
  if (::stat(seen_by_nginx.c_str(), &there) != 0) return ::access(source.c_str(), W_OK) == 0;
  return here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

bool is_accessible_here(const std::string& source, int pid) {
  struct stat status{};
  if (::stat(source.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  return ::access(source.c_str(), R_OK | W_OK | X_OK) == 0 && is_the_same_directory(source, status, pid);
}

// ---- processes ------------------------------------------------------------------------------------------------

bool is_first_process(const ContainerDetail& nginx, const Processes& processes) {
  for (const auto& [pid, title] : processes) {
    if (pid == nginx.pid) return title.find("nginx: master process") != std::string::npos;
  }
  return true;
}

}  // namespace

Outcome<std::unique_ptr<ContainerNginx>> ContainerNginx::open(Engine& engine, Clock& clock, std::string project,
                                                              const std::string& container) {
  TRY_ASSIGN(auto nginx, engine.inspect_container(container));
  TRY_ASSIGN(auto source, find_conf_source(nginx));
  return std::unique_ptr<ContainerNginx>(
      new ContainerNginx(engine, clock, std::move(project), std::move(nginx), std::move(source)));
}

ContainerNginx::ContainerNginx(Engine& engine, Clock& clock, std::string project, ContainerDetail nginx,
                               std::string source)
    : engine_(engine),
      clock_(clock),
      project_(std::move(project)),
      nginx_(std::move(nginx)),
      source_(std::move(source)) {}

std::unique_ptr<ConfFiles> ContainerNginx::open_conf_files(EnginePlace place) {
  if (place == EnginePlace::local && is_accessible_here(source_, nginx_.pid)) return make_local_conf_files(source_);
  return make_container_conf_files(engine_, nginx_.id, std::string(default_conf_dir));
}

std::string ContainerNginx::address() const {
  for (const auto& [network, address] : nginx_.addresses) {
    if (!address.empty()) return address;
  }
  return "";
}

Done ContainerNginx::ensure_running() {
  TRY_ASSIGN(nginx_, engine_.inspect_container(nginx_.id));
  if (nginx_.state == RunState::running) return {};
  return failure("the nginx container " + nginx_.name + " does not run",
                 "Start it with `bluegreen up`; why it ended: " + how_to_read_its_log());
}

Outcome<Processes> ContainerNginx::list_processes() { return engine_.list_processes(nginx_.id); }
Outcome<std::string> ContainerNginx::read_socket_tables() { return engine_.read_socket_tables(nginx_.id); }

Outcome<NginxVersion> ContainerNginx::version() {
  TRY_ASSIGN(const auto printed, engine_.exec(nginx_.id, {"nginx", "-v"}, exec_deadline));
  return parse_version(printed.output);
}

Done ContainerNginx::test(const std::string& candidate, const std::vector<std::string>& names) {
  TRY_ASSIGN(const auto processes, list_processes());
  return test_candidate(
      engine_, clock_,
      {project_, nginx_, master_options(processes), std::string(default_conf_dir), source_ + "/" + candidate, names});
}

// Where nginx runs, for a mount of a single file shows there what it showed at the start.
Done ContainerNginx::test_live() {
  TRY_ASSIGN(const auto processes, list_processes());
  std::vector<std::string> command{"nginx", "-t"};
  const auto options = master_options(processes);
  command.insert(command.end(), options.begin(), options.end());
  TRY_ASSIGN(const auto tested, engine_.exec(nginx_.id, command, test_deadline));
  if (tested.exit_code == 0) return {};
  return failure("nginx refuses its files: " + last_refusal(tested.output));
}

Done ContainerNginx::remove_leftover_tests() { return bluegreen::remove_leftover_tests(engine_, project_); }

// Through nginx's own program, which finds its master also behind a shell or an init. Not by the engine's kill where
// that can be helped: the engine takes any signal for the wish that the container stay down, and nginx would not come
// back after a restart of the machine (`restart: unless-stopped`, moby issue 41302).
Outcome<std::string> ContainerNginx::send_reload(const Processes& processes) {
  std::vector<std::string> command{"nginx"};
  const auto options = master_options(processes);
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(), {"-s", "reload"});
  TRY_ASSIGN(const auto result, engine_.exec(nginx_.id, command, exec_deadline));
  if (result.exit_code == 0) return "";
  if (const auto refusals = find_refusals(lines_of(result.output)); !refusals.empty()) return refusals.back();
  if (!is_first_process(nginx_, processes)) return failure("`nginx -s reload`: " + result.output);
  TRY(engine_.signal_container(nginx_.id, "HUP"));  // its pid file is somewhere else
  return "";
}

Outcome<std::vector<std::string>> ContainerNginx::read_refusals() {
  std::vector<std::string> lines;
  LogQuery query;
  query.tail = log_tail;
  TRY(engine_.read_logs(nginx_.id, query, [&](const std::string& line) {
    if (line.find("[emerg] ") != std::string::npos) lines.push_back(line);
  }));
  return lines;
}

std::string ContainerNginx::how_to_read_its_log() { return "docker logs " + nginx_.name; }

}  // namespace bluegreen
