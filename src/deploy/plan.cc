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
  const auto& observed = world.app(app.name);
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

// What made the active side active may not be durable yet, if the run that did it was killed just then. It is, before
// anything of the other side is stopped. (In reload mode that is part of mending.)
void add_hold(Plan& plan, const ObservedApp& observed) {
  if (!observed.site || observed.site->site.mode != SwitchMode::marker) return;
  if (!observed.environments[other(observed.active())].any_running()) return;
  plan.push_back(Hold{observed.site->site, observed.active()});
}

// ---- pieces of plans ------------------------------------------------------------------------------------------

Clear clear(const App& app, const ObservedApp& observed, Color color) {
  return {app.name,
          color,
          observed.environments[color].containers,
          endpoints_of(app, observed, color),
          mode_of(observed, app),
          app.policy.drain_timeout};
}

void add_retirement(Plan& plan, const App& app, const ObservedApp& observed, Color old) {
  const auto& environment = observed.environments[old];
  if (environment.empty() || app.policy.retire == Retire::keep) return;
  // With a container that a killed repair has made and not started it is nothing to go back to.
  const auto how = environment.has_unstarted() ? Retire::remove : app.policy.retire;
  if (environment.any_running()) {
    plan.push_back(Drain{app.name, old, endpoints_of(app, observed, old), mode_of(observed, app),
                         app.policy.drain_timeout, app.policy.drain_policy, environment.containers});
  } else if (how == Retire::stop) {
    return;
  }
  plan.push_back(RetireOld{app.name, old, environment.containers, how});
}

// Containers that have lost the managed network, at the addresses that nginx has for them.
void add_attachments(Plan& plan, const Project& project, const ObservedApp& observed) {
  Attach attach{observed.name, managed_network_name(project.name), {}};
  for (const auto color : both_colors) {
    for (const auto& container : observed.environments[color].containers) {
      const auto* endpoint = observed.site ? find_endpoint(observed.site->site, color, slot_of(container)) : nullptr;
      if (endpoint == nullptr || container.addresses.contains(attach.network)) continue;
      attach.containers.emplace_back(container, endpoint->address);
    }
  }
  if (!attach.containers.empty()) plan.push_back(std::move(attach));
}

// A whole environment goes as the policy says; the half of one, which never proved itself, goes altogether.
void add_leftovers(Plan& plan, const App& app, const ObservedApp& observed, Color color) {
  const auto& left = observed.environments[color];
  if (left.empty() || app.policy.retire == Retire::keep) return;
  const bool is_stopped = !left.any_running() && !left.has_unstarted();
  if (is_stopped && app.policy.retire == Retire::stop) return;
  if (color != observed.active()) add_hold(plan, observed);
  if (left.all_running())
    add_retirement(plan, app, observed, color);
  else
    plan.push_back(clear(app, observed, color));
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

}  // namespace

// ---- plans ----------------------------------------------------------------------------------------------------

Outcome<Plan> plan_release(const Project& project, const Release& release, const Observed& observed,
                           const Subnet& managed, StopBefore stop_before) {
  const auto& app = release.app;
  const auto& now = observed.app(app.name);
  const auto active = now.active();
  const auto idle = other(active);
  TRY(check_networks_of(project, app, release.id));
  TRY_ASSIGN(const auto verified_site, site_to_verify(project, app, observed, managed));
  const auto serving_site = site_to_serve(app, verified_site, idle);
  const bool site_changes = as_switched(verified_site, idle) != serving_site;

  Plan plan;
  for (const auto& service : app.services) {
    if (!release.images.contains(service.name)) add_pull(plan, app.name, service.container.image);
  }
  add_mending(plan, now);
  if (site_changes)
    plan.push_back(Check{serving_site});
  else if (observed.untested_files)
    plan.push_back(Check{verified_site, false});
  add_hold(plan, now);
  if (!now.environments[idle].empty()) {
    plan.push_back(clear(app, now, idle));
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
  if (observed.serving()) add_leftovers(plan, app, observed, other(observed.active()));
  return plan;
}

Outcome<Plan> plan_return(const App& app, const ObservedApp& observed, AfterSwitch after) {
  const auto active = observed.active();
  const auto idle = other(active);
  const auto& environment = observed.environments[idle];
  const auto idle_name = environment_name(app.name, idle);
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

std::vector<ContainerSpec> missing_containers(const Project& project, const Release& release,
                                              const Observed& observed) {
  const auto& now = observed.app(release.app.name);
  const auto active = now.active();
  if (!now.site || now.only_the_idle_one_runs()) return {};
  auto specs = environment_containers(
      {project, release, active, now.site->site.sides[active], managed_network_name(project.name)},
      observed.foreign_names);
  std::erase_if(specs, [&](const ContainerSpec& spec) {
    return std::ranges::any_of(now.active_environment().containers, [&](const Container& container) {
      const auto there = slot_of(container);
      const auto wanted = slot_labels(spec.labels).value_or(SlotLabels{});
      return there.service == wanted.service && there.replica == wanted.replica;
    });
  });
  return specs;
}

Outcome<Plan> plan_maintenance(const ObservedApp& observed, const std::optional<std::string>& page) {
  Plan plan;
  if (!page && !observed.in_maintenance) return plan;
  if (!observed.site) {
    return failure("nginx does not know " + observed.name, "Release it first: bluegreen deploy " + observed.name);
  }
  if (find_http_route(observed.site->site) == nullptr) {
    return failure("no requests go to " + observed.name + ": it " +
                       (observed.site->site.routes.empty() ? "has no port" : "speaks TCP"),
                   "Maintenance is for apps that nginx sends requests to.");
  }
  add_mending(plan, observed);
  plan.push_back(Maintain{observed.site->site, page});
  return plan;
}

Outcome<Plan> plan_repair(const Project& project, const Release& release, const Observed& observed,
                          const Subnet& managed) {
  const auto& app = release.app;
  const auto& now = observed.app(app.name);
  const auto active = now.active();
  const auto idle = other(active);
  const auto& environment = now.environments[active];
  Plan plan;
  add_attachments(plan, project, now);
  if (!now.site && !environment.all_running()) {
    return failure(
        "nginx has no configuration for " + app.name + ", and " + environment_name(app.name, active) + " does not run",
        "A new release puts both right: bluegreen deploy " + app.name);
  }
  Site site;
  if (now.site) {
    site = now.site->site;
    add_mending(plan, now);
  } else {
    TRY_ASSIGN(site, site_to_verify(project, app, observed, managed));
    if (active == Color::green && !now.green_marker) plan.push_back(Hold{site, active});
    plan.push_back(Configure{site});
  }

  const bool the_other_serves = now.only_the_idle_one_runs();
  if (the_other_serves) {
    plan.push_back(Verify{app, idle, site});
    plan.push_back(Switch{site, idle, release.id});
  } else {
    Start start{app, release.id, active, missing_containers(project, release, observed), {}};
    std::ranges::copy_if(environment.containers, std::back_inserter(start.existing),
                         [](const Container& container) { return container.state != RunState::running; });
    if (!start.containers.empty() || !start.existing.empty()) {
      plan.push_back(std::move(start));
      plan.push_back(Verify{app, active, site, Proof::of_the_containers});
    }
  }
  const auto left = the_other_serves ? active : idle;
  if (is_left_over(now.environments[left], release.id, app.policy.retire)) add_leftovers(plan, app, now, left);
  return plan;
}

}  // namespace bluegreen
