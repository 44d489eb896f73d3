// SPDX-License-Identifier: MIT
#include "nginx/upstream_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace bluegreen {

namespace {

std::vector<Endpoint> routed_replicas(const Site& site, const std::string& service, Color color) {
  const auto& side = site.sides[color];
  const auto replicas = side.find(service);
  if (replicas == side.end()) return {};
  auto endpoints = replicas->second;
  std::erase_if(endpoints, [](const Endpoint& each) { return each.port == 0; });
  return endpoints;
}

bool has_replicas(const Site& site, const std::string& service) { return most_replicas(site, service) > 1; }

std::string render_servers(const std::vector<Endpoint>& endpoints, std::string_view parameters) {
  std::string text;
  for (const auto& endpoint : endpoints)
    fmt::format_to(std::back_inserter(text), "    server {}:{} {};\n", endpoint.address, endpoint.port, parameters);
  return text.empty() ? "    server 127.0.0.1:1 down;  # nothing stands here\n" : text;
}

std::string_view method_of(Balance balance) {
  switch (balance) {
    case Balance::round_robin:
      return "";
    case Balance::least_conn:
      return "    least_conn;\n";
    case Balance::ip_hash:
      return "    ip_hash;\n";
  }
  return "";
}

std::string render_public_servers(const std::vector<Endpoint>& endpoints, Balance balance) {
  if (endpoints.size() < 2 || balance == Balance::ip_hash) return render_servers(endpoints, "max_fails=0");
  return render_servers(endpoints, "max_fails=1 fail_timeout=5s") + render_servers(endpoints, "max_fails=0 backup");
}

}  // namespace

std::string render_patience(std::string_view module, std::size_t replicas) {
  if (replicas < 2) return fmt::format("    {}_connect_timeout 5s;\n", module);
  return fmt::format("    {0}_connect_timeout 1s;\n    {0}_next_upstream_tries {1};\n", module, replicas);
}

std::size_t most_replicas(const Site& site, const std::string& service) {
  return std::max(routed_replicas(site, service, Color::blue).size(),
                  routed_replicas(site, service, Color::green).size());
}

std::string public_upstream(const Site& site, const std::string& service, std::string_view color) {
  return fmt::format("{}.{}_{}", site.project, service, color);
}

// No name of another service can end like this: those of the public upstreams end with the color.
std::string preview_upstream(const Site& site, const std::string& service, std::string_view color) {
  return public_upstream(site, service, color) + (has_replicas(site, service) ? "_preview" : "");
}

std::string render_balance(const Site& site, const Route& route, Color color) {
  return std::string(method_of(route.balance)) +
         render_public_servers(routed_replicas(site, route.service, color), route.balance);
}

std::string render_upstreams(const Site& site, const Route& route) {
  std::string text;
  const auto& service = route.service;
  for (const auto color : both_colors) {
    text += fmt::format("\nupstream {} {{\n{}    keepalive 32;\n    keepalive_timeout 1s;\n}}\n",
                        public_upstream(site, service, name_of(color)), render_balance(site, route, color));
    if (!has_replicas(site, service)) continue;
    text += fmt::format("\nupstream {} {{\n{}}}\n", preview_upstream(site, service, name_of(color)),
                        render_servers(routed_replicas(site, service, color), "max_fails=0"));
  }
  return text;
}

}  // namespace bluegreen
