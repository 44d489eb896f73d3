// SPDX-License-Identifier: MIT
#include "config/bluegreen_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/mounts.h"
#include "config/names.h"
#include "config/ports.h"
#include "config/text.h"
#include "config/tls_reader.h"
#include "config/values.h"

namespace bluegreen {
namespace {

Outcome<SwitchMode> parse_switch_mode(std::string_view text) {
  if (text == "marker") return SwitchMode::marker;
  if (text == "reload") return SwitchMode::reload;
  return failure(fmt::format("{} is not a way to switch; write marker or reload", in_quotes(text)));
}

Outcome<Balance> parse_balance(std::string_view text) {
  const auto word = std::ranges::find(balance_words, text);
  if (word != balance_words.end()) return static_cast<Balance>(word - balance_words.begin());
  return failure(fmt::format("{} is not a way to balance; write round_robin, least_conn or ip_hash", in_quotes(text)));
}

Outcome<Protocol> parse_protocol(std::string_view text) {
  const auto word = std::ranges::find(protocol_words, text);
  if (word != protocol_words.end()) return static_cast<Protocol>(word - protocol_words.begin());
  return failure(
      fmt::format("{} is not a protocol between nginx and the app; write http, grpc or tcp", in_quotes(text)));
}

Outcome<std::uint16_t> parse_unknown_host(std::string_view text) {
  if (text == "421") return std::uint16_t{421};
  if (text == "444") return std::uint16_t{444};
  return failure(
      fmt::format("{} is not an answer to unknown hosts; write 421, or 444 to close the connection", in_quotes(text)));
}

Outcome<Retire> parse_retire(std::string_view text) {
  if (text == "remove") return Retire::remove;
  if (text == "stop") return Retire::stop;
  if (text == "keep") return Retire::keep;
  return failure(fmt::format("{} is not a way to retire; write remove, stop or keep", in_quotes(text)));
}

Outcome<DrainPolicy> parse_drain_policy(std::string_view text) {
  if (text == "wait") return DrainPolicy::wait;
  if (text == "cut") return DrainPolicy::cut;
  if (text == "spread") return DrainPolicy::spread;
  return failure(fmt::format("{} is not a way to drain; write wait, cut or spread", in_quotes(text)));
}

Outcome<std::pair<int, int>> parse_status(std::string_view text) {
  const auto dash = text.find('-');
  const auto code = integer_between(100, 599);
  const auto first = code(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : code(text.substr(dash + 1));
  if (!first || !last || *last < *first)
    return failure(fmt::format("{} is not a range of status codes; write e.g. 200 or 200-399", in_quotes(text)));
  return std::pair(*first, *last);
}

Outcome<Seconds> parse_whole_seconds(std::string_view text) {
  TRY_ASSIGN(const auto duration, parse_positive_duration(text));
  const auto seconds = std::chrono::duration_cast<Seconds>(duration);
  if (seconds != duration) return failure(fmt::format("{} is not a whole number of seconds", in_quotes(text)));
  return seconds;
}

Outcome<bool> parse_server(std::string_view text) {
  if (text == "own") return true;
  return failure("can only be own; remove it for the server block that bluegreen generates");
}

template <class T, class Parse>
void read_placed(MapReader& map, std::string_view key, std::optional<Placed<T>>& target, Parse parse) {
  if (T value{}; map.read(key, value, parse)) target = Placed<T>{value, place_of(map.field(), key)};
}

// "30s", "spread", or {timeout: 30s, policy: spread}.
void read_drain(MapReader& map, PolicyDraft& policy, Complaints& complaints) {
  const auto field = map.take("drain");
  if (!field) return;
  if (field->node->kind == Node::Kind::scalar && parse_drain_policy(field->node->text))
    return read_placed(map, "drain", policy.drain_policy, parse_drain_policy);
  if (field->node->kind != Node::Kind::map) return read_placed(map, "drain", policy.drain, parse_duration);
  MapReader inner(*field, complaints);
  read_placed(inner, "timeout", policy.drain, parse_duration);
  read_placed(inner, "policy", policy.drain_policy, parse_drain_policy);
  inner.finish();
}

void read_policy(MapReader& map, PolicyDraft& policy, Complaints& complaints) {
  read_drain(map, policy, complaints);
  read_placed(map, "retire", policy.retire, parse_retire);
  read_placed(map, "switch", policy.switch_mode, parse_switch_mode);
}

void read_listener(MapReader& map, ListenerDraft& listener) {
  read_placed(map, "listen", listener.listen, parse_port);
  read_placed(map, "listen_tls", listener.listen_tls, parse_port);
  read_placed(map, "preview_port", listener.preview_port, parse_port);
  map.read("acme", listener.acme, parse_nginx_path);
  map.read("unknown_host", listener.unknown_host, parse_unknown_host);
}

// One that names can be put behind.
Outcome<std::string> parse_nginx_directory(std::string_view text) {
  TRY_ASSIGN(auto path, parse_nginx_path(text));
  while (path.ends_with('/')) path.pop_back();
  if (path.empty()) return failure("cannot be the root of all files; write e.g. /etc/nginx/conf.d");
  return path;
}

void read_host(MapReader& map, HostDraft& draft, Complaints& complaints) {
  read_placed(map, "host", draft.host, parse_bool);
  read_placed(map, "conf_dir", draft.conf_dir, parse_nginx_directory);
  read_placed(map, "pid_file", draft.pid_file, parse_nginx_path);
  if (draft.host && draft.host->value) return;
  for (const auto& given : {draft.conf_dir, draft.pid_file})
    if (given) complaints.add(given->place, "belongs to an nginx on this machine", "add host: true");
}

// Keys that say how to ask; a service without a port cannot be asked.
constexpr std::array probe_keys = {"path", "host", "status", "successes", "interval", "timeout", "tcp"};

void read_health(const Field& field, Service& service, PolicyDraft& policy, Complaints& complaints) {
  auto& health = service.health;
  const bool speaks_tcp = is_tcp(service);
  if (field.node->kind == Node::Kind::scalar) {
    if (speaks_tcp)
      complaints.add(field.place, "a path belongs to HTTP, and does not go with protocol: tcp", "remove it");
    health.kind = HealthProbe::Kind::http;
    read_scalar(field, complaints, health.path, parse_probe_path);
    if (service.port == 0)
      complaints.add(field.place, "a service without port cannot be asked",
                     "add port, or give it a Docker healthcheck");
    return;
  }
  MapReader map(field, complaints);
  std::pair status{health.status_from, health.status_to};
  bool tcp = speaks_tcp;
  map.read("path", health.path, parse_probe_path);
  map.read("host", health.host, parse_host_header);
  map.read("status", status, parse_status);
  map.read("successes", health.successes, integer_between(1, 100));
  map.read("interval", health.interval, parse_positive_duration);
  map.read("timeout", health.timeout, parse_positive_duration);
  map.read("tcp", tcp, parse_bool);
  read_placed(map, "deadline", policy.deadline, parse_positive_duration);
  map.finish();
  std::tie(health.status_from, health.status_to) = status;
  if (tcp) health.kind = HealthProbe::Kind::tcp;
  if (!tcp && (field.node->find("path") || field.node->find("status"))) health.kind = HealthProbe::Kind::http;
  for (const auto* key : probe_keys)
    if (field.node->find(key) && service.port == 0)
      complaints.add(place_of(field, key), "a service without port cannot be asked",
                     "add port, or give it a Docker healthcheck");
  for (const auto* key : {"path", "host", "status", "successes", "timeout"})  // whether it listens, the engine tells
    if (speaks_tcp && field.node->find(key))
      complaints.add(place_of(field, key), "does not go with protocol: tcp", "remove it");
  if (speaks_tcp && !tcp) complaints.add(place_of(field, "tcp"), "cannot be false with protocol: tcp", "remove it");
  for (const auto* key : {"path", "host", "status"})
    if (tcp && !speaks_tcp && field.node->find(key))
      complaints.add(place_of(field, key), "does not go with tcp: true", "remove one of the two");
}

void read_hosts(MapReader& map, std::string_view key, Route& route, Complaints& complaints) {
  const auto field = map.take(key);
  if (!field) return;
  const auto add = [&](const Field& item) {
    std::string host;
    if (read_scalar(item, complaints, host, parse_host) && std::ranges::find(route.hosts, host) == route.hosts.end())
      route.hosts.push_back(host);
  };
  if (field->node->kind == Node::Kind::scalar) return add(*field);
  for (const auto& item : read_list(*field, complaints)) add(item);
}

// Keys that say how requests reach a service, beside its port.
constexpr std::array route_keys = {"host",     "hosts",     "path", "body_size", "timeout", "balance",
                                   "protocol", "streaming", "tls",  "snippet",   "server"};

void read_secure_route(MapReader& map, Route& route, Complaints& complaints) {
  const auto tls = map.take("tls");
  if (tls) route.tls = read_tls(*tls, complaints);
  if (route.protocol == Protocol::tcp) return;
  if (tls && route.hosts.empty()) complaints.add(tls->place, "a certificate is for names", "add host: NAME");
  const auto place = [&](std::string_view key) { return place_of(map.field(), key); };
  if (route.protocol != Protocol::grpc) return;
  if (!tls) complaints.add(place("protocol"), "gRPC needs HTTP/2, which nginx speaks over TLS", "add tls");
  if (route.streaming) complaints.add(place("streaming"), "says nothing with gRPC, which always streams", "remove it");
}

constexpr Seconds quiet_tcp_connection(600);  // nginx's own default

// Connections of any kind instead of HTTP: nginx knows a port, and nothing of what is said on it.
void read_tcp(MapReader& map, Service& service, Route& route, PolicyDraft& policy, Complaints& complaints) {
  const auto& block = *map.field().node;
  const auto complain = [&](std::string_view key, std::string_view what, std::string_view hint) {
    complaints.add(place_of(map.field(), key), std::string(what), std::string(hint));
  };
  route.tcp_listen = service.port;
  map.read("listen", route.tcp_listen, parse_port);
  if (!block.find("timeout")) route.timeout = quiet_tcp_connection;
  service.health.kind = HealthProbe::Kind::tcp;
  for (const auto* key : {"host", "hosts", "path", "body_size", "streaming", "snippet", "server"})
    if (block.find(key)) complain(key, "belongs to HTTP, and does not go with protocol: tcp", "remove one of the two");
  if (block.find("tls"))
    complain("tls", "does not go with protocol: tcp: nginx passes on what it gets",
             "remove it; the service itself can speak TLS");
  if (route.balance == Balance::ip_hash)
    complain("balance", "nginx has no ip_hash for protocol: tcp", "write round_robin or least_conn");
  if (policy.switch_mode && policy.switch_mode->value == SwitchMode::marker)
    complaints.add(policy.switch_mode->place, "nginx looks at a marker for requests only, not for connections",
                   "remove it; with protocol: tcp the app switches by reload");
  if (!policy.switch_mode) policy.switch_mode = {SwitchMode::reload, place_of(map.field(), "protocol")};
}

void read_route(MapReader& map, Service& service, PolicyDraft& policy, Complaints& complaints) {
  Route route{.service = service.name};
  map.read("port", service.port, parse_port);
  read_hosts(map, "host", route, complaints);
  read_hosts(map, "hosts", route, complaints);
  map.read("path", route.path, parse_route_path);
  map.read("body_size", route.body_size, parse_body_size);
  map.read("timeout", route.timeout, parse_whole_seconds);
  map.read("balance", route.balance, parse_balance);
  map.read("protocol", route.protocol, parse_protocol);
  map.read("streaming", route.streaming, parse_bool);
  read_secure_route(map, route, complaints);
  map.read("snippet", route.snippet, parse_snippet);
  map.read("server", route.own_server, parse_server);
  if (route.protocol == Protocol::tcp)
    read_tcp(map, service, route, policy, complaints);
  else
    map.refuse("listen", "belongs to protocol: tcp, or to the service with proxy: true");
  for (const auto* key : {"host", "hosts", "path", "body_size", "timeout", "streaming", "tls", "snippet"})
    if (route.own_server && map.field().node->find(key))
      complaints.add(place_of(map.field(), key), "does not go with server: own", "say it in your server block");
  if (service.port != 0) {
    service.route = std::move(route);
    return;
  }
  for (const auto* key : route_keys)
    if (map.field().node->find(key) && !map.field().node->find("port"))
      complaints.add(place_of(map.field(), key), "needs port, where the service listens", "add port: NUMBER");
}

constexpr std::array proxy_keys = {"listen_tls", "preview_port", "acme", "unknown_host"};

void read_app(MapReader& map, BluegreenBlock& block, Service& service, Complaints& complaints) {
  block.app = service.name;
  map.read("app", block.app, parse_app_name);
  if (service.name.size() > longest_app_name)
    complaints.add(map.field().place,
                   fmt::format("the name of an app's service has at most {} characters", longest_app_name),
                   "shorten it");
  read_policy(map, block.policy, complaints);
  read_route(map, service, block.policy, complaints);
  if (service.route && service.route->tls) block.tls = place_of(map.field(), "tls");
  // A GET means nothing to most gRPC servers; that they speak HTTP/2 is proof enough.
  const bool has_grpc = service.route && service.route->protocol == Protocol::grpc;
  if (has_grpc) service.health.kind = HealthProbe::Kind::tcp;
  if (const auto health = map.take("health")) read_health(*health, service, block.policy, complaints);
  for (const auto* key : proxy_keys) map.refuse(key, "belongs to the service with proxy: true");
}

void refuse_beside_proxy(MapReader& map, std::string_view key) {
  map.refuse(key, "does not go with proxy: true", "it belongs to the services behind nginx");
}

}  // namespace

BluegreenBlock read_bluegreen(const Field& field, Service& service, Complaints& complaints) {
  BluegreenBlock block{.place = field.place};
  if (field.node->kind != Node::Kind::map) {
    complaints.add(field.place, fmt::format("expected a map, not {}", kind_name(field.node->kind)),
                   "write port: NUMBER below it, or {} for a worker that is not routed");
    return block;
  }
  MapReader map(field, complaints);
  map.read("proxy", block.proxy, [](std::string_view text) -> Outcome<bool> {
    if (text == "true") return true;
    return failure("can only be true; remove it for a service that is not nginx");
  });
  if (block.proxy) {
    read_listener(map, block.listener);
    for (const auto* key : {"app", "port", "health", "drain", "retire", "switch"}) refuse_beside_proxy(map, key);
    for (const auto* key : route_keys) refuse_beside_proxy(map, key);
  } else {
    read_app(map, block, service, complaints);
  }
  map.finish();
  return block;
}

ProjectBlock read_project_block(const Field& field, Context& context) {
  auto& complaints = context.complaints;
  MapReader map(field, complaints);
  ProjectBlock block;
  if (const auto proxy = map.take("proxy")) {
    MapReader inner(*proxy, complaints);
    read_listener(inner, block.listener);
    read_placed(inner, "image", block.image, parse_image);
    read_host(inner, block.host, complaints);
    if (const auto ports = inner.take("ports")) {
      block.ports = read_ports(*ports, complaints);
      block.ports_place = ports->place;
    }
    if (const auto volumes = inner.take("volumes")) {
      block.mounts = read_mounts(*volumes, context);
      block.mounts_place = volumes->place;
    }
    inner.finish();
  }
  if (const auto defaults = map.take("defaults")) {
    MapReader inner(*defaults, complaints);
    read_policy(inner, block.defaults, complaints);
    if (const auto health = inner.take("health")) {
      MapReader deadline(*health, complaints);
      read_placed(deadline, "deadline", block.defaults.deadline, parse_positive_duration);
      deadline.finish();
    }
    inner.finish();
  }
  map.read("subnet", block.subnet, [](std::string_view text) -> Outcome<std::string> {
    TRY_ASSIGN(auto subnet, parse_subnet(text));
    const auto bits = subnet.substr(subnet.find('/') + 1);
    if (integer_between(16, 26)(bits)) return subnet;
    return failure(fmt::format("{} has the wrong size; choose from /16 to /26", in_quotes(text)));
  });
  map.finish();
  return block;
}

}  // namespace bluegreen
