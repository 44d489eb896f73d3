// SPDX-License-Identifier: MIT
// Infrastructure that is missing: networks, volumes, nginx, databases.
#include <algorithm>

#include "deploy/addresses.h"
#include "deploy/labels.h"
#include "deploy/plan.h"

namespace bluegreen {

namespace {

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

std::optional<Subnet> subnet_of_sites(const Observed& observed) {
  for (const auto& [name, app] : observed.apps) {
    if (!app.site) continue;
    for (const auto& [service, replicas] : app.site->site.sides.blue) {
      const auto address = replicas.empty() ? std::nullopt : parse_address(replicas.front().address);
      if (address) return subnet_around(*address);
    }
  }
  return std::nullopt;
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
    if (!images.contains(project.proxy.image)) add_pull(plan, "nginx", project.proxy.image);
  }
  if (!observed.proxy || observed.proxy->state != RunState::running) {
    plan.push_back(
        StartInfrastructure{"nginx", default_proxy_container(project), observed.proxy ? observed.proxy->id : ""});
  }
}

}  // namespace

void add_pull(Plan& plan, const std::string& app, const std::string& reference) {
  const bool planned = std::ranges::any_of(plan, [&](const Step& step) {
    const auto* pull = std::get_if<Pull>(&step);
    return pull != nullptr && pull->reference == reference;
  });
  if (!planned) plan.push_back(Pull{app, reference});
}

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
  // The network is gone, its addresses still stand in nginx's files: they will do again.
  const auto chosen = choose_subnet(in_use, subnet_of_sites(observed));
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
    } else if (!images.contains(service.container.image)) {
      add_pull(plan, service.name, service.container.image);
    }
    plan.push_back(StartInfrastructure{service.name, infrastructure_container(project, service),
                                       found == observed.infrastructure.end() ? "" : found->second.id, until});
  }
  if (project.apps.empty()) return plan;
  if (project.proxy.host)
    return plan;  // it is the user's to start, and this machine reaches every network of the engine
  if (uses_default_proxy(project)) add_default_proxy(plan, project, observed, images);
  const auto managed = managed_network_name(project.name);
  if (!observed.proxy || !observed.proxy->addresses.contains(managed)) plan.push_back(JoinProxy{managed});
  return plan;
}

}  // namespace bluegreen
