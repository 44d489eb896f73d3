// SPDX-License-Identifier: MIT
#include "deploy/plan.h"

#include <algorithm>

#include "deploy/addresses.h"
#include "deploy/labels.h"

namespace bluegreen {

namespace {

// ---- what stands ----------------------------------------------------------------------------------------------

// The addresses of an environment as its containers have them: what counts when nginx's file is gone.
Side standing_side(const App& app, const Environment& environment) {
  Side side;
  for (const auto& container : environment.containers) {
    const auto* service = app.find_service(slot_of(container).service);
    const auto address = container.addresses.find(managed_network_name(container.labels.at(label::project)));
    if (service == nullptr || address == container.addresses.end() || address->second.empty()) continue;
    side[service->name].push_back({address->second, service->port});
  }
  return side;
}

std::vector<Endpoint> endpoints_of(const App& app, const ObservedApp& observed, Color color) {
  return routed_endpoints(observed.site ? observed.site->site.sides[color]
                                        : standing_side(app, observed.environments[color]));
}

std::set<std::string> addresses_taken(const Observed& observed, const std::string& network, const std::string& app,
                                      Color target) {
  std::set<std::string> taken;
  for (const auto& [name, other_app] : observed.apps) {
    for (const auto color : both_colors) {
      if (name == app && color == target) continue;
      if (other_app.site) {
        for (const auto& [service, replicas] : other_app.site->site.sides[color]) {
          for (const auto& endpoint : replicas) taken.insert(endpoint.address);
        }
      }
      for (const auto& container : other_app.environments[color].containers) {
        const auto known = container.addresses.find(network);
        if (known != container.addresses.end()) taken.insert(known->second);
      }
    }
  }
  return taken;
}

std::vector<Route> routes_of(const App& app) {
  std::vector<Route> routes;
  for (const auto& service : app.services) {
    if (service.route) routes.push_back(*service.route);
  }
  return routes;
}

// ---- the two configurations of a release ----------------------------------------------------------------------

// While the release proves itself: nothing public changes, only the idle side's addresses.
Outcome<Site> site_to_verify(const Project& project, const App& app, const Observed& world, const Subnet& managed) {
  const auto observed = world.app(app.name);
  const auto idle = other(observed.active());
  auto taken = addresses_taken(world, managed_network_name(project.name), app.name, idle);
  Site site;
  if (observed.site) {
    site = observed.site->site;
  } else {
    site.project = project.name;
    site.app = app.name;
    site.mode = app.policy.switch_mode;
    site.routes = routes_of(app);
    if (site.mode == SwitchMode::reload) site.reload_active = observed.active();
    site.sides[other(idle)] = standing_side(app, observed.environments[other(idle)]);
  }
  TRY_ASSIGN(site.sides[idle], assign_addresses(app, managed, site.sides[idle], taken));
  if (!site.sides[other(idle)].empty()) return site;
  // The next release will use that side: so it finds the configuration as it needs it.
  for (const auto& [service, replicas] : site.sides[idle]) {
    for (const auto& endpoint : replicas) taken.insert(endpoint.address);
  }
  TRY_ASSIGN(site.sides[other(idle)], assign_addresses(app, managed, {}, taken));
  return site;
}

// What the switch itself changes: in reload mode the active side stands in the configuration.
Site as_switched(Site site, Color to) {
  if (site.mode == SwitchMode::reload) site.reload_active = to;
  return site;
}

// Once it serves: its own routes and way of switching.
Site site_to_serve(const App& app, Site site, Color active) {
  site.mode = app.policy.switch_mode;
  site.routes = routes_of(app);
  site.reload_active = site.mode == SwitchMode::reload ? active : Color::blue;
  return site;
}

bool needs_configuring(const ObservedApp& observed, const Site& wanted) {
  return !observed.site || observed.site->site != wanted;
}

SwitchMode mode_of(const ObservedApp& observed, const App& app) {
  return observed.site ? observed.site->site.mode : app.policy.switch_mode;
}

// Somebody edited the file, or a run was killed between moving it and the reload: what nginx does is not what is
// written. That is mended before anything else, since everything after it relies on it.
void add_mending(Plan& plan, const ObservedApp& observed) {
  if (observed.site && observed.site->edited) plan.push_back(Configure{observed.site->site});
}

// ---- pieces of plans ------------------------------------------------------------------------------------------

void add_pull(Plan& plan, const std::string& app, const std::string& reference, const ImageIds& images) {
  const bool planned = std::ranges::any_of(plan, [&](const Step& step) {
    const auto* pull = std::get_if<Pull>(&step);
    return pull != nullptr && pull->reference == reference;
  });
  if (!images.contains(reference) && !planned) plan.push_back(Pull{app, reference});
}

void add_retirement(Plan& plan, const App& app, const ObservedApp& observed, Color old) {
  const auto& environment = observed.environments[old];
  if (environment.empty() || app.policy.retire == Retire::keep) return;
  if (environment.any_running()) {
    plan.push_back(
        Drain{app.name, old, endpoints_of(app, observed, old), mode_of(observed, app), app.policy.drain_timeout});
  } else if (app.policy.retire == Retire::stop) {
    return;
  }
  plan.push_back(RetireOld{app.name, old, environment.containers, app.policy.retire});
}

Done check_networks_of(const Project& project, const App& app, const std::string& release) {
  for (const auto& service : app.services) {
    for (const auto& attachment : service.networks) {
      if (project.networks.contains(attachment.network)) continue;
      return failure("release " + release + " of " + app.name + " uses the network " + attachment.network +
                         ", which the project no longer has",
                     "Put the network back into the Compose file, or deploy instead.");
    }
  }
  return {};
}

Dependency::Condition awaited_condition(const Project& project, const std::string& service) {
  auto condition = Dependency::Condition::started;
  const auto look_at = [&](const Service& dependent) {
    for (const auto& dependency : dependent.depends_on) {
      if (dependency.service == service) condition = std::max(condition, dependency.condition);
    }
  };
  std::ranges::for_each(project.infrastructure, look_at);
  for (const auto& app : project.apps) std::ranges::for_each(app.services, look_at);
  return condition;
}

Done add_networks(Plan& plan, const Project& project, const Observed& observed,
                  const std::vector<std::string>& reserved_subnets) {
  for (const auto& [key, network] : project.networks) {
    if (observed.find_network(network.name) != nullptr) continue;
    if (network.external) {
      return failure("network " + network.name + " is external and does not exist",
                     "Make it with `docker network create " + network.name + "`, or take `external` out of the file.");
    }
    plan.push_back(MakeNetwork{project_network(project, key)});
  }
  const auto name = managed_network_name(project.name);
  if (project.apps.empty() || observed.find_network(name) != nullptr) return {};
  TRY_ASSIGN(const auto subnet, managed_subnet(project, observed, reserved_subnets));
  MakeNetwork managed;
  managed.managed = project.subnet.empty();
  managed.spec.network.name = name;
  // Internal: connecting a running nginx to it cannot move nginx's default gateway and with it the published ports.
  managed.spec.network.internal = true;
  managed.spec.network.subnet = render_subnet(subnet);
  managed.spec.ip_range = render_subnet(engine_half(subnet));
  managed.spec.labels = {{label::project, project.name}, {label::role, "managed"}};
  plan.push_back(std::move(managed));
  return {};
}

Done add_volumes(Plan& plan, const Project& project, const Observed& observed) {
  for (const auto& [key, volume] : project.volumes) {
    if (observed.volumes.contains(volume.name)) continue;
    if (volume.external) {
      return failure("volume " + volume.name + " is external and does not exist",
                     "Make it with `docker volume create " + volume.name + "`, or take `external` out of the file.");
    }
    plan.push_back(MakeVolume{volume, volume_labels(project, key)});
  }
  return {};
}

void add_default_proxy(Plan& plan, const Project& project, const Observed& observed, const ImageIds& images) {
  if (!observed.proxy) {
    if (observed.find_network(default_proxy_network) == nullptr) {
      MakeNetwork network;
      network.spec.network.name = default_proxy_network;
      network.spec.labels = {{label::role, "proxy"}};
      plan.push_back(std::move(network));
    }
    if (!observed.volumes.contains(default_proxy_volume)) {
      Volume volume;
      volume.name = default_proxy_volume;
      plan.push_back(MakeVolume{volume, {{label::role, "proxy"}}});
    }
    add_pull(plan, "nginx", project.proxy.image, images);
  }
  if (!observed.proxy || observed.proxy->state != RunState::running) {
    plan.push_back(
        StartInfrastructure{"nginx", default_proxy_container(project.proxy), observed.proxy ? observed.proxy->id : ""});
  }
}

}  // namespace

// ---- plans ----------------------------------------------------------------------------------------------------

Outcome<Subnet> managed_subnet(const Project& project, const Observed& observed,
                               const std::vector<std::string>& reserved_subnets) {
  if (const auto* network = observed.find_network(managed_network_name(project.name))) {
    const auto subnet = network->subnets.empty() ? std::nullopt : parse_subnet(network->subnets.front());
    if (subnet && subnet->prefix <= 29) return *subnet;
    return failure("the network " + network->name + " has no usable IPv4 subnet",
                   "Somebody else made it; remove it, or give the project another name.");
  }
  if (const auto wanted = parse_subnet(project.subnet)) return *wanted;  // src/config has refused what is none
  std::vector<Subnet> in_use;
  const auto add = [&](const std::string& text) {
    if (const auto subnet = parse_subnet(text)) in_use.push_back(*subnet);
  };
  for (const auto& network : observed.networks) std::ranges::for_each(network.subnets, add);
  std::ranges::for_each(reserved_subnets, add);
  const auto chosen = choose_subnet(in_use);
  if (!chosen)
    return failure("no free subnet in 10.208.0.0/12 for the managed network", "Name one: x-bluegreen.subnet.");
  return *chosen;
}

Outcome<Plan> plan_up(const Project& project, const Observed& observed, const ImageIds& images,
                      const std::vector<std::string>& reserved_subnets) {
  Plan plan;
  TRY(add_networks(plan, project, observed, reserved_subnets));
  TRY(add_volumes(plan, project, observed));
  for (const auto& service : project.infrastructure) {
    const auto found = observed.infrastructure.find(service.name);
    const auto until = awaited_condition(project, service.name);
    if (found != observed.infrastructure.end()) {
      const auto state = found->second.state;
      // A job that others wait for has ended long ago and is not run again.
      if (state == RunState::running || state == RunState::restarting || until == Dependency::Condition::completed)
        continue;
    } else {
      add_pull(plan, service.name, service.container.image, images);
    }
    plan.push_back(StartInfrastructure{service.name, infrastructure_container(project, service),
                                       found == observed.infrastructure.end() ? "" : found->second.id, until});
  }
  if (project.apps.empty()) return plan;
  if (project.proxy.service.empty()) add_default_proxy(plan, project, observed, images);
  const auto managed = managed_network_name(project.name);
  if (!observed.proxy || !observed.proxy->addresses.contains(managed)) plan.push_back(JoinProxy{managed});
  return plan;
}

Outcome<Plan> plan_release(const Project& project, const Release& release, const Observed& observed,
                           const Subnet& managed, const ImageIds& images, StopBefore stop_before) {
  const auto& app = release.app;
  const auto now = observed.app(app.name);
  const auto active = now.active();
  const auto idle = other(active);
  TRY(check_networks_of(project, app, release.id));
  TRY_ASSIGN(const auto verified_site, site_to_verify(project, app, observed, managed));
  const auto serving_site = site_to_serve(app, verified_site, idle);
  const bool site_changes = as_switched(verified_site, idle) != serving_site;

  Plan plan;
  for (const auto& service : app.services) {
    if (!release.images.contains(service.name)) add_pull(plan, app.name, service.container.image, images);
  }
  add_mending(plan, now);
  if (site_changes) plan.push_back(Check{serving_site});
  if (!now.environments[idle].empty()) {
    plan.push_back(Clear{app.name, idle, now.environments[idle].containers, endpoints_of(app, now, idle),
                         mode_of(now, app), app.policy.drain_timeout});
  }
  if (!now.site && verified_site.mode == SwitchMode::marker && active == Color::green && !now.green_marker) {
    plan.push_back(Hold{verified_site, active});
  }
  const EnvironmentSpec environment{project, release, idle, verified_site.sides[idle],
                                    managed_network_name(project.name)};
  plan.push_back(Start{app, release.id, idle, environment_containers(environment, observed.foreign_names), {}});
  if (needs_configuring(now, verified_site)) plan.push_back(Configure{verified_site});
  plan.push_back(Verify{app, idle, verified_site});
  if (stop_before == StopBefore::the_switch) return plan;
  plan.push_back(Switch{verified_site, idle, release.id});
  if (site_changes) plan.push_back(Configure{serving_site});
  add_retirement(plan, app, now, active);
  return plan;
}

bool is_up_to_date(const App& app, const ObservedApp& observed, const ImageIds& images) {
  if (!observed.site || observed.site->edited) return false;
  if (observed.site->site.routes != routes_of(app) || observed.site->site.mode != app.policy.switch_mode) return false;
  const auto& environment = observed.active_environment();
  if (!environment.all_running()) return false;
  std::size_t expected = 0;
  for (const auto& service : app.services) {
    expected += static_cast<std::size_t>(service.replicas);
    const auto image = images.find(service.container.image);
    const auto replicas = std::ranges::count_if(environment.containers, [&](const Container& container) {
      return slot_of(container).service == service.name && image != images.end() &&
             container.image_id == image->second && container.labels.contains(label::digest) &&
             container.labels.at(label::digest) == service.digest;
    });
    if (replicas != service.replicas) return false;
  }
  return environment.containers.size() == expected;
}

Plan plan_leftovers(const App& app, const ObservedApp& observed) {
  Plan plan;
  if (!observed.serving()) return plan;
  add_retirement(plan, app, observed, other(observed.active()));
  return plan;
}

Outcome<Plan> plan_return(const App& app, const ObservedApp& observed, AfterSwitch after) {
  const auto active = observed.active();
  const auto idle = other(active);
  const auto& environment = observed.environments[idle];
  const auto idle_name = app.name + "-" + std::string(name_of(idle));
  if (environment.empty() || !observed.site) {
    return failure("nothing stands in " + idle_name, "Deploy first: bluegreen deploy " + app.name);
  }
  const auto& site = observed.site->site;
  const auto serving_site = site_to_serve(app, site, idle);
  const bool site_changes = as_switched(site, idle) != serving_site;
  Plan plan;
  add_mending(plan, observed);
  if (site_changes) plan.push_back(Check{serving_site});
  if (!environment.all_running()) {
    plan.push_back(Start{app, environment.release(), idle, {}, environment.containers});
  }
  plan.push_back(Verify{app, idle, site});
  plan.push_back(Switch{site, idle, environment.release()});
  if (site_changes) plan.push_back(Configure{serving_site});
  if (after == AfterSwitch::retire_the_old) add_retirement(plan, app, observed, active);
  return plan;
}

// ---- the plan, for people -------------------------------------------------------------------------------------

namespace {

std::string environment_name(const std::string& app, Color color) { return app + "-" + std::string(name_of(color)); }

// "hello-GREEN (python:3)"; for an app of several containers "shop-GREEN: api, 2 web".
std::string contents_of(const App& app, Color color) {
  const auto name = environment_name(app.name, color);
  if (app.services.size() == 1 && app.services[0].replicas == 1) {
    return slot_name(app.services[0], color, 1) + " (" + app.services[0].container.image + ")";
  }
  std::string text;
  for (const auto& service : app.services) {
    text += (text.empty() ? ": " : ", ") + (service.replicas > 1 ? std::to_string(service.replicas) + " " : "") +
            service.name;
  }
  return name + text;
}

std::string names_of(const std::string& app, Color color, const std::vector<Container>& containers) {
  if (containers.size() == 1) return containers.front().name;
  return environment_name(app, color) + " (" + std::to_string(containers.size()) + " containers)";
}

struct Describe {
  StepInfo operator()(const MakeNetwork& step) const {
    const auto& network = step.spec.network;
    return {"network", "", "make network " + network.name + (network.subnet.empty() ? "" : " " + network.subnet)};
  }
  StepInfo operator()(const MakeVolume& step) const { return {"volume", "", "make volume " + step.volume.name}; }
  StepInfo operator()(const Pull& step) const { return {"pull", step.app, "pull " + step.reference}; }
  StepInfo operator()(const StartInfrastructure& step) const {
    const auto wait = step.until == Dependency::Condition::healthy     ? ", wait until healthy"
                      : step.until == Dependency::Condition::completed ? ", wait until it has ended"
                                                                       : "";
    return {"infrastructure", "", "start " + step.container.name + " (" + step.container.settings.image + ")" + wait};
  }
  StepInfo operator()(const JoinProxy& step) const { return {"join", "", "connect nginx to " + step.network}; }
  StepInfo operator()(const Hold& step) const {
    return {"hold", step.site.app, "point nginx away from " + environment_name(step.site.app, other(step.to))};
  }
  StepInfo operator()(const Clear& step) const {
    return {"clear", step.app, "remove " + names_of(step.app, step.color, step.containers)};
  }
  StepInfo operator()(const Start& step) const {
    return {"start", step.app.name, "start " + contents_of(step.app, step.color)};
  }
  StepInfo operator()(const Check& step) const {
    return {"check", step.site.app, "let nginx test the new routes of " + step.site.app};
  }
  StepInfo operator()(const Configure& step) const {
    return {"configure", step.site.app, "tell nginx about " + step.site.app + ": test, move into place, reload"};
  }
  StepInfo operator()(const Verify& step) const {
    return {"verify", step.app.name, "verify " + environment_name(step.app.name, step.color)};
  }
  StepInfo operator()(const Switch& step) const {
    return {"switch", step.site.app, "switch " + step.site.app + " to " + std::string(name_of(step.to))};
  }
  StepInfo operator()(const Drain& step) const {
    return {"drain", step.app, "drain " + environment_name(step.app, step.color)};
  }
  StepInfo operator()(const RetireOld& step) const {
    return {
        "retire", step.app,
        (step.how == Retire::remove ? "stop and remove " : "stop ") + names_of(step.app, step.color, step.containers)};
  }
};

}  // namespace

StepInfo describe(const Step& step) { return std::visit(Describe{}, step); }

}  // namespace bluegreen
