// SPDX-License-Identifier: MIT
#include "cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "config/compose.h"
#include "deploy/addresses.h"

namespace bluegreen {

namespace {

std::map<std::string, std::string> all_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    if (const auto equals = text.find('='); equals != std::string::npos)
      variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

Outcome<std::map<std::string, std::string>> parse_images(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> images;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
      return failure(ErrorKind::usage, "--image " + text + ": not of the form APP=REFERENCE",
                     "For example: --image hello=hello:2");
    }
    images[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return images;
}

// The directly connected routes of this machine (/proc/net/route, proc_net(5)): the managed network must not hide them.
std::vector<std::string> routes_of_this_machine() {
  std::vector<std::string> subnets;
  std::ifstream routes("/proc/net/route");
  std::string line;
  std::getline(routes, line);
  while (std::getline(routes, line)) {
    std::istringstream words(line);
    std::string device, destination, gateway, flags, references, use, metric, mask;
    words >> device >> destination >> gateway >> flags >> references >> use >> metric >> mask;
    if (destination == "00000000" || mask.size() != 8 || destination.size() != 8) continue;
    const auto base = __builtin_bswap32(static_cast<std::uint32_t>(std::stoul(destination, nullptr, 16)));
    const auto bits = __builtin_popcount(static_cast<std::uint32_t>(std::stoul(mask, nullptr, 16)));
    subnets.push_back(render_subnet({base, bits}));
  }
  return subnets;
}

// An app that depends on a service of another app comes after it.
std::vector<App> in_dependency_order(const Project& project) {
  std::vector<App> ordered;
  std::set<std::string> visited;
  const auto app_of = [&](const std::string& service) -> const App* {
    for (const auto& app : project.apps) {
      if (app.find_service(service) != nullptr) return &app;
    }
    return nullptr;
  };
  const std::function<void(const App&)> visit = [&](const App& app) {
    if (!visited.insert(app.name).second) return;
    for (const auto& service : app.services) {
      for (const auto& dependency : service.depends_on) {
        if (const auto* needed = app_of(dependency.service)) visit(*needed);
      }
    }
    ordered.push_back(app);
  };
  for (const auto& app : project.apps) visit(app);
  return ordered;
}

std::string names_of(const Project& project) {
  std::string names;
  for (const auto& app : project.apps) names += (names.empty() ? "" : ", ") + app.name;
  return names.empty() ? "no service of this project has x-bluegreen"
                       : "The apps of " + project.name + " are: " + names;
}

}  // namespace

Outcome<Project> read_project(const Options& options) {
  ComposeInput input;
  input.files = options.files;
  input.project_name = options.project_name;
  input.env_files = options.env_files;
  input.environment = all_variables();
  TRY_ASSIGN(input.images, parse_images(options.images));
  char directory[4096];
  if (::getcwd(directory, sizeof directory) == nullptr)
    return failure(ErrorKind::usage, "the current directory is gone");
  input.working_directory = directory;
  TRY_ASSIGN(auto loaded, load_project(input));
  for (const auto& warning : loaded.warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (options.timeout) {
    for (auto& app : loaded.project.apps) app.policy.health_timeout = *options.timeout;
  }
  return std::move(loaded.project);
}

Outcome<DockerAddress> engine_address(const Options& options) {
  return find_docker_address({options.host, options.allow_plain_tcp ? PlainTcp::allowed : PlainTcp::refused});
}

Outcome<std::unique_ptr<Proxy>> open_nginx(Engine& engine, Clock& clock, const Project& project, const Container* nginx,
                                           EnginePlace place) {
  NginxSettings settings{.project = project.name,
                         .container = nginx == nullptr ? "" : nginx->id,
                         .listen = project.proxy.listen,
                         .listen_tls = project.proxy.listen_tls,
                         .preview_port = project.proxy.preview_port,
                         .acme = project.proxy.acme,
                         .unknown_host = project.proxy.unknown_host,
                         .engine_place = place,
                         .host = project.proxy.host};
  TRY_ASSIGN(auto proxy, NginxProxy::open(engine, clock, std::move(settings)));
  return proxy;
}

Outcome<std::unique_ptr<Session>> Session::open(const Options& options, Project project, const std::string& command,
                                                Access access) {
  std::unique_ptr<Session> session(new Session(std::move(project)));
  auto& self = *session;
  const auto stop = self.signals_.token();
  self.reporter_ = make_reporter(options);
  if (options.hooks.wrap_reporter) self.reporter_ = options.hooks.wrap_reporter(std::move(self.reporter_));
  self.history_ = std::make_unique<FileHistory>(state_directory(), self.project_.name);
  TRY_ASSIGN(const auto address, engine_address(options));
  TRY_ASSIGN(self.engine_, connect_docker(address));
  const auto place = address.kind == DockerAddress::Kind::unix_socket ? EnginePlace::local : EnginePlace::remote;
  if (access == Access::change) {
    TRY_ASSIGN(auto lock, self.lock_project(command, options.wait, stop));
    self.lock_.emplace(std::move(lock));
  }
  self.world_ = std::make_unique<World>(World{
      .engine = *self.engine_,
      .clock = self.clock_,
      .history = *self.history_,
      .reporter = *self.reporter_,
      .open_proxy =
          [&self, place](const Container* nginx) {
            return open_nginx(*self.engine_, self.clock_, self.project_, nginx, place);
          },
      .reserved_subnets = place == EnginePlace::local ? routes_of_this_machine() : std::vector<std::string>{},
      .concurrency = Concurrency::parallel,
      .stop = stop,
  });
  return session;
}

Outcome<ProjectLock> Session::lock_project(const std::string& command, Milliseconds wait, const std::stop_token& stop) {
  const auto holder = "bluegreen " + command;
  auto lock = ProjectLock::acquire(project_.name, holder, Milliseconds{0}, clock_, stop);
  if (lock || lock.error().kind != ErrorKind::locked || wait == Milliseconds{0}) return lock;
  reporter_->note("waiting: " + lock.error().message);
  return ProjectLock::acquire(project_.name, holder, wait, clock_, stop);
}

Outcome<std::vector<App>> Session::apps(const std::vector<std::string>& names) const {
  for (const auto& name : names) TRY(app(name));
  if (project_.apps.empty()) {
    return failure(ErrorKind::usage, "project " + project_.name + " has no app: no service has x-bluegreen",
                   "Mark the service that is to take turns: x-bluegreen: {port: 9000}");
  }
  auto ordered = in_dependency_order(project_);
  if (!names.empty())
    std::erase_if(ordered, [&](const App& each) { return std::ranges::find(names, each.name) == names.end(); });
  return ordered;
}

Outcome<App> Session::app(const std::string& name) const {
  if (const auto* found = project_.find_app(name)) return *found;
  return failure(ErrorKind::usage, "there is no app " + name, names_of(project_));
}

}  // namespace bluegreen
