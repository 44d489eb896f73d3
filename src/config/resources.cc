// SPDX-License-Identifier: MIT
#include "config/resources.h"

#include <fmt/format.h>

#include "config/names.h"
#include "config/values.h"

namespace bluegreen {
namespace {

// `name`, `external`, `driver`, `driver_opts`, `labels`: the same for both.
template <class Resource>
void read_common(MapReader& map, const std::string& key, Resource& resource, Context& context) {
  auto& complaints = context.complaints;
  if (const auto external = map.take("external")) {
    if (external->node->kind == Node::Kind::map)
      complaints.add(external->place, "the map form of external is obsolete", "write external: true and name: NAME");
    else
      read_scalar(*external, complaints, resource.external, parse_bool);
  }
  resource.name = resource.external ? key : context.project + "_" + key;
  map.read("name", resource.name, parse_resource_name);
  map.read("driver", resource.driver, parse_text);
  if (const auto options = map.take("driver_opts")) resource.driver_opts = read_text_map(*options, complaints);
  if (const auto labels = map.take("labels")) resource.labels = read_text_map(*labels, complaints);
  if (!resource.external) return;
  for (const auto* other : {"driver", "driver_opts", "labels", "internal", "ipam"})
    if (map.field().node->find(other))
      complaints.add(place_of(map.field(), other), "does not go with external: true",
                     "remove it; bluegreen does not make this one");
}

void read_ipam(const Field& field, Network& network, Complaints& complaints) {
  MapReader ipam(field, complaints);
  std::string driver = "default";
  ipam.read("driver", driver, parse_text);
  if (driver != "default") complaints.add(place_of(field, "driver"), "only the driver default is implemented");
  const auto config = ipam.take("config");
  const auto pools = config ? read_list(*config, complaints) : std::vector<Field>{};
  if (pools.size() > 1) complaints.add(pools[1].place, "only one subnet is implemented", "keep one IPv4 subnet");
  if (!pools.empty()) {
    MapReader pool(pools[0], complaints);
    pool.read("subnet", network.subnet, parse_subnet);
    pool.read("gateway", network.gateway, parse_ipv4);
    pool.finish();
    if (!network.gateway.empty() && network.subnet.empty()) complaints.add(pools[0].place, "gateway needs subnet");
  }
  ipam.finish();
}

Network read_network(const std::string& key, const Field& field, Context& context) {
  static constexpr std::string_view unimplemented[] = {"attachable", "enable_ipv4", "enable_ipv6"};
  MapReader map(field, context.complaints);
  Network network;
  read_common(map, key, network, context);
  map.read("internal", network.internal, parse_bool);
  if (const auto ipam = map.take("ipam")) read_ipam(*ipam, network, context.complaints);
  map.finish(unimplemented);
  return network;
}

Volume read_volume(const std::string& key, const Field& field, Context& context) {
  MapReader map(field, context.complaints);
  Volume volume;
  read_common(map, key, volume, context);
  map.finish();
  return volume;
}

}  // namespace

std::map<std::string, Network> read_networks(const std::optional<Field>& field, Context& context) {
  std::map<std::string, Network> networks;
  networks["default"].name = context.project + "_default";
  if (!field) return networks;
  for (const auto& [key, value] : read_map(*field, context.complaints)) {
    if (auto name = parse_resource_name(key); !name) context.complaints.add(value.place, name.error().message);
    networks[key] = read_network(key, value, context);
  }
  return networks;
}

std::map<std::string, Volume> read_volumes(const std::optional<Field>& field, Context& context) {
  std::map<std::string, Volume> volumes;
  if (!field) return volumes;
  for (const auto& [key, value] : read_map(*field, context.complaints)) {
    if (auto name = parse_resource_name(key); !name) context.complaints.add(value.place, name.error().message);
    volumes[key] = read_volume(key, value, context);
  }
  return volumes;
}

}  // namespace bluegreen
