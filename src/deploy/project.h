// SPDX-License-Identifier: MIT
// The desired world: what a Compose file, its variables and the command line ask for, fully resolved.
// Made by src/config, read by the plan. Knows neither YAML nor Docker's field names.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bluegreen {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;

// ---- what a container is made of (https://docs.docker.com/reference/compose-file/services/) -------------------

struct PortMapping {
  std::string host_ip;          // empty: every address
  std::uint16_t host_port = 0;  // 0: the engine chooses
  std::uint16_t container_port = 0;
  std::string protocol = "tcp";  // tcp, udp, sctp
  bool operator==(const PortMapping&) const = default;
};

struct Mount {
  enum class Kind { bind, volume, tmpfs };
  Kind kind = Kind::bind;
  std::string source;  // bind: absolute path on the engine's machine; volume: the engine's name of it ("" = anonymous)
  std::string target;  // absolute path in the container
  bool read_only = false;
  bool create_source = true;  // bind: a missing path becomes a directory (short syntax), as Compose does
  bool no_copy = false;       // volume: do not fill it from the image
  std::string propagation;    // bind: rprivate, rshared, ...
  std::int64_t tmpfs_bytes = 0;
  bool operator==(const Mount&) const = default;
};

struct HealthCheck {
  bool disabled = false;          // `disable: true` or test ["NONE"]
  std::vector<std::string> test;  // {"CMD", ...} or {"CMD-SHELL", "..."}; empty: the image's own test
  std::optional<Milliseconds> interval, timeout, start_period;
  std::optional<int> retries;
  bool operator==(const HealthCheck&) const = default;
};

struct RestartPolicy {
  std::string name;  // "", "no", "always", "unless-stopped", "on-failure"; "" = the file does not say
  int maximum_retries = 0;
  bool operator==(const RestartPolicy&) const = default;
};

struct NetworkAttachment {
  std::string network;               // key of Project::networks
  std::vector<std::string> aliases;  // as the file says
  std::string ipv4_address;          // infrastructure only
  bool operator==(const NetworkAttachment&) const = default;
};

// Everything that goes into a container as the file says it, colors and addresses aside.
struct ContainerSettings {
  std::string image;                                // the reference, e.g. python:3
  std::optional<std::vector<std::string>> command;  // nothing: the image's own
  std::optional<std::vector<std::string>> entrypoint;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> labels;
  std::vector<Mount> mounts;
  std::vector<PortMapping> ports;
  std::vector<std::string> expose;  // "9000", "9000/udp"
  std::optional<HealthCheck> healthcheck;
  RestartPolicy restart;
  std::string user, working_dir, hostname, stop_signal;
  std::optional<Milliseconds> stop_grace_period;  // nothing: 10 s
  std::optional<bool> init;
  bool tty = false;
  bool stdin_open = false;
  std::vector<std::string> extra_hosts;  // "name:address"
  bool operator==(const ContainerSettings&) const = default;
};

// ---- what x-bluegreen adds ------------------------------------------------------------------------------------

// How several replicas share the requests.
enum class Balance { round_robin, least_conn, ip_hash };
inline constexpr std::array<std::string_view, 3> balance_words = {"round_robin", "least_conn", "ip_hash"};

// What nginx speaks to the service; tcp: nothing, it passes on what it gets.
enum class Protocol { http, grpc, tcp };
inline constexpr std::array<std::string_view, 3> protocol_words = {"http", "grpc", "tcp"};

// How the hosts of a route are served over TLS. The paths are nginx's: bluegreen never opens these files.
struct Tls {
  std::string certificate, key;
  std::uint16_t redirect = 443;  // the public port that HTTP is sent on to; 0: HTTP is served as well
  Seconds hsts{0};               // Strict-Transport-Security: max-age; 0: not sent
  bool operator==(const Tls&) const = default;
};

// How requests reach a service. Hosts and paths are checked by src/config: nothing in here can break out of the
// nginx configuration, except `snippet`, which is nginx configuration.
struct Route {
  std::string service;
  std::vector<std::string> hosts;  // empty: every host
  std::string path = "/";          // prefix, begins with "/"
  std::string body_size;           // client_max_body_size, e.g. "10m"; empty: 0, i.e. no limit of nginx's own
  Seconds timeout{60};             // between two reads from, or writes to, the app
  Balance balance = Balance::round_robin;
  Protocol protocol = Protocol::http;
  bool streaming = false;   // what the app writes goes on at once, nothing is gathered
  std::optional<Tls> tls;   // only with hosts
  std::string snippet;      // raw directives, put into the location
  bool own_server = false;  // the server block is the user's own: only balance is used
  // With tcp alone: the port that nginx takes connections on, whatever they carry. Of the rest, balance and timeout (of
  // a connection on which nothing is said) go with it.
  std::uint16_t tcp_listen = 0;
  bool operator==(const Route&) const = default;
};

[[nodiscard]] inline bool is_tcp(const Route& route) { return route.protocol == Protocol::tcp; }

// How a service of an app proves itself.
struct HealthProbe {
  enum class Kind { http, tcp };
  Kind kind = Kind::http;
  std::string path = "/";
  std::string host;       // Host header; empty: the first host of the route, else "localhost"
  int status_from = 200;  // accepted answers, both ends included
  int status_to = 399;
  int successes = 3;           // in a row, for each replica
  Milliseconds interval{250};  // between a failed probe and the next, at most
  Milliseconds timeout{5000};  // of one probe
  bool operator==(const HealthProbe&) const = default;
};

enum class SwitchMode { marker, reload };
enum class Retire { remove, stop, keep };
// What is done about connections that do not end by themselves (WebSockets, long downloads).
enum class DrainPolicy { wait, cut, spread };

// Of the app as a whole: all its services switch, drain and retire together.
struct AppPolicy {
  SwitchMode switch_mode = SwitchMode::marker;
  Retire retire = Retire::remove;
  Milliseconds health_timeout{60'000};  // from start to healthy
  Milliseconds drain_timeout{30'000};
  DrainPolicy drain_policy = DrainPolicy::wait;
  bool operator==(const AppPolicy&) const = default;
};

// ---- services, apps, the project ------------------------------------------------------------------------------

struct Dependency {
  enum class Condition { started, healthy, completed };
  std::string service;
  Condition condition = Condition::started;
  bool operator==(const Dependency&) const = default;
};

struct Service {
  std::string name;
  ContainerSettings container;
  std::string container_name;               // infrastructure only
  std::vector<NetworkAttachment> networks;  // sorted by key; never empty unless network_mode: none
  std::vector<Dependency> depends_on;
  int replicas = 1;
  std::uint16_t port = 0;      // app services: where it listens; 0: it is not routed (a worker)
  std::optional<Route> route;  // app services with a port
  HealthProbe health;          // app services
  std::string digest;          // of everything above and the resolved configuration, stable across runs: hex
  bool operator==(const Service&) const = default;
};

[[nodiscard]] inline bool is_tcp(const Service& service) { return service.route && is_tcp(*service.route); }

// The unit that switches.
struct App {
  std::string name;
  std::vector<Service> services;  // sorted by name, at least one
  AppPolicy policy;
  bool operator==(const App&) const = default;

  [[nodiscard]] const Service* find_service(const std::string& service) const {
    for (const auto& candidate : services)
      if (candidate.name == service) return &candidate;
    return nullptr;
  }
};

struct Network {
  std::string name;       // the engine's name, e.g. example_default
  bool external = false;  // must exist; never made, never removed
  bool internal = false;
  std::string driver = "bridge";
  std::map<std::string, std::string> driver_opts;
  std::map<std::string, std::string> labels;
  std::string subnet, gateway;  // ipam; empty: the engine chooses
  bool operator==(const Network&) const = default;
};

struct Volume {
  std::string name;  // the engine's name, e.g. example_data
  bool external = false;
  std::string driver = "local";
  std::map<std::string, std::string> driver_opts;
  std::map<std::string, std::string> labels;
  bool operator==(const Volume&) const = default;
};

// nginx as a service of this machine.
struct NginxOnHost {
  std::string conf_dir = "/etc/nginx/conf.d";  // absolute; its nginx.conf includes what stands there
  std::string pid_file = "/run/nginx.pid";     // absolute
  bool operator==(const NginxOnHost&) const = default;
};

// Where nginx is: a service of the file marked `proxy: true`, a service of this machine, or a container that bluegreen
// starts itself.
struct ProxySettings {
  std::string service;             // the marked service; empty: the default nginx container
  std::string image = "nginx";     // of the default container
  std::vector<PortMapping> ports;  // of the default container; empty: 80:80
  std::vector<Mount> mounts;       // of the default container, beside conf.d
  std::uint16_t listen = 80;       // the port, inside the container, that the generated servers listen on
  std::uint16_t listen_tls = 443;  // the same for hosts with TLS
  std::uint16_t preview_port = 7999;
  std::string acme;                  // directory, as nginx sees it, with the answers to ACME challenges; empty: none
  std::uint16_t unknown_host = 421;  // the answer where no app serves the host; 444: the connection is closed
  std::optional<NginxOnHost> host = std::nullopt;  // no container then
  bool operator==(const ProxySettings&) const = default;
};

struct Project {
  std::string name;
  std::string directory;                    // absolute: relative paths start here
  std::vector<App> apps;                    // sorted by name
  std::vector<Service> infrastructure;      // in depends_on order; includes the marked proxy
  std::map<std::string, Network> networks;  // by key of the file
  std::map<std::string, Volume> volumes;    // by key of the file
  ProxySettings proxy;
  std::string subnet;  // of the managed network; empty: bluegreen chooses a free one
  bool operator==(const Project&) const = default;

  [[nodiscard]] const App* find_app(const std::string& app) const {
    for (const auto& candidate : apps)
      if (candidate.name == app) return &candidate;
    return nullptr;
  }
};

// nginx is the container that bluegreen starts itself.
[[nodiscard]] inline bool uses_default_proxy(const Project& project) {
  return project.proxy.service.empty() && !project.proxy.host;
}

}  // namespace bluegreen
