// SPDX-License-Identifier: MIT
#include "deploy/site.h"

#include <algorithm>
#include <iterator>

namespace bluegreen {

std::string preview_host(const std::string& project, const std::string& service) {
  auto name = service + "." + project + ".preview";
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name;
}

std::vector<Endpoint> routed_endpoints(const Side& side) {
  std::vector<Endpoint> endpoints;
  for (const auto& [service, replicas] : side) {
    std::ranges::copy_if(replicas, std::back_inserter(endpoints), [](const Endpoint& each) { return each.port != 0; });
  }
  return endpoints;
}

const Route* find_http_route(const Site& site) {
  const auto found = std::ranges::find_if(site.routes, [](const Route& each) { return !is_tcp(each); });
  return found == site.routes.end() ? nullptr : &*found;
}

bool has_tls(const Site& site) {
  return std::ranges::any_of(site.routes, [](const Route& each) { return each.tls.has_value(); });
}

}  // namespace bluegreen
