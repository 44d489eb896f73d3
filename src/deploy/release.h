// SPDX-License-Identifier: MIT
// A release, one version of an app, and the containers that an environment of it is made of. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "deploy/ports.h"

namespace bluegreen {

struct Release {
  std::string id;
  App app;                                    // resolved, with this release's images
  std::map<std::string, std::string> images;  // service -> image id; a service may be absent until its image is there
};

// 20261123-101500-4f2a: the moment it was made (UTC), the last four digits the part of the second in 1/65536. Sorts by
// time, for that is how an older release is told from a newer one: two of the same second happen.
[[nodiscard]] std::string make_release_id(WallTime now);

// "hello-GREEN", with several replicas "hello-GREEN-2".
[[nodiscard]] std::string slot_name(const Service& service, Color color, int replica);

struct EnvironmentSpec {
  const Project& project;
  const Release& release;
  Color color;
  Side addresses;
  std::string managed_network;
};

// The containers of one environment, sorted by service and replica. A container whose name someone else has gets the
// project's name in front; the plain name stays as an alias on its networks.
[[nodiscard]] std::vector<ContainerSpec> environment_containers(const EnvironmentSpec& spec,
                                                                const std::set<std::string>& foreign_names);

// An infrastructure service, named and labelled as Compose does it.
[[nodiscard]] ContainerSpec infrastructure_container(const Project& project, const Service& service);

// The default nginx container and its conf.d volume.
[[nodiscard]] ContainerSpec default_proxy_container(const Project& project);
inline constexpr auto default_proxy_volume = "bluegreen-conf.d";

// Networks of the project as Compose labels them; the managed one is internal and leaves the engine its upper half.
[[nodiscard]] NetworkSpec project_network(const Project& project, const std::string& key);
[[nodiscard]] Labels volume_labels(const Project& project, const std::string& key);

}  // namespace bluegreen
