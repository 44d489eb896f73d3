// SPDX-License-Identifier: MIT
#include "sim_world.h"

#include <algorithm>

#include "deploy/labels.h"
#include "deploy/observed.h"
#include "nginx/conf_changes.h"
#include "nginx/config_text.h"
#include "nginx/maintenance_text.h"
#include "nginx/proxy.h"
#include "system/files.h"

namespace bluegreen {

namespace {

constexpr std::uint16_t app_port = 8000;
constexpr Milliseconds request_duration{200};
constexpr Milliseconds boot{40};

std::string label_of(const SimContainer& container, const char* key) {
  const auto found = container.spec.labels.find(key);
  return found == container.spec.labels.end() ? std::string{} : found->second;
}

}  // namespace

void MemoryHistory::become(const MemoryHistory& other) {
  releases_ = other.releases_;
  activations_ = other.activations_;
}

Done MemoryHistory::record(const ReleaseRecord& release) {
  TRY(calls_.enter("history of " + release.app.name));
  auto& records = releases_[release.app.name];
  std::erase_if(records, [&](const auto& each) { return each.id == release.id; });
  records.push_back(release);
  return calls_.leave("history of " + release.app.name);
}

Done MemoryHistory::record_activation(const std::string& app, const Activation& activation) {
  TRY(calls_.enter("activation of " + app));
  activations_[app].push_back(activation);
  return calls_.leave("activation of " + app);
}

SimWorld::SimWorld(Project wanted) : project(std::move(wanted)) {
  for (const auto* image : {"nginx", "app:0", "app:1", "app:3"})
    engine.add_image(image, {std::string("sha256:") + image, {}, {}});
  engine.publish_image("app:2", {"sha256:app:2", {"app@sha256:2"}, {}});
  engine.behavior = [](const ContainerSpec& spec) {
    SimBehavior behavior;
    behavior.port = spec.settings.image == "nginx" ? 80 : app_port;
    behavior.boot = boot;
    return behavior;
  };
  calls.after_effect = [this](const std::string& operation) { judge(operation); };
}

SimWorld::SimWorld(const SimWorld& other) : SimWorld(other.project) {
  neighbours = other.neighbours;
  clock.become(other.clock);
  disk = other.disk;
  engine.become(other.engine);
  nginx.become(other.nginx);
  history.become(other.history);
  serving_ = other.serving_;
  maintenance_ = other.maintenance_;
  outlives_power_cut_ = other.outlives_power_cut_;
  broken_ = other.broken_;
  served_ = other.served_;
}

World SimWorld::world() { return world_of(project, stop.get_token(), reporter); }

World SimWorld::world_of(const Project& other, std::stop_token token, Reporter& told) {
  return World{.engine = engine,
               .clock = clock,
               .history = history,
               .reporter = told,
               .open_proxy = [this, name = other.name](const Container* container) -> Outcome<std::unique_ptr<Proxy>> {
                 NginxSettings settings{
                     .project = name, .container = container->id, .engine_place = EnginePlace::remote};
                 settings.open_conf_files = [this] { return make_sim_conf_files(disk, calls); };
                 TRY_ASSIGN(auto proxy, NginxProxy::open(engine, clock, std::move(settings)));
                 return proxy;
               },
               .reserved_subnets = {},
               .concurrency = Concurrency::serial,
               .stop = std::move(token)};
}

Outcome<Released> SimWorld::deploy(const std::string& app) {
  auto now = world();
  return bluegreen::deploy(now, project, *project.find_app(app), {});
}

void SimWorld::set_image(const std::string& image, const std::string& app) {
  for (auto& each : project.apps) {
    if (each.name != app) continue;
    for (auto& service : each.services) service.container.image = image;
  }
}

Outcome<Released> SimWorld::deploy_image(const std::string& image, const std::string& app) {
  set_image(image, app);
  return deploy(app);
}

// ---- what befalls it ------------------------------------------------------------------------------------------

void SimWorld::cut_power(const std::function<SimDisk::Unsynced(const std::string&)>& decide) {
  disk.cut_power(decide);
  disk.lock_holders = 0;
  restart_engine();
}

void SimWorld::restart_engine() {
  engine.restart();
  clock.advance(boot * 2);
}

void SimWorld::restart_nginx() {
  for (const auto& name : container_names()) {
    if (name.ends_with("nginx-1") || name == "bluegreen-proxy") engine.restart_by_hand(name);
  }
}

void SimWorld::crash_idle() {
  const auto delivery = nginx.request(project.name, project.apps.front().services.front().name, Milliseconds{0});
  const auto* serving = delivery.to ? engine.look_for_answer(delivery.to->address) : nullptr;
  if (serving == nullptr) return;
  const auto color = label_of(*serving, label::color);
  for (const auto& container : engine.containers()) {
    const auto own = label_of(container, label::color);
    if (own.empty() || own == color || container.state != RunState::running) continue;
    for (const auto& endpoint : container.endpoints) nginx.drop(endpoint.ipv4_address);
    engine.kill_container(std::string(container.spec.name), 139);
    return;
  }
}

// ---- what is true ---------------------------------------------------------------------------------------------

std::set<std::string> SimWorld::who_serves(const std::string& app) {
  std::set<std::string> images;
  for (const auto& service : project.find_app(app)->services) {
    if (!service.route) continue;
    for (int replica = 0; replica < service.replicas; ++replica) {
      const auto delivery = nginx.request(project.name, service.name, Milliseconds{0});
      const bool has_an_app = delivery.to && (delivery.status == 200 || delivery.status == 503);
      const auto* container = has_an_app ? engine.look_for_answer(delivery.to->address) : nullptr;
      images.insert(container != nullptr ? container->spec.settings.image : "nobody");
    }
  }
  return images;
}

std::vector<std::string> SimWorld::container_names() {
  std::vector<std::string> names;
  for (const auto& container : engine.containers()) names.push_back(container.spec.name);
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> SimWorld::stray_files() {
  std::vector<std::string> stray;
  std::set<std::string> markers;
  for (const auto& [path, text] : disk.files()) {
    if (!is_app_file_name(path)) continue;
    const auto& file = read_once(text);
    if (!file.site) continue;
    markers.insert(
        {file.marker, file.maintenance_marker, maintenance_page_name(file.site->site.project, file.site->site.app)});
  }
  for (const auto& [path, text] : disk.files()) {
    if (!is_generated_name(path) && !markers.contains(path)) stray.push_back(path);
  }
  return stray;
}

// ---- the promise ----------------------------------------------------------------------------------------------

void SimWorld::expect_uninterrupted_service() {
  serving_ = true;
  judge("now");
}

void SimWorld::complain(const std::string& operation, const std::string& what) {
  broken_.push_back("after \"" + operation + "\": " + what);
}

void SimWorld::judge(const std::string& operation) {
  if (disk.version() != read_version_) read_disk();
  if (refused_) complain(operation, "nginx would not come up: " + *refused_);
  if (!serving_) return;
  judge_stopped_containers(operation);
  judge_requests(operation, project);
  for (const auto& neighbour : neighbours) judge_requests(operation, neighbour);
  judge_power_cut(operation);
  const bool of_nginx = operation.ends_with("nginx-1") || operation.ends_with("bluegreen-proxy");
  if (of_nginx && (operation.starts_with("stop ") || operation.starts_with("remove ")))
    complain(operation, "infrastructure was touched");
}

void SimWorld::judge_requests(const std::string& operation, const Project& wanted) {
  for (const auto& app : wanted.apps) {
    const bool is_first = &app == project.apps.data();
    const auto maintenance = is_first ? maintenance_ : Maintenance::off;
    std::string release;
    std::string image;
    for (const auto& service : app.services) {
      for (int replica = 0; service.route && replica < service.replicas; ++replica) {
        const auto delivery = nginx.request(wanted.name, service.name, request_duration);
        const auto* container =
            delivery.to && delivery.status == 200 ? engine.look_for_answer(delivery.to->address) : nullptr;
        if (delivery.status == 503 && maintenance != Maintenance::off) continue;
        if (maintenance == Maintenance::on) complain(operation, app.name + " is not in maintenance");
        if (container == nullptr) {
          complain(operation, "nobody answered a request to " + service.name);
          continue;
        }
        const auto answered = label_of(*container, label::release);
        if (!release.empty() && release != answered) complain(operation, app.name + " answers from two releases");
        release = answered;
        image = container->spec.settings.image;
      }
    }
    if (is_first && !image.empty() && (served_.empty() || served_.back() != image)) served_.push_back(image);
  }
}

void SimWorld::judge_stopped_containers(const std::string& operation) {
  for (const auto& container : engine.containers()) {
    if (container.state == RunState::running || label_of(container, label::color).empty()) continue;
    for (const auto& endpoint : container.endpoints) {
      const int lost = endpoint.ipv4_address.empty() ? 0 : nginx.in_flight(endpoint.ipv4_address);
      if (lost > 0) complain(operation, std::to_string(lost) + " requests were lost in " + container.spec.name);
    }
  }
}

// What only a change of the disk changes.
void SimWorld::read_disk() {
  read_version_ = disk.version();
  refused_ = nginx.refuses_the_disk();
  after_power_cut_.clear();
  for (const auto& [path, text] : disk.files()) {
    if (!is_app_file_name(path)) continue;
    const auto durable = disk.durable(path);
    auto& endpoints = after_power_cut_[path];
    if (!durable) continue;
    const auto& file = read_once(*durable);
    if (!file.site) continue;
    const auto& site = file.site->site;
    auto active = disk.durable(file.marker) ? Color::green : Color::blue;
    if (site.mode == SwitchMode::reload) active = site.reload_active;
    for (const auto& [service, replicas] : site.sides[active])
      endpoints.insert(endpoints.end(), replicas.begin(), replicas.end());
  }
}

void SimWorld::judge_power_cut(const std::string& operation) {
  const auto comes_up_at = [&](const Endpoint& endpoint) {
    return std::ranges::any_of(engine.containers(), [&](const SimContainer& container) {
      return (container.state == RunState::running || container.state == RunState::restarting) &&
             container.spec.settings.restart.name == "unless-stopped" &&
             std::ranges::any_of(container.endpoints,
                                 [&](auto& each) { return each.ipv4_address == endpoint.address; });
    });
  };
  std::erase_if(outlives_power_cut_, [&](const std::string& path) { return !disk.has(path); });
  for (const auto& [path, endpoints] : after_power_cut_) {
    if (!endpoints.empty() && std::ranges::all_of(endpoints, comes_up_at))
      outlives_power_cut_.insert(path);
    else if (outlives_power_cut_.erase(path) > 0)
      complain(operation, "a power cut would leave nobody who answers for " + path);
  }
}

Project sim_project(const std::map<std::string, std::map<std::string, int>>& apps) {
  Project project;
  project.name = "shop";
  project.directory = "/srv/shop";
  project.networks["default"].name = "shop_default";
  project.volumes["data"].name = "shop_data";
  project.proxy.service = "nginx";
  Service nginx;
  nginx.name = "nginx";
  nginx.container.image = "nginx";
  nginx.container.restart.name = "unless-stopped";
  nginx.container.mounts = {{.source = "/srv/shop/conf.d", .target = std::string(default_conf_dir)}};
  nginx.networks = {{"default", {}, ""}};
  project.infrastructure = {nginx};
  for (const auto& [name, services] : apps) {
    App app;
    app.name = name;
    for (const auto& [service_name, replicas] : services) {
      Service service;
      service.name = service_name;
      service.container.image = "app:1";
      service.networks = {{"default", {}, ""}};
      service.replicas = replicas;
      service.port = app_port;
      service.route = Route{.service = service_name, .hosts = {service_name + ".example.org"}};
      service.digest = "digest of " + service_name;
      app.services.push_back(std::move(service));
    }
    project.apps.push_back(std::move(app));
  }
  return project;
}

Project sim_guest_project(const std::string& name, const std::map<std::string, std::map<std::string, int>>& apps) {
  auto project = sim_project(apps);
  project.name = name;
  project.networks["default"].name = name + "_default";
  project.volumes["data"].name = name + "_data";
  project.proxy.service.clear();
  project.infrastructure.clear();
  return project;
}

}  // namespace bluegreen
