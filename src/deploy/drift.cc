// SPDX-License-Identifier: MIT
#include "deploy/drift.h"

#include <algorithm>

namespace bluegreen {

namespace {

void check_nginx(std::vector<Drift>& drift, const ObservedApp& app, const Observed& observed,
                 const std::string& network) {
  const auto repair = "bluegreen repair " + app.name;
  if (observed.nginx_on_host) {
    // Whether it runs is among what it says itself: nobody here can start it.
  } else if (!observed.proxy) {
    drift.push_back({"there is no nginx container", repair});
  } else if (observed.proxy->state != RunState::running) {
    drift.push_back({"nginx (" + observed.proxy->name + ") does not run", repair});
  } else if (!observed.proxy->addresses.contains(network)) {
    drift.push_back({"nginx is not on the network " + network, repair});
  }
  if (observed.find_network(network) == nullptr) drift.push_back({"the network " + network + " is missing", repair});
  if (!app.site)
    drift.push_back({"nginx has no configuration for " + app.name, repair});
  else if (app.site->edited)
    drift.push_back({"the configuration of " + app.name + " was edited by hand", repair + " writes it anew"});
}

void check_active(std::vector<Drift>& drift, const ObservedApp& app, const std::string& network) {
  const auto active = app.active();
  const auto& environment = app.active_environment();
  const auto name = environment_name(app.name, active);
  if (!environment.any_running()) {
    drift.push_back(
        {"nginx sends requests to " + name + (environment.empty() ? ", where nothing stands" : ", which does not run"),
         app.only_the_idle_one_runs() ? "bluegreen switch " + app.name + " " + std::string(name_of(other(active)))
                                      : "bluegreen repair " + app.name});
    return;
  }
  if (environment.release().empty())
    drift.push_back({name + " holds containers of different releases", "bluegreen deploy " + app.name});
  for (const auto& container : environment.containers) {
    const auto slot = slot_of(container);
    if (container.state != RunState::running) {
      drift.push_back({container.name + " does not run", "bluegreen repair " + app.name});
      continue;
    }
    if (container.health == HealthState::unhealthy) {
      drift.push_back(
          {container.name + " is unhealthy", "bluegreen logs " + app.name + ", bluegreen rollback " + app.name});
    }
    if (!app.site) continue;
    const auto* endpoint = find_endpoint(app.site->site, active, slot);
    const auto address = container.addresses.find(network);
    if (address == container.addresses.end()) {
      drift.push_back({container.name + " is not on the network " + network, "bluegreen repair " + app.name});
    } else if (endpoint == nullptr || address->second != endpoint->address) {
      drift.push_back(
          {container.name + " is not at the address that nginx has for it", "bluegreen deploy " + app.name});
    }
  }
  if (!app.site) return;
  for (const auto& [service, replicas] : app.site->site.sides[active]) {
    const auto there = std::ranges::count_if(
        environment.containers, [&](const Container& container) { return slot_of(container).service == service; });
    if (static_cast<std::size_t>(there) < replicas.size()) {
      drift.push_back({"only " + std::to_string(there) + " of " + std::to_string(replicas.size()) + " containers of " +
                           service + " are there",
                       "bluegreen repair " + app.name});
    }
  }
}

}  // namespace

std::vector<Drift> find_drift(const ObservedApp& app, const Observed& observed, const std::string& managed_network,
                              std::optional<Retire> retire) {
  std::vector<Drift> drift;
  const bool known = app.site || !app.environments.blue.empty() || !app.environments.green.empty();
  if (!known) return drift;
  check_nginx(drift, app, observed, managed_network);
  check_active(drift, app, managed_network);
  const auto idle = other(app.active());
  const auto serving = app.active_environment().release();
  if (retire && app.active_environment().any_running() && is_left_over(app.environments[idle], serving, *retire)) {
    const auto left = app.environments[idle].release();
    drift.push_back(
        {environment_name(app.name, idle) + (left < serving && !left.empty()
                                                 ? " still holds an older release, although it is to be retired"
                                                 : " holds a release that an interrupted run has left half"),
         "bluegreen repair " + app.name + ", or the next deploy, clears it"});
  }
  return drift;
}

}  // namespace bluegreen
