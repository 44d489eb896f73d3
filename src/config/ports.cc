// SPDX-License-Identifier: MIT
#include "config/ports.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

Outcome<std::string> parse_protocol(std::string_view text) {
  if (text == "tcp" || text == "udp" || text == "sctp") return std::string(text);
  return failure(fmt::format("{} is not a protocol; write tcp, udp or sctp", in_quotes(text)));
}

// 8000-8001 on the host to 80-81 in the container, one by one. No host range: the engine chooses.
Outcome<std::vector<PortMapping>> pair_up(const PortMapping& common, std::optional<PortRange> host,
                                          PortRange container) {
  if (host && host->last - host->first != container.last - container.first)
    return failure(
        "the ranges of host and container ports differ in length; give one host port for each container port");
  std::vector<PortMapping> mappings;
  for (int i = 0; i <= container.last - container.first; ++i) {
    mappings.push_back(common);
    mappings.back().container_port = static_cast<std::uint16_t>(container.first + i);
    if (host) mappings.back().host_port = static_cast<std::uint16_t>(host->first + i);
  }
  return mappings;
}

// "127.0.0.1:8080" or "[::1]:8080" or "8080" or "127.0.0.1:": what stands before the container's port.
Outcome<std::optional<PortRange>> parse_host_part(std::string_view text, std::string& host_ip) {
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    auto address = text.substr(0, colon);
    const bool ipv6 = address.starts_with('[') && address.ends_with(']');
    if (ipv6) address = address.substr(1, address.size() - 2);
    if (!ipv6) TRY(parse_ipv4(address));
    host_ip = std::string(address);
    text.remove_prefix(colon + 1);
  }
  if (text.empty()) return std::optional<PortRange>{};
  TRY_ASSIGN(const auto range, parse_port_range(text));
  return std::optional(range);
}

std::vector<PortMapping> read_long_port(const Field& field, Complaints& complaints) {
  MapReader map(field, complaints);
  PortMapping common;
  std::optional<PortRange> published;
  PortRange target;
  std::string unused;
  const auto parse_published = [](std::string_view text) { return parse_port_range(text); };
  if (!map.field().node->find("target")) complaints.add(field.place, "needs target, the port in the container");
  map.read("target", target, [](std::string_view text) -> Outcome<PortRange> {
    TRY_ASSIGN(const auto port, parse_port(text));
    return PortRange{port, port};
  });
  map.read("published", published, parse_published);
  map.read("host_ip", common.host_ip, parse_text);
  map.read("protocol", common.protocol, parse_protocol);
  map.read("name", unused, parse_text);                                         // for people
  map.read("app_protocol", unused, parse_text);                                 // for people
  map.read("mode", unused, [](std::string_view text) -> Outcome<std::string> {  // the same on a single engine
    if (text == "host" || text == "ingress") return std::string(text);
    return failure(fmt::format("{} is not a mode; write host or ingress", in_quotes(text)));
  });
  map.finish();
  if (target.first == 0) return {};
  auto mappings = pair_up(common, published, target);
  if (mappings) return *mappings;
  complaints.add(field.place, mappings.error().message);
  return {};
}

}  // namespace

Outcome<std::vector<PortMapping>> parse_port_mapping(std::string_view text) {
  PortMapping common;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    TRY_ASSIGN(common.protocol, parse_protocol(text.substr(slash + 1)));
    text = text.substr(0, slash);
  }
  const auto colon = text.rfind(':');
  std::optional<PortRange> host;
  if (colon != std::string_view::npos) {
    TRY_ASSIGN(host, parse_host_part(text.substr(0, colon), common.host_ip));
    text.remove_prefix(colon + 1);
  }
  TRY_ASSIGN(const auto container, parse_port_range(text));
  return pair_up(common, host, container);
}

std::vector<PortMapping> read_ports(const Field& field, Complaints& complaints) {
  std::vector<PortMapping> ports;
  for (const auto& item : read_list(field, complaints)) {
    std::vector<PortMapping> mappings;
    if (item.node->kind == Node::Kind::map)
      mappings = read_long_port(item, complaints);
    else
      read_scalar(item, complaints, mappings, parse_port_mapping);
    for (auto& mapping : mappings)
      if (std::ranges::find(ports, mapping) == ports.end()) ports.push_back(std::move(mapping));
    if (ports.size() > 2000) {
      complaints.add(field.place, "more than 2000 ports");
      break;
    }
  }
  return ports;
}

std::vector<std::string> read_expose(const Field& field, Complaints& complaints) {
  std::vector<std::string> ports;
  for (const auto& item : read_list(field, complaints)) {
    std::vector<PortMapping> mappings;
    const auto parse = [](std::string_view text) -> Outcome<std::vector<PortMapping>> {
      if (text.find(':') != std::string_view::npos)
        return failure("expose takes the container's port alone; ports publishes it");
      return parse_port_mapping(text);
    };
    if (!read_scalar(item, complaints, mappings, parse)) continue;
    for (const auto& mapping : mappings) {
      auto port = std::to_string(mapping.container_port) + (mapping.protocol == "tcp" ? "" : "/" + mapping.protocol);
      if (std::ranges::find(ports, port) == ports.end()) ports.push_back(std::move(port));
    }
    if (ports.size() > 2000) break;
  }
  return ports;
}

}  // namespace bluegreen
