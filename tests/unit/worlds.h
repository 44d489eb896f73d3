// SPDX-License-Identifier: MIT
// A small shop for the tests of src/deploy: one app `web` behind an nginx of the same file, beside a database. And the
// world around it in a few words: `shop.serves(Color::blue, "r1").holds(Color::green, "r0")`.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/drift.h"
#include "deploy/labels.h"
#include "deploy/plan.h"

namespace bluegreen::test {

inline Service service_of(const std::string& name, std::uint16_t port = 9000) {
  Service service;
  service.name = name;
  service.container.image = name + ":1";
  service.networks = {{"default", {}, ""}};
  service.port = port;
  if (port != 0) {
    service.route.emplace();
    service.route->service = name;
  }
  service.digest = "digest-of-" + name;
  return service;
}

inline App app_of(const std::string& name, std::vector<Service> services) {
  App app;
  app.name = name;
  app.services = std::move(services);
  return app;
}

inline Project shop_project() {
  Project project;
  project.name = "shop";
  project.directory = "/srv/shop";
  project.apps = {app_of("web", {service_of("web")})};
  project.infrastructure = {service_of("db", 0), service_of("nginx", 0)};
  project.networks["default"].name = "shop_default";
  project.volumes["data"].name = "shop_data";
  project.proxy.service = "nginx";
  return project;
}

inline const Subnet managed{*parse_address("10.208.0.0"), 20};
inline constexpr auto managed_name = "shop_bluegreen";

// As the first release leaves it: BLUE at 10.208.0.2 and on, then GREEN.
inline Site site_of(const Project& project, const App& app) {
  Site site;
  site.project = project.name;
  site.app = app.name;
  site.mode = app.policy.switch_mode;
  auto next = managed.base + 2;
  for (const auto color : both_colors) {
    for (const auto& service : app.services) {
      for (int i = 0; i < service.replicas; ++i) {
        site.sides[color][service.name].push_back({render_address(next++), service.port});
      }
    }
  }
  for (const auto& service : app.services) {
    if (service.route) site.routes.push_back(*service.route);
  }
  return site;
}

inline std::string image_id_of(const std::string& reference) { return "sha256:" + reference; }

// The environment's containers, at the addresses of `site_of`.
inline std::vector<Container> environment_of(const Project& project, const App& app, Color color,
                                             const std::string& release, RunState state = RunState::running) {
  const auto site = site_of(project, app);
  std::vector<Container> containers;
  for (const auto& service : app.services) {
    for (int replica = 1; replica <= service.replicas; ++replica) {
      Container container;
      container.name = slot_name(service, color, replica);
      container.id = "id-of-" + container.name;
      container.image_id = image_id_of(service.container.image);
      container.state = state;
      container.labels = {{label::project, project.name},
                          {label::app, app.name},
                          {label::color, std::string(name_of(color))},
                          {label::service, service.name},
                          {label::replica, std::to_string(replica)},
                          {label::release, release},
                          {label::digest, service.digest}};
      const auto index = static_cast<std::size_t>(replica - 1);
      const bool up = state == RunState::running;
      container.addresses[managed_name] = up ? site.sides[color].at(service.name)[index].address : "";
      containers.push_back(container);
    }
  }
  return containers;
}

inline Container infrastructure_of(const Project& project, const std::string& service,
                                   RunState state = RunState::running) {
  Container container;
  container.name = project.name + "-" + service + "-1";
  container.id = "id-of-" + service;
  container.state = state;
  container.labels = {{label::compose_project, project.name}, {label::compose_service, service}};
  return container;
}

inline EngineNetwork network_of(const std::string& name, std::vector<std::string> subnets = {}) {
  return {"id-of-" + name, name, false, std::move(subnets), {}};
}

// The project, and a world in which all of its infrastructure is up and no app was ever released.
struct Shop {
  Project project = shop_project();
  Observed observed;
  ImageIds images{{"web:1", image_id_of("web:1")}, {"api:1", image_id_of("api:1")}};

  Shop() {
    for (const auto* service : {"db", "nginx"}) {
      observed.infrastructure[service] = infrastructure_of(project, service);
    }
    observed.infrastructure["nginx"].addresses[managed_name] = "10.208.8.2";
    observed.proxy = observed.infrastructure["nginx"];
    observed.networks = {network_of("shop_default", {"172.18.0.0/16"}),
                         network_of(managed_name, {render_subnet(managed)})};
    observed.volumes = {"shop_data"};
    observed.apps[app().name].name = app().name;
  }

  App& app() { return project.apps.front(); }
  ObservedApp& seen() { return observed.apps[app().name]; }

  // An environment of this release stands there.
  Shop& holds(Color color, const std::string& release, RunState state = RunState::running) {
    seen().environments[color].containers = environment_of(project, app(), color, release, state);
    return *this;
  }

  // ... and nginx sends every request to it.
  Shop& serves(Color color, const std::string& release) {
    SiteState state;
    state.site = site_of(project, app());
    if (state.site.mode == SwitchMode::reload) state.site.reload_active = color;
    state.active = color;
    seen().site = state;
    seen().green_marker = color == Color::green && state.site.mode == SwitchMode::marker;
    return holds(color, release);
  }

  // As it is made where the engine has these images.
  [[nodiscard]] Release release(const std::string& id = "r9") {
    Release made{id, app(), {}};
    for (const auto& service : app().services) {
      if (const auto known = images.find(service.container.image); known != images.end())
        made.images[service.name] = known->second;
    }
    return made;
  }
  [[nodiscard]] Outcome<Plan> try_deploy(StopBefore stop_before = StopBefore::nothing) {
    return plan_release(project, release(), observed, managed, stop_before);
  }
  [[nodiscard]] Plan deploy(StopBefore stop_before = StopBefore::nothing) {
    auto plan = try_deploy(stop_before);
    EXPECT_TRUE(plan) << plan.error().message;
    return plan.value_or(Plan{});
  }
  [[nodiscard]] Plan up(const std::vector<std::string>& reserved = {}) {
    auto plan = plan_up(project, observed, images, reserved);
    EXPECT_TRUE(plan) << plan.error().message;
    return plan.value_or(Plan{});
  }
  [[nodiscard]] Plan go_back(AfterSwitch after = AfterSwitch::retire_the_old) {
    auto plan = plan_return(app(), seen(), after);
    EXPECT_TRUE(plan) << plan.error().message;
    return plan.value_or(Plan{});
  }
  [[nodiscard]] Plan repair(const std::string& id = "r1") {
    auto plan = plan_repair(project, release(id), observed, managed);
    EXPECT_TRUE(plan) << plan.error().message;
    return plan.value_or(Plan{});
  }
  [[nodiscard]] bool up_to_date() { return is_up_to_date(app(), observed.app(app().name), images); }
};

// ---- reading plans --------------------------------------------------------------------------------------------

inline std::vector<std::string> kinds(const Plan& plan) {
  std::vector<std::string> words;
  for (const auto& step : plan) words.push_back(describe(step).kind);
  return words;
}

template <class Kind>
std::vector<Kind> all_of(const Plan& plan) {
  std::vector<Kind> found;
  for (const auto& step : plan) {
    if (const auto* wanted = std::get_if<Kind>(&step)) found.push_back(*wanted);
  }
  return found;
}

// The only step of its kind.
template <class Kind>
Kind the(const Plan& plan) {
  const auto found = all_of<Kind>(plan);
  EXPECT_EQ(found.size(), 1U) << testing::PrintToString(kinds(plan));
  return found.empty() ? Kind{} : found.front();
}

template <class Things>
std::vector<std::string> names(const Things& things) {
  std::vector<std::string> words;
  for (const auto& thing : things) words.push_back(thing.name);
  return words;
}

inline std::vector<std::string> addresses(const Side& side) {
  std::vector<std::string> words;
  for (const auto& [service, replicas] : side) {
    for (const auto& endpoint : replicas) words.push_back(endpoint.address);
  }
  return words;
}

}  // namespace bluegreen::test
