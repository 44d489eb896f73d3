// SPDX-License-Identifier: MIT
// The fields of the model by name, each struct once: visit<T>(visitor, structs...) calls the visitor with a field's
// name and that field of every struct given. The writer and the reader of json.cc both go through it, so neither can
// forget a field of the other. A new field of the model gets its line here. Only for json.cc.
#pragma once

#include <array>
#include <string_view>

#include "deploy/project.h"

namespace bluegreen {

template <class T>
struct Tag {};

template <class V, class... S>
void visit(Tag<PortMapping>, V&& v, S&... s) {
  v("host_ip", s.host_ip...);
  v("host_port", s.host_port...);
  v("container_port", s.container_port...);
  v("protocol", s.protocol...);
}

template <class V, class... S>
void visit(Tag<Mount>, V&& v, S&... s) {
  v("kind", s.kind...);
  v("source", s.source...);
  v("target", s.target...);
  v("read_only", s.read_only...);
  v("create_source", s.create_source...);
  v("no_copy", s.no_copy...);
  v("propagation", s.propagation...);
  v("tmpfs_bytes", s.tmpfs_bytes...);
}

template <class V, class... S>
void visit(Tag<HealthCheck>, V&& v, S&... s) {
  v("disabled", s.disabled...);
  v("test", s.test...);
  v("interval_ms", s.interval...);
  v("timeout_ms", s.timeout...);
  v("start_period_ms", s.start_period...);
  v("retries", s.retries...);
}

template <class V, class... S>
void visit(Tag<RestartPolicy>, V&& v, S&... s) {
  v("name", s.name...);
  v("maximum_retries", s.maximum_retries...);
}

template <class V, class... S>
void visit(Tag<NetworkAttachment>, V&& v, S&... s) {
  v("network", s.network...);
  v("aliases", s.aliases...);
  v("ipv4_address", s.ipv4_address...);
}

template <class V, class... S>
void visit(Tag<ContainerSettings>, V&& v, S&... s) {
  v("image", s.image...);
  v("command", s.command...);
  v("entrypoint", s.entrypoint...);
  v("environment", s.environment...);
  v("labels", s.labels...);
  v("mounts", s.mounts...);
  v("ports", s.ports...);
  v("expose", s.expose...);
  v("healthcheck", s.healthcheck...);
  v("restart", s.restart...);
  v("user", s.user...);
  v("working_dir", s.working_dir...);
  v("hostname", s.hostname...);
  v("stop_signal", s.stop_signal...);
  v("stop_grace_period_ms", s.stop_grace_period...);
  v("init", s.init...);
  v("tty", s.tty...);
  v("stdin_open", s.stdin_open...);
  v("extra_hosts", s.extra_hosts...);
}

template <class V, class... S>
void visit(Tag<Tls>, V&& v, S&... s) {
  v("certificate", s.certificate...);
  v("key", s.key...);
  v("redirect", s.redirect...);
  v("hsts_ms", s.hsts...);
}

template <class V, class... S>
void visit(Tag<Route>, V&& v, S&... s) {
  v("service", s.service...);
  v("hosts", s.hosts...);
  v("path", s.path...);
  v("body_size", s.body_size...);
  v("timeout_ms", s.timeout...);
  v("balance", s.balance...);
  v("protocol", s.protocol...);
  v("streaming", s.streaming...);
  v("tls", s.tls...);
  v("snippet", s.snippet...);
  v("own_server", s.own_server...);
  v("tcp_listen", s.tcp_listen...);
}

template <class V, class... S>
void visit(Tag<HealthProbe>, V&& v, S&... s) {
  v("kind", s.kind...);
  v("path", s.path...);
  v("host", s.host...);
  v("status_from", s.status_from...);
  v("status_to", s.status_to...);
  v("successes", s.successes...);
  v("interval_ms", s.interval...);
  v("timeout_ms", s.timeout...);
}

template <class V, class... S>
void visit(Tag<AppPolicy>, V&& v, S&... s) {
  v("switch", s.switch_mode...);
  v("retire", s.retire...);
  v("health_timeout_ms", s.health_timeout...);
  v("drain_timeout_ms", s.drain_timeout...);
  v("drain_policy", s.drain_policy...);
}

template <class V, class... S>
void visit(Tag<Dependency>, V&& v, S&... s) {
  v("service", s.service...);
  v("condition", s.condition...);
}

template <class V, class... S>
void visit(Tag<Service>, V&& v, S&... s) {
  v("name", s.name...);
  v("container", s.container...);
  v("container_name", s.container_name...);
  v("networks", s.networks...);
  v("depends_on", s.depends_on...);
  v("replicas", s.replicas...);
  v("port", s.port...);
  v("route", s.route...);
  v("health", s.health...);
  v("digest", s.digest...);
}

template <class V, class... S>
void visit(Tag<App>, V&& v, S&... s) {
  v("name", s.name...);
  v("services", s.services...);
  v("policy", s.policy...);
}

template <class V, class... S>
void visit(Tag<Network>, V&& v, S&... s) {
  v("name", s.name...);
  v("external", s.external...);
  v("internal", s.internal...);
  v("driver", s.driver...);
  v("driver_opts", s.driver_opts...);
  v("labels", s.labels...);
  v("subnet", s.subnet...);
  v("gateway", s.gateway...);
}

template <class V, class... S>
void visit(Tag<Volume>, V&& v, S&... s) {
  v("name", s.name...);
  v("external", s.external...);
  v("driver", s.driver...);
  v("driver_opts", s.driver_opts...);
  v("labels", s.labels...);
}

template <class V, class... S>
void visit(Tag<NginxOnHost>, V&& v, S&... s) {
  v("conf_dir", s.conf_dir...);
  v("pid_file", s.pid_file...);
}

template <class V, class... S>
void visit(Tag<ProxySettings>, V&& v, S&... s) {
  v("service", s.service...);
  v("image", s.image...);
  v("ports", s.ports...);
  v("mounts", s.mounts...);
  v("listen", s.listen...);
  v("listen_tls", s.listen_tls...);
  v("preview_port", s.preview_port...);
  v("acme", s.acme...);
  v("unknown_host", s.unknown_host...);
  v("host", s.host...);
}

template <class V, class... S>
void visit(Tag<Project>, V&& v, S&... s) {
  v("name", s.name...);
  v("directory", s.directory...);
  v("apps", s.apps...);
  v("infrastructure", s.infrastructure...);
  v("networks", s.networks...);
  v("volumes", s.volumes...);
  v("proxy", s.proxy...);
  v("subnet", s.subnet...);
}

// The words of the enumerations, in the order of their values.
constexpr auto words(Tag<Mount::Kind>) { return std::to_array<std::string_view>({"bind", "volume", "tmpfs"}); }
constexpr auto words(Tag<Balance>) { return balance_words; }
constexpr auto words(Tag<Protocol>) { return protocol_words; }
constexpr auto words(Tag<HealthProbe::Kind>) { return std::to_array<std::string_view>({"http", "tcp"}); }
constexpr auto words(Tag<SwitchMode>) { return std::to_array<std::string_view>({"marker", "reload"}); }
constexpr auto words(Tag<Retire>) { return std::to_array<std::string_view>({"remove", "stop", "keep"}); }
constexpr auto words(Tag<DrainPolicy>) { return std::to_array<std::string_view>({"wait", "cut", "spread"}); }
constexpr auto words(Tag<Dependency::Condition>) {
  return std::to_array<std::string_view>({"started", "healthy", "completed"});
}

}  // namespace bluegreen
