// SPDX-License-Identifier: MIT
#include "sim_world.h"

#include <algorithm>

#include "deploy/labels.h"
#include "deploy/observed.h"

namespace bluegreen {

namespace {

constexpr std::uint16_t app_port = 8000;
constexpr Milliseconds request_duration{200};

std::string label_of(const SimContainer& container, const char* key) {
  const auto found = container.spec.labels.find(key);
  return found == container.spec.labels.end() ? std::string{} : found->second;
}

}  // namespace

Done MemoryHistory::record(const ReleaseRecord& release) {
  auto& records = releases_[release.app.name];
  std::erase_if(records, [&](const auto& each) { return each.id == release.id; });
  records.push_back(release);
  return {};
}

Done MemoryHistory::record_activation(const std::string& app, const Activation& activation) {
  activations_[app].push_back(activation);
  return {};
}

SimWorld::SimWorld(Project wanted) : project(std::move(wanted)) {
  for (const auto* image : {"nginx", "app:1", "app:2", "app:3"})
    engine.add_image(image, {std::string("sha256:") + image, {}, {}});
  engine.behavior = [](const ContainerSpec& spec) {
    SimBehavior behavior;
    behavior.port = spec.settings.image == "nginx" ? 80 : app_port;
    behavior.boot = Milliseconds{40};
    return behavior;
  };
  nginx.answer = [this](const Endpoint& endpoint) { return engine.answering_at(endpoint.address) ? 200 : 0; };
  nginx.runs = [this] {
    const auto container = engine.find(project.name + "-nginx-1");
    return container && container->state == RunState::running;
  };
  calls.after_effect = [this](const std::string& operation) { judge(operation); };
}

World SimWorld::world() {
  return World{.engine = engine,
               .clock = clock,
               .history = history,
               .reporter = reporter,
               .open_proxy = [this](const Container&) -> Outcome<std::unique_ptr<Proxy>> {
                 return std::make_unique<SimProxy>(nginx, project.name);
               },
               .reserved_subnets = {},
               .concurrency = Concurrency::serial,
               .stop = stop.get_token()};
}

Outcome<Released> SimWorld::deploy(const std::string& app) {
  auto now = world();
  return bluegreen::deploy(now, project, *project.find_app(app), {});
}

Outcome<Released> SimWorld::deploy_image(const std::string& image, const std::string& app) {
  for (auto& each : project.apps) {
    if (each.name != app) continue;
    for (auto& service : each.services) service.container.image = image;
  }
  return deploy(app);
}

std::set<std::string> SimWorld::who_serves(const std::string& app) {
  std::set<std::string> images;
  for (const auto& service : project.find_app(app)->services) {
    if (!service.route) continue;
    for (int replica = 0; replica < service.replicas; ++replica) {
      const auto delivery = nginx.request(project.name, service.name, Milliseconds{0});
      const auto container = delivery.to ? engine.answering_at(delivery.to->address) : std::nullopt;
      images.insert(container ? container->spec.settings.image : "nobody");
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

void SimWorld::judge(const std::string& operation) {
  if (!serving_) return;
  judge_stopped_containers(operation);
  judge_requests(operation);
}

// Invariant 1: the active environment is healthy and complete. And no app ever answers from two releases at once.
void SimWorld::judge_requests(const std::string& operation) {
  for (const auto& app : project.apps) {
    std::set<std::string> releases;
    for (const auto& service : app.services) {
      for (int replica = 0; service.route && replica < service.replicas; ++replica) {
        const auto delivery = nginx.request(project.name, service.name, request_duration);
        const auto container = delivery.to ? engine.answering_at(delivery.to->address) : std::nullopt;
        if (!container)
          broken_.push_back("after \"" + operation + "\": nobody answered a request to " + service.name);
        else
          releases.insert(label_of(*container, label::release));
      }
    }
    if (releases.size() > 1)
      broken_.push_back("after \"" + operation + "\": " + app.name + " answers from two releases");
  }
}

// Invariants 2 and 7, by their effect: a container that no longer runs has no request of a client left in it.
void SimWorld::judge_stopped_containers(const std::string& operation) {
  for (const auto& container : engine.containers()) {
    if (container.state == RunState::running) continue;
    for (const auto& endpoint : container.endpoints) {
      if (endpoint.ipv4_address.empty()) continue;
      const int lost = nginx.in_flight({{endpoint.ipv4_address, app_port}});
      if (lost > 0) {
        broken_.push_back("after \"" + operation + "\": " + std::to_string(lost) + " requests were lost in " +
                          container.spec.name);
      }
    }
  }
}

Project sim_project(const std::map<std::string, std::map<std::string, int>>& apps) {
  Project project;
  project.name = "shop";
  project.directory = "/srv/shop";
  project.networks["default"].name = "shop_default";
  project.proxy.service = "nginx";
  Service nginx;
  nginx.name = "nginx";
  nginx.container.image = "nginx";
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
      service.route = Route{service_name, {service_name + ".example.org"}, "/", "", Seconds{60}, ""};
      service.digest = "digest of " + service_name;
      app.services.push_back(std::move(service));
    }
    project.apps.push_back(std::move(app));
  }
  return project;
}

}  // namespace bluegreen
