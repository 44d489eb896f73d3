// SPDX-License-Identifier: MIT
// What nginx is told about one app: its public routes and the fixed addresses of both environments. This value is the
// whole input of the generated file and stands in that file's first line, so that it can be read back: addresses are
// never remembered anywhere else.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "deploy/color.h"
#include "deploy/project.h"

namespace bluegreen {

struct Endpoint {
  std::string address;  // literal IPv4
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

// service -> its replicas, in order. Services without a port (workers) have port 0 here and no upstream in nginx.
using Side = std::map<std::string, std::vector<Endpoint>>;

// The name under which the preview listener knows a service: "hello.example.preview".
[[nodiscard]] std::string preview_host(const std::string& project, const std::string& service);

// Those that nginx sends requests to.
[[nodiscard]] std::vector<Endpoint> routed_endpoints(const Side& side);

struct Site {
  std::string project;
  std::string app;
  SwitchMode mode = SwitchMode::marker;
  Color reload_active = Color::blue;  // reload mode: the side in the configuration. Marker mode: not used, always BLUE
  std::vector<Route> routes;          // public, of the active release; sorted by service
  PerColor<Side> sides;
  bool operator==(const Site&) const = default;
};

// The first route that takes requests; nullptr: it has none, or passes on connections alone.
[[nodiscard]] const Route* find_http_route(const Site& site);

// Whether one of its hosts is served over TLS.
[[nodiscard]] bool has_tls(const Site& site);

}  // namespace bluegreen
