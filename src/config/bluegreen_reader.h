// SPDX-License-Identifier: MIT
// x-bluegreen: what makes a service take turns, or nginx. docs/compose.md is its reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/context.h"
#include "config/map_reader.h"
#include "deploy/project.h"

namespace bluegreen {

template <class T>
struct Placed {
  T value{};
  Place place;
};

// What belongs to the app as a whole, as one of its services (or the project's defaults) says it.
struct PolicyDraft {
  std::optional<Placed<SwitchMode>> switch_mode;
  std::optional<Placed<Retire>> retire;
  std::optional<Placed<Milliseconds>> deadline, drain;
  std::optional<Placed<DrainPolicy>> drain_policy;
};

struct ListenerDraft {
  std::optional<Placed<std::uint16_t>> listen, listen_tls, preview_port;
  std::string acme;
  std::optional<std::uint16_t> unknown_host;
};

// On a service.
struct BluegreenBlock {
  Place place;
  bool proxy = false;
  std::string app;  // of an app's service: the app's name
  PolicyDraft policy;
  ListenerDraft listener;    // of the proxy
  std::optional<Place> tls;  // of an app's service: where it says so
};

// nginx as a service of this machine.
struct HostDraft {
  std::optional<Placed<bool>> host;
  std::optional<Placed<std::string>> conf_dir, pid_file;
};

// At the top level.
struct ProjectBlock {
  PolicyDraft defaults;
  ListenerDraft listener;
  std::optional<Placed<std::string>> image;  // of the default nginx
  std::vector<PortMapping> ports;
  std::optional<Place> ports_place;
  std::vector<Mount> mounts;
  std::optional<Place> mounts_place;
  HostDraft host;
  std::string subnet;
};

// Sets the service's port, route and health.
[[nodiscard]] BluegreenBlock read_bluegreen(const Field& field, Service& service, Complaints& complaints);
[[nodiscard]] ProjectBlock read_project_block(const Field& field, Context& context);

}  // namespace bluegreen
