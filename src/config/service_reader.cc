// SPDX-License-Identifier: MIT
#include "config/service_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/container_reader.h"
#include "config/names.h"
#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

// Right in Compose, not done here: refused by name, so that nobody takes them for a typing error.
constexpr std::string_view unimplemented[] = {"annotations",
                                              "attach",
                                              "blkio_config",
                                              "cap_add",
                                              "cap_drop",
                                              "cgroup",
                                              "cgroup_parent",
                                              "configs",
                                              "cpu_count",
                                              "cpu_percent",
                                              "cpu_period",
                                              "cpu_quota",
                                              "cpu_rt_period",
                                              "cpu_rt_runtime",
                                              "cpu_shares",
                                              "cpus",
                                              "cpuset",
                                              "credential_spec",
                                              "device_cgroup_rules",
                                              "devices",
                                              "dns",
                                              "dns_opt",
                                              "dns_search",
                                              "domainname",
                                              "develop",
                                              "extends",
                                              "external_links",
                                              "gpus",
                                              "group_add",
                                              "ipc",
                                              "isolation",
                                              "label_file",
                                              "links",
                                              "logging",
                                              "mac_address",
                                              "mem_limit",
                                              "mem_reservation",
                                              "mem_swappiness",
                                              "memswap_limit",
                                              "models",
                                              "oom_kill_disable",
                                              "oom_score_adj",
                                              "pid",
                                              "pids_limit",
                                              "platform",
                                              "post_start",
                                              "pre_stop",
                                              "privileged",
                                              "provider",
                                              "read_only",
                                              "runtime",
                                              "secrets",
                                              "security_opt",
                                              "shm_size",
                                              "storage_opt",
                                              "sysctls",
                                              "tmpfs",
                                              "ulimits",
                                              "use_api_socket",
                                              "userns_mode",
                                              "uts",
                                              "volumes_from"};

void read_image(MapReader& map, const std::string& name, Service& service, Complaints& complaints) {
  const auto build = map.take("build");
  if (build)
    complaints.add(place_of(map.field(), "build"), "bluegreen does not build images",
                   fmt::format("build it first (docker build -t {}:TAG ...) and write image: {}:TAG", name, name));
  if (!map.read("image", service.container.image, parse_image) && !build && !map.field().node->find("image"))
    complaints.add(map.field().place, "needs image");
}

void read_replicas(MapReader& map, Service& service, Complaints& complaints) {
  const auto replicas = integer_between(0, 99);
  std::optional<int> scale, deployed;
  map.read("scale", scale, replicas);
  if (const auto deploy = map.take("deploy")) {
    static constexpr std::string_view other_keys[] = {"endpoint_mode",  "labels",          "placement",    "resources",
                                                      "restart_policy", "rollback_config", "update_config"};
    MapReader inner(*deploy, complaints);
    std::string mode = "replicated";
    inner.read("replicas", deployed, replicas);
    inner.read("mode", mode, parse_text);
    if (mode != "replicated") complaints.add(place_of(*deploy, "mode"), "only the mode replicated is implemented");
    inner.finish(other_keys);
  }
  if (scale && deployed && *scale != *deployed)
    complaints.add(place_of(map.field(), "scale"), "differs from deploy.replicas", "keep one of the two");
  service.replicas = deployed.value_or(scale.value_or(1));
}

Outcome<Dependency::Condition> parse_condition(std::string_view text) {
  if (text == "service_started") return Dependency::Condition::started;
  if (text == "service_healthy") return Dependency::Condition::healthy;
  if (text == "service_completed_successfully") return Dependency::Condition::completed;
  return failure(
      fmt::format("{} is not a condition; write service_started, service_healthy or service_completed_successfully",
                  in_quotes(text)));
}

void read_depends_on(const Field& field, ServiceDraft& draft, Complaints& complaints) {
  for (const auto& [name, value] : read_map(field, complaints)) {
    Dependency dependency{name};
    MapReader map(value, complaints);
    bool required = true, restart = false;
    map.read("condition", dependency.condition, parse_condition);
    map.read("required", required, parse_bool);
    map.read("restart", restart, parse_bool);  // when Compose restarts the dependency; bluegreen never does
    map.finish();
    if (!required) draft.optional_dependencies.push_back(name);
    draft.service.depends_on.push_back(std::move(dependency));
  }
}

NetworkAttachment read_attachment(const std::string& key, const Field& field, Context& context) {
  static constexpr std::string_view other_keys[] = {"driver_opts",    "gw_priority", "interface_name", "ipv6_address",
                                                    "link_local_ips", "mac_address", "priority"};
  NetworkAttachment attachment{key};
  if (!context.networks.contains(key))
    context.complaints.add(field.place, fmt::format("the network {} is not declared", in_quotes(key)),
                           "add it under the top-level networks");
  MapReader map(field, context.complaints);
  if (const auto aliases = map.take("aliases"))
    for (const auto& alias : read_list(*aliases, context.complaints))
      read_scalar(alias, context.complaints, attachment.aliases.emplace_back(), parse_service_name);
  map.read("ipv4_address", attachment.ipv4_address, parse_ipv4);
  map.finish(other_keys);
  return attachment;
}

void read_networks_of(MapReader& map, Service& service, Context& context) {
  auto& complaints = context.complaints;
  const auto networks = map.take("networks");
  std::string mode;
  map.read("network_mode", mode, parse_text);
  if (!mode.empty()) {
    if (mode != "none")
      complaints.add(place_of(map.field(), "network_mode"), fmt::format("{} is not implemented", in_quotes(mode)),
                     "write none, or use networks");
    if (networks) complaints.add(networks->place, "does not go with network_mode", "keep one of the two");
    return;
  }
  if (networks)
    for (const auto& [key, value] : read_map(*networks, complaints))
      service.networks.push_back(read_attachment(key, value, context));
  if (service.networks.empty()) service.networks.push_back({"default"});
  std::ranges::sort(service.networks, {}, &NetworkAttachment::network);
}

void refuse_what_has_reasons(MapReader& map) {
  map.refuse("profiles", "profiles are not implemented", "put the service into a file of its own and name it with -f");
  map.refuse("pull_policy", "bluegreen pulls an image when the engine does not have it, and never otherwise",
             "remove it");
}

}  // namespace

ServiceDraft read_service(const std::string& name, const Field& field, Context& context) {
  auto& complaints = context.complaints;
  ServiceDraft draft{.field = field};
  draft.service.name = name;
  if (auto valid = parse_service_name(name); !valid) complaints.add(field.place, valid.error().message);
  if (field.node->kind != Node::Kind::map) {
    complaints.add(field.place, fmt::format("expected a map, not {}", kind_name(field.node->kind)),
                   "give it an image at least");
    return draft;
  }
  MapReader map(field, complaints);
  read_image(map, name, draft.service, complaints);
  read_container(map, draft.service.container, context);
  map.read("container_name", draft.service.container_name, parse_resource_name);
  read_networks_of(map, draft.service, context);
  if (const auto depends_on = map.take("depends_on")) read_depends_on(*depends_on, draft, complaints);
  read_replicas(map, draft.service, complaints);
  if (const auto block = map.take("x-bluegreen")) draft.bluegreen = read_bluegreen(*block, draft.service, complaints);
  refuse_what_has_reasons(map);
  map.finish(unimplemented);
  return draft;
}

}  // namespace bluegreen
