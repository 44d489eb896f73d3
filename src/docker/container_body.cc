// SPDX-License-Identifier: MIT
#include "docker/container_body.h"

#include <fmt/format.h>

#include "docker/json.h"

namespace bluegreen::docker {
namespace {

json laid_over(const Labels& below, const Labels& above) {
  auto merged = above;
  merged.insert(below.begin(), below.end());
  return json(merged);
}

json endpoint_settings(const NetworkEndpoint& endpoint) {
  json settings = json::object();
  if (!endpoint.aliases.empty()) settings["Aliases"] = endpoint.aliases;
  if (!endpoint.ipv4_address.empty()) settings["IPAMConfig"] = {{"IPv4Address", endpoint.ipv4_address}};
  return settings;
}

json healthcheck(const HealthCheck& check) {
  if (check.disabled) return {{"Test", {"NONE"}}};
  json body = json::object();
  if (!check.test.empty()) body["Test"] = check.test;
  const auto nanoseconds = [](Milliseconds value) { return std::chrono::nanoseconds(value).count(); };
  if (check.interval) body["Interval"] = nanoseconds(*check.interval);
  if (check.timeout) body["Timeout"] = nanoseconds(*check.timeout);
  if (check.start_period) body["StartPeriod"] = nanoseconds(*check.start_period);
  if (check.retries) body["Retries"] = *check.retries;
  return body;
}

// Only the short form makes a missing directory; it cannot say a path with a colon.
bool is_short_bind(const Mount& mount) {
  return mount.kind == Mount::Kind::bind && mount.create_source && mount.source.find(':') == std::string::npos &&
         mount.target.find(':') == std::string::npos;
}

std::string short_bind(const Mount& mount) {
  std::string options = mount.read_only ? "ro" : "rw";
  if (!mount.propagation.empty()) options += "," + mount.propagation;
  return fmt::format("{}:{}:{}", mount.source, mount.target, options);
}

json long_mount(const Mount& mount) {
  json body = {{"Target", mount.target}, {"ReadOnly", mount.read_only}};
  if (!mount.source.empty()) body["Source"] = mount.source;
  switch (mount.kind) {
    case Mount::Kind::bind:
      body["Type"] = "bind";
      if (!mount.propagation.empty()) body["BindOptions"] = {{"Propagation", mount.propagation}};
      break;
    case Mount::Kind::volume:
      body["Type"] = "volume";
      if (mount.no_copy) body["VolumeOptions"] = {{"NoCopy", true}};
      break;
    case Mount::Kind::tmpfs:
      body["Type"] = "tmpfs";
      if (mount.tmpfs_bytes > 0) body["TmpfsOptions"] = {{"SizeBytes", mount.tmpfs_bytes}};
      break;
  }
  return body;
}

void add_mounts(json& host, const std::vector<Mount>& mounts) {
  for (const auto& mount : mounts) {
    if (is_short_bind(mount)) {
      host["Binds"].push_back(short_bind(mount));
    } else {
      host["Mounts"].push_back(long_mount(mount));
    }
  }
}

std::string with_protocol(const std::string& port) {
  return port.find('/') == std::string::npos ? port + "/tcp" : port;
}

void add_ports(json& body, json& host, const ContainerSettings& settings) {
  for (const auto& port : settings.expose) body["ExposedPorts"][with_protocol(port)] = json::object();
  for (const auto& port : settings.ports) {
    const auto name = fmt::format("{}/{}", port.container_port, port.protocol);
    body["ExposedPorts"][name] = json::object();
    host["PortBindings"][name].push_back(
        {{"HostIp", port.host_ip}, {"HostPort", port.host_port == 0 ? "" : std::to_string(port.host_port)}});
  }
}

void add_networks(json& body, json& host, const ContainerSpec& spec, NetworksAtCreate how_many) {
  if (!spec.network_mode.empty()) host["NetworkMode"] = spec.network_mode;
  if (spec.networks.empty()) return;
  host["NetworkMode"] = spec.networks.front().network;
  auto& endpoints = body["NetworkingConfig"]["EndpointsConfig"];
  for (const auto& endpoint : spec.networks) {
    endpoints[endpoint.network] = endpoint_settings(endpoint);
    if (how_many == NetworksAtCreate::first) break;
  }
}

}  // namespace

std::string container_body(const ContainerSpec& spec, NetworksAtCreate networks) {
  const auto& settings = spec.settings;
  json body = {{"Image", spec.image}, {"Labels", laid_over(settings.labels, spec.labels)}};
  json host = json::object();

  if (settings.command) body["Cmd"] = *settings.command;
  if (settings.entrypoint) body["Entrypoint"] = *settings.entrypoint;
  for (const auto& [name, value] : settings.environment) body["Env"].push_back(name + "=" + value);
  if (settings.healthcheck) body["Healthcheck"] = healthcheck(*settings.healthcheck);
  if (!settings.user.empty()) body["User"] = settings.user;
  if (!settings.working_dir.empty()) body["WorkingDir"] = settings.working_dir;
  if (!settings.stop_signal.empty()) body["StopSignal"] = settings.stop_signal;
  if (settings.stop_grace_period) body["StopTimeout"] = whole_seconds(*settings.stop_grace_period);
  if (settings.tty) body["Tty"] = true;
  if (settings.stdin_open) body["OpenStdin"] = true;

  if (settings.init) host["Init"] = *settings.init;
  if (!settings.restart.name.empty())
    host["RestartPolicy"] = {{"Name", settings.restart.name}, {"MaximumRetryCount", settings.restart.maximum_retries}};
  add_mounts(host, settings.mounts);

  if (!spec.network_mode.starts_with("container:")) {
    if (!settings.hostname.empty()) body["Hostname"] = settings.hostname;
    auto extra_hosts = settings.extra_hosts;
    extra_hosts.insert(extra_hosts.end(), spec.extra_hosts.begin(), spec.extra_hosts.end());
    if (!extra_hosts.empty()) host["ExtraHosts"] = extra_hosts;
    add_ports(body, host, settings);
  }
  add_networks(body, host, spec, networks);
  body["HostConfig"] = std::move(host);
  return dump_json(body);
}

std::string connect_body(const NetworkEndpoint& endpoint, const std::string& container) {
  return dump_json({{"Container", container}, {"EndpointConfig", endpoint_settings(endpoint)}});
}

std::string network_body(const NetworkSpec& spec) {
  const auto& network = spec.network;
  json body = {{"Name", network.name},
               {"CheckDuplicate", true},  // engines before API 1.44 would else make a second one of that name
               {"Driver", network.driver},
               {"Internal", network.internal},
               {"Labels", laid_over(network.labels, spec.labels)}};
  if (!network.driver_opts.empty()) body["Options"] = network.driver_opts;
  json pool = json::object();
  if (!network.subnet.empty()) pool["Subnet"] = network.subnet;
  if (!network.gateway.empty()) pool["Gateway"] = network.gateway;
  if (!spec.ip_range.empty()) pool["IPRange"] = spec.ip_range;
  if (!pool.empty()) body["IPAM"] = {{"Driver", "default"}, {"Config", json::array({pool})}};
  return dump_json(body);
}

std::string volume_body(const Volume& volume, const Labels& labels) {
  json body = {{"Name", volume.name}, {"Driver", volume.driver}, {"Labels", laid_over(volume.labels, labels)}};
  if (!volume.driver_opts.empty()) body["DriverOpts"] = volume.driver_opts;
  return dump_json(body);
}

}  // namespace bluegreen::docker
