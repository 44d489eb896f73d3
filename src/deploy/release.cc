// SPDX-License-Identifier: MIT
#include "deploy/release.h"

#include <fmt/chrono.h>

#include <algorithm>

#include "deploy/labels.h"
#include "deploy/observed.h"

namespace bluegreen {

namespace {

Labels slot_labels_of(const EnvironmentSpec& spec, const Service& service, int replica) {
  return {{label::project, spec.project.name},
          {label::app, spec.release.app.name},
          {label::color, std::string(name_of(spec.color))},
          {label::service, service.name},
          {label::replica, std::to_string(replica)},
          {label::release, spec.release.id},
          {label::digest, service.digest},
          {label::image, service.container.image}};
}

// Both colors stand side by side on the project's networks, so every name there has the color in it: a plain one would
// answer from either.
std::vector<std::string> colored_aliases(const EnvironmentSpec& spec, const Service& service,
                                         const std::vector<std::string>& plain) {
  const auto suffix = "-" + std::string(name_of(spec.color));
  std::vector<std::string> aliases{service.name + suffix};
  for (const auto& alias : plain) {
    if (alias != service.name) aliases.push_back(alias + suffix);
  }
  return aliases;
}

// Inside its own color a service is found by its plain name: a line of /etc/hosts for each replica, at its fixed
// address.
std::vector<std::string> names_inside_the_color(const EnvironmentSpec& spec) {
  std::vector<std::string> hosts;
  for (const auto& service : spec.release.app.services) {
    std::set<std::string> names{service.name};
    for (const auto& network : service.networks) names.insert(network.aliases.begin(), network.aliases.end());
    for (const auto& endpoint : spec.addresses.at(service.name)) {
      for (const auto& name : names) hosts.push_back(name + ":" + endpoint.address);
    }
  }
  return hosts;
}

std::string image_of(const Release& release, const Service& service) {
  const auto known = release.images.find(service.name);
  return known == release.images.end() ? service.container.image : known->second;
}

ContainerSettings with_our_defaults(ContainerSettings settings) {
  // An app that is process 1 without a handler ignores SIGTERM: every deploy would wait for SIGKILL.
  if (!settings.init) settings.init = true;
  // The active environment comes back after a restart of the machine; a retired one was stopped on purpose and does
  // not.
  if (settings.restart.name.empty()) settings.restart.name = "unless-stopped";
  return settings;
}

bool has_tls(const Project& project) {
  return std::ranges::any_of(project.apps, [](const App& app) {
    return std::ranges::any_of(app.services, [](const Service& each) { return each.route && each.route->tls; });
  });
}

}  // namespace

std::string make_release_id(WallTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const auto part = (now - second).count() * 0x10000 / 1000;
  return fmt::format("{:%Y%m%d-%H%M%S}-{:04x}", second, part);
}

std::string slot_name(const Service& service, Color color, int replica) {
  auto name = service.name + "-" + std::string(name_of(color));
  if (service.replicas > 1) name += "-" + std::to_string(replica);
  return name;
}

std::vector<ContainerSpec> environment_containers(const EnvironmentSpec& spec,
                                                  const std::set<std::string>& foreign_names) {
  const auto hosts = names_inside_the_color(spec);
  std::vector<ContainerSpec> containers;
  for (const auto& service : spec.release.app.services) {
    for (int replica = 1; replica <= service.replicas; ++replica) {
      ContainerSpec container;
      container.name = slot_name(service, spec.color, replica);
      if (foreign_names.contains(container.name)) container.name = spec.project.name + "-" + container.name;
      container.settings = with_our_defaults(service.container);
      container.settings.environment.try_emplace("BLUEGREEN_COLOR", name_of(spec.color));
      container.settings.environment.try_emplace("BLUEGREEN_RELEASE", spec.release.id);
      container.image = image_of(spec.release, service);
      container.labels = slot_labels_of(spec, service, replica);
      container.extra_hosts = hosts;
      for (const auto& network : service.networks) {
        container.networks.push_back(
            {spec.project.networks.at(network.network).name, colored_aliases(spec, service, network.aliases), ""});
      }
      container.networks.push_back({spec.managed_network, colored_aliases(spec, service, {}),
                                    spec.addresses.at(service.name)[static_cast<std::size_t>(replica - 1)].address});
      containers.push_back(std::move(container));
    }
  }
  return containers;
}

ContainerSpec infrastructure_container(const Project& project, const Service& service) {
  ContainerSpec container;
  container.name = service.container_name.empty() ? project.name + "-" + service.name + "-1" : service.container_name;
  container.settings = service.container;
  // After a restart of the machine the apps come back by themselves: so must what is in front of them.
  if (service.name == project.proxy.service && container.settings.restart.name.empty()) {
    container.settings.restart.name = "unless-stopped";
  }
  container.image = service.container.image;
  container.labels = {
      {label::project, project.name},         {label::role, "infrastructure"},
      {label::digest, service.digest},        {label::compose_project, project.name},
      {label::compose_service, service.name}, {label::compose_number, "1"},
      {label::compose_oneoff, "False"},       {"com.docker.compose.project.working_dir", project.directory}};
  for (const auto& network : service.networks) {
    auto aliases = network.aliases;
    if (std::ranges::find(aliases, service.name) == aliases.end()) aliases.insert(aliases.begin(), service.name);
    container.networks.push_back({project.networks.at(network.network).name, aliases, network.ipv4_address});
  }
  if (container.networks.empty()) container.network_mode = "none";
  return container;
}

ContainerSpec default_proxy_container(const Project& project) {
  const auto& settings = project.proxy;
  ContainerSpec container;
  container.name = default_proxy_name;
  container.image = settings.image;
  container.settings.image = settings.image;
  container.settings.restart.name = "unless-stopped";
  container.settings.ports = settings.ports;
  if (container.settings.ports.empty()) {
    container.settings.ports = {{"", 80, settings.listen, "tcp"}};
    if (has_tls(project)) container.settings.ports.push_back({"", 443, settings.listen_tls, "tcp"});
  }
  // Not filled from the image: its default.conf would answer beside ours.
  container.settings.mounts = {
      {Mount::Kind::volume, default_proxy_volume, "/etc/nginx/conf.d", false, true, true, "", 0}};
  container.settings.mounts.insert(container.settings.mounts.end(), settings.mounts.begin(), settings.mounts.end());
  container.labels = {{label::role, "proxy"}};
  container.networks = {{default_proxy_network, {}, ""}};
  return container;
}

NetworkSpec project_network(const Project& project, const std::string& key) {
  NetworkSpec spec;
  spec.network = project.networks.at(key);
  spec.labels = {{label::project, project.name}, {label::compose_project, project.name}, {label::compose_network, key}};
  return spec;
}

Labels volume_labels(const Project& project, const std::string& key) {
  return {{label::project, project.name}, {label::compose_project, project.name}, {label::compose_volume, key}};
}

}  // namespace bluegreen
