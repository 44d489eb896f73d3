// SPDX-License-Identifier: MIT
// status: every app on this machine, which environment serves, what the other one holds, and whether nginx agrees.
// Reads only: the engine's list, nginx's files and markers.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/session.h"
#include "deploy/deployment.h"
#include "deploy/drift.h"
#include "deploy/labels.h"
#include "nginx/conf_changes.h"
#include "system/files.h"

namespace bluegreen {

namespace {

using Json = nlohmann::ordered_json;

struct ProjectStatus {
  Project project;  // from the file, or put together from what the engine lists
  Observed observed;
  std::string preview;
};

std::string label_of(const Container& container, const char* key) {
  const auto found = container.labels.find(key);
  return found == container.labels.end() ? std::string{} : found->second;
}

// Files of this project stand where nginx on this machine has them unless the Compose file says otherwise.
bool is_served_by_this_machine(const std::string& project) {
  const auto names = list_directory(NginxOnHost{}.conf_dir);
  return names && std::ranges::any_of(*names, [&](const auto& name) { return is_app_file_of(project, name); });
}

// A project without its file: nginx is what stands on the managed network without belonging to an environment.
Project project_from_world(const std::string& name, const std::vector<Container>& all, EnginePlace place) {
  Project project;
  project.name = name;
  bool is_a_container = false;
  for (const auto& container : all) {
    const bool on_managed_network = container.addresses.contains(managed_network_name(name));
    if (!on_managed_network || slot_labels(container.labels)) continue;
    project.proxy.service = label_of(container, label::compose_service);
    is_a_container = true;
  }
  if (!is_a_container && place == EnginePlace::local && is_served_by_this_machine(name)) project.proxy.host.emplace();
  return project;
}

std::set<std::string> projects_of(const std::vector<Container>& all) {
  std::set<std::string> names;
  for (const auto& container : all) {
    if (slot_labels(container.labels)) names.insert(label_of(container, label::project));
  }
  names.erase("");
  return names;
}

std::string image_of(const Environment& environment) {
  std::set<std::string> images;
  for (const auto& container : environment.containers) images.insert(label_of(container, label::image));
  return fmt::format("{}", fmt::join(images, ","));
}

std::string health_of(const Environment& environment) {
  const auto running = std::ranges::count(environment.containers, RunState::running, &Container::state);
  const auto any = [&](HealthState state) {
    return std::ranges::count(environment.containers, state, &Container::health) > 0;
  };
  if (environment.empty()) return "empty";
  if (running == 0) return "stopped";
  if (static_cast<std::size_t>(running) < environment.containers.size()) return "partly running";
  if (any(HealthState::unhealthy)) return "unhealthy";
  if (any(HealthState::starting)) return "starting";
  return any(HealthState::healthy) ? "healthy" : "running";
}

std::string render_age(std::chrono::seconds age) {
  const auto seconds = std::max<std::int64_t>(age.count(), 0);
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86'400);
}

std::chrono::seconds age_of(const Container& container) {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - container.created);
}

std::string address_of(const Container& container, const std::string& project) {
  const auto found = container.addresses.find(managed_network_name(project));
  return found == container.addresses.end() ? std::string{} : found->second;
}

std::string_view state_name(RunState state) {
  constexpr std::array names{"created", "running", "paused", "restarting", "removing", "exited", "dead"};
  return names[static_cast<std::size_t>(state)];
}

std::string_view health_name(HealthState state) {
  constexpr std::array names{"none", "starting", "healthy", "unhealthy"};
  return names[static_cast<std::size_t>(state)];
}

std::optional<Retire> retire_policy(const ProjectStatus& status, const std::string& app) {
  const auto* known = status.project.find_app(app);
  return known != nullptr ? std::optional(known->policy.retire) : std::nullopt;
}

std::vector<Drift> drift_of(const ProjectStatus& status, const ObservedApp& app) {
  return find_drift(app, status.observed, managed_network_name(status.project.name), retire_policy(status, app.name));
}

// ---- JSON, as documented in docs/manual.md --------------------------------------------------------------------

Json environment_json(const Environment& environment, const std::string& project) {
  if (environment.empty()) return Json{{"state", "empty"}};
  const auto& first = environment.containers.front();
  const auto running = std::ranges::count(environment.containers, RunState::running, &Container::state);
  Json json{{"state", health_of(environment)},
            {"release", environment.release()},
            {"image", image_of(environment)},
            {"created", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(first.created))},
            {"age_seconds", age_of(first).count()},
            {"replicas", environment.containers.size()},
            {"running", running},
            {"containers", Json::array()}};
  for (const auto& container : environment.containers) {
    const auto slot = slot_of(container);
    json["containers"].push_back({{"name", container.name},
                                  {"service", slot.service},
                                  {"replica", slot.replica},
                                  {"state", state_name(container.state)},
                                  {"health", health_name(container.health)},
                                  {"address", address_of(container, project)},
                                  {"image_id", container.image_id}});
  }
  return json;
}

// When which release became active, oldest first: what an access log, which has times and colors, is joined with.
Json activations_json(const std::string& project, const std::string& app) {
  auto json = Json::array();
  FileHistory history(state_directory(), project);
  const auto activations = history.activations(app);
  if (!activations) return json;
  for (const auto& each : *activations) {
    json.push_back({{"release", each.release},
                    {"color", name_of(each.color)},
                    {"at", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(each.at))}});
  }
  return json;
}

Json app_json(const ProjectStatus& status, const ObservedApp& app) {
  Json json{{"name", app.name}, {"project", status.project.name}, {"active", nullptr}};
  if (app.serving()) json["active"] = name_of(app.active());
  json["maintenance"] = app.in_maintenance;
  for (const auto color : both_colors) {
    json["environments"][std::string(name_of(color))] = environment_json(app.environments[color], status.project.name);
  }
  json["drift"] = Json::array();
  for (const auto& drift : drift_of(status, app))
    json["drift"].push_back({{"what", drift.what}, {"remedy", drift.remedy}});
  return json;
}

Json proxy_json(const ProjectStatus& status) {
  const auto& nginx = status.observed.proxy;
  if (const auto& host = status.project.proxy.host) {
    return {{"project", status.project.name},
            {"host", true},
            {"conf_dir", host->conf_dir},
            {"preview", status.preview},
            {"problems", status.observed.problems}};
  }
  if (!nginx) return nullptr;
  return {{"project", status.project.name},
          {"container", nginx->name},
          {"state", state_name(nginx->state)},
          {"preview", status.preview},
          {"problems", status.observed.problems}};
}

// ---- text -----------------------------------------------------------------------------------------------------

void print_environment(const ProjectStatus& status, const ObservedApp& app, Color color, bool paint) {
  const auto& environment = app.environments[color];
  const bool active = app.serving() && app.active() == color;
  const auto code = color == Color::blue ? "34;1" : "32;1";
  const auto name = fmt::format("{:<5}", name_of(color));
  fmt::print("  {} {}  {:<6}", active ? "▶" : " ", paint ? fmt::format("\033[{}m{}\033[0m", code, name) : name,
             active ? "active" : "idle");
  if (environment.empty()) {
    fmt::print("  empty\n");
    return;
  }
  const auto running = std::ranges::count(environment.containers, RunState::running, &Container::state);
  std::vector<std::string> addresses;
  addresses.reserve(environment.containers.size());
  for (const auto& container : environment.containers) addresses.push_back(address_of(container, status.project.name));
  std::erase(addresses, "");
  fmt::print("  {}  {}  {}  {} old, {} of {} running  {}\n", environment.release(), image_of(environment),
             health_of(environment), render_age(age_of(environment.containers.front())), running,
             environment.containers.size(), fmt::join(addresses, " "));
}

void print_app(const ProjectStatus& status, const ObservedApp& app, bool paint) {
  fmt::print("{} ({}){}{}\n", app.name, status.project.name, app.serving() ? "" : ": not serving",
             app.in_maintenance ? ": in maintenance, requests get 503" : "");
  for (const auto color : both_colors) print_environment(status, app, color, paint);
  for (const auto& drift : drift_of(status, app)) fmt::print("  ! {}\n    {}\n", drift.what, drift.remedy);
}

// ---- observing ------------------------------------------------------------------------------------------------

struct Observer {
  Engine& engine;
  Clock& clock;
  EnginePlace place;
  std::vector<Container> all;
  std::vector<EngineNetwork> networks;

  Outcome<ProjectStatus> look_at(Project project) {
    ProjectStatus status{std::move(project), {}, {}};
    status.observed = observe_containers(all, status.project);
    status.observed.networks = networks;
    const auto open = [&](const Container* nginx) { return open_nginx(engine, clock, status.project, nginx, place); };
    const auto proxy = find_proxy(open, status.observed);
    if (!proxy) {
      status.observed.problems.push_back(proxy.error().message);
      return status;
    }
    if (!*proxy) return status;
    TRY_ASSIGN(auto state, (*proxy)->observe());
    add_proxy(status.observed, std::move(state));
    status.preview = (*proxy)->preview_address();
    return status;
  }
};

bool has_project_options(const Options& options) { return !options.files.empty() || !options.project_name.empty(); }

// The file's project first, then the others on this machine. -f or -p: that one alone.
Outcome<std::vector<ProjectStatus>> observe_machine(const Options& options, Observer& observer) {
  std::vector<ProjectStatus> machine;
  auto names = projects_of(observer.all);
  auto of_file = read_project(options);
  if (!of_file && !options.files.empty()) return std::unexpected(of_file.error());
  if (!of_file && of_file.error().kind != ErrorKind::no_project)
    fmt::print(stderr, "warning: {}\n", of_file.error().message);
  if (of_file) {
    const bool asked_for = of_file->find_app(options.app) != nullptr;
    names.erase(of_file->name);
    TRY_ASSIGN(auto status, observer.look_at(std::move(*of_file)));
    machine.push_back(std::move(status));
    if (has_project_options(options) || asked_for) return machine;
  } else if (!options.project_name.empty()) {
    names = {options.project_name};
  }
  for (const auto& name : names) {
    TRY_ASSIGN(auto status, observer.look_at(project_from_world(name, observer.all, observer.place)));
    machine.push_back(std::move(status));
  }
  return machine;
}

}  // namespace

Done run_status(const Options& options) {
  TRY_ASSIGN(const auto address, engine_address(options));
  TRY_ASSIGN(const auto engine, connect_docker(address));
  SystemClock clock;
  Observer observer{*engine,
                    clock,
                    address.kind == DockerAddress::Kind::unix_socket ? EnginePlace::local : EnginePlace::remote,
                    {},
                    {}};
  TRY_ASSIGN(observer.all, engine->list_containers({}));
  TRY_ASSIGN(observer.networks, engine->list_networks());
  TRY_ASSIGN(const auto machine, observe_machine(options, observer));

  const bool paint = use_color(options, STDOUT_FILENO);
  Json json{{"apps", Json::array()}, {"proxy", nullptr}, {"proxies", Json::array()}};
  bool found = options.app.empty();
  for (const auto& status : machine) {
    for (const auto& [name, app] : status.observed.apps) {
      if (!options.app.empty() && name != options.app) continue;
      found = true;
      if (options.json) {
        json["apps"].push_back(app_json(status, app));
        // A file to be read for each app: only for the one that was asked for.
        if (!options.app.empty()) json["apps"].back()["activations"] = activations_json(status.project.name, app.name);
      } else {
        print_app(status, app, paint);
      }
    }
    if (const auto proxy = proxy_json(status); !proxy.is_null()) json["proxies"].push_back(proxy);
    if (options.json) continue;
    for (const auto& problem : status.observed.problems) fmt::print("! {}\n", problem);
    const auto& nginx = status.observed.proxy;
    if ((nginx || status.observed.nginx_on_host) && options.app.empty()) {
      fmt::print("nginx ({}): {}{}\n", status.project.name, nginx ? state_name(nginx->state) : "on this machine",
                 status.preview.empty() ? "" : ", preview of the idle side at " + status.preview);
    }
  }
  if (!found)
    return failure(ErrorKind::usage, "there is no app " + options.app + " on this machine",
                   "See them all: bluegreen status");
  if (options.json) {
    if (!json["proxies"].empty()) json["proxy"] = json["proxies"].front();
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (std::ranges::all_of(machine, [](auto& each) { return each.observed.apps.empty(); })) {
    fmt::print("No app on this machine.\n");
  }
  return {};
}

}  // namespace bluegreen
