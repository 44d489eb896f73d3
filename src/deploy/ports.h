// SPDX-License-Identifier: MIT
// The outside world on one screen: what the deploy asks of it, in words of the domain. Adapters say how:
// DockerEngine, NginxProxy, SystemClock, FileHistory; the simulation has a twin of each. Every call blocks, has a
// deadline inside its adapter, may be called from several threads at once, and is idempotent where its comment says so.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "deploy/color.h"
#include "deploy/project.h"
#include "deploy/site.h"

namespace bluegreen {

using Labels = std::map<std::string, std::string>;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// ---- Engine: containers, networks, volumes, images ------------------------------------------------------------

enum class RunState { created, running, paused, restarting, removing, exited, dead };
enum class HealthState { none, starting, healthy, unhealthy };

// One row of the engine's list.
struct Container {
  std::string id;
  std::string name;  // without the leading slash
  std::string image_id;
  Labels labels;
  RunState state = RunState::created;
  HealthState health = HealthState::none;
  WallTime created{};
  std::map<std::string, std::string> addresses;  // network name -> IPv4; "" when not running
};

// What only a closer look tells.
struct ContainerDetail {
  std::string id, name;
  RunState state = RunState::created;
  HealthState health = HealthState::none;
  int exit_code = 0;
  bool oom_killed = false;
  int restart_count = 0;
  int pid = 0;        // of its first process on the engine's machine; 0 when not running
  std::string error;  // what the engine says it could not do
  std::string image;  // the reference it was made from
  std::string image_id;
  WallTime started{};
  std::vector<Mount> mounts;  // source: always the path on the engine's machine
  std::map<std::string, std::string> addresses;
};

struct NetworkEndpoint {
  std::string network;  // the engine's name
  std::vector<std::string> aliases;
  std::string ipv4_address;  // fixed; empty: the engine chooses
  bool operator==(const NetworkEndpoint&) const = default;
};

struct ContainerSpec {
  std::string name;
  ContainerSettings settings;             // settings.labels are the user's
  std::string image;                      // what to make it from: an image id where one is known, else a reference
  Labels labels;                          // ours, laid over the user's
  std::vector<NetworkEndpoint> networks;  // in order; the first one is given at creation on engines before API 1.44
  std::string network_mode;               // e.g. "container:<id>" or "none"; only with no networks
  std::vector<std::string> extra_hosts;   // beside the user's
};

struct ExecResult {
  int exit_code = 0;
  std::string output;  // standard output and error, in order, the last 64 KiB
};

struct ImageDetail {
  std::string id;                         // sha256:...
  std::vector<std::string> repo_digests;  // name@sha256:...
  std::optional<HealthCheck> healthcheck;
};

struct EngineNetwork {
  std::string id, name;
  bool internal = false;
  std::vector<std::string> subnets;
  Labels labels;
};

struct NetworkSpec {
  Network network;       // name, driver, internal, subnet, ...
  std::string ip_range;  // where the engine itself may choose addresses
  Labels labels;         // laid over the file's
};

struct EngineVersion {
  std::string version;      // 20.10.24
  std::string api_version;  // the one agreed on
};

struct LogQuery {
  int tail = -1;        // lines; -1: all
  bool follow = false;  // until the container ends or `stop` is requested
  std::stop_token stop;
};

class Engine {
 public:
  virtual ~Engine() = default;

  virtual Outcome<EngineVersion> version() = 0;

  // All containers, stopped ones included, that have every one of these labels ("" as a value: any value).
  virtual Outcome<std::vector<Container>> list_containers(const Labels& having) = 0;
  virtual Outcome<ContainerDetail> inspect_container(const std::string& id_or_name) = 0;  // not_found
  // Makes it and attaches all its networks; does not start it. conflict: the name is taken. not_found: no such image.
  virtual Outcome<std::string> create_container(const ContainerSpec& spec) = 0;
  virtual Done start_container(const std::string& id) = 0;  // idempotent
  // Its stop signal, then SIGKILL after `grace`. Idempotent; a container that is gone is a success.
  virtual Done stop_container(const std::string& id, Milliseconds grace) = 0;
  virtual Done remove_container(const std::string& id) = 0;  // with its anonymous volumes, running or not. Idempotent
  virtual Done signal_container(const std::string& id, const std::string& signal) = 0;  // "HUP"
  virtual Outcome<ExecResult> exec(const std::string& id, const std::vector<std::string>& command,
                                   Milliseconds timeout) = 0;
  virtual Outcome<std::vector<std::pair<int, std::string>>> list_processes(
      const std::string& id) = 0;  // pid, command line
  // /proc/net/tcp and tcp6 of the container's network namespace, one after the other (proc_net(5)).
  virtual Outcome<std::string> read_socket_tables(const std::string& id) = 0;
  // Calls `line` for each line, without its newline.
  virtual Done read_logs(const std::string& id, const LogQuery& query,
                         const std::function<void(const std::string&)>& line) = 0;

  virtual Outcome<std::vector<EngineNetwork>> list_networks() = 0;
  virtual Done create_network(const NetworkSpec& spec) = 0;  // conflict: name or subnet taken
  virtual Done remove_network(const std::string& name) = 0;  // idempotent; conflict: in use
  virtual Done connect_network(const NetworkEndpoint& endpoint, const std::string& container) = 0;  // idempotent
  virtual Done disconnect_network(const std::string& network, const std::string& container) = 0;    // idempotent

  virtual Outcome<std::vector<std::pair<std::string, Labels>>> list_volumes() = 0;
  virtual Done create_volume(const Volume& volume, const Labels& labels) = 0;  // idempotent
  virtual Done remove_volume(const std::string& name) = 0;                     // idempotent; conflict: in use

  virtual Outcome<ImageDetail> inspect_image(const std::string& reference) = 0;  // not_found
  virtual Done pull_image(const std::string& reference, const std::function<void(const std::string&)>& progress,
                          std::stop_token stop) = 0;
};

// ---- Proxy: nginx, seen from the deploy -----------------------------------------------------------------------

struct SiteState {
  Site site;
  Color active = Color::blue;  // what nginx does now: the marker, or in reload mode the configuration
  bool edited = false;         // the file on disk is not what bluegreen generates from its first line
  // In reload mode, when a change was interrupted: what nginx's workers do, which may not be what the file says.
  std::optional<Color> loaded{};
};

struct ProxyState {
  std::map<std::string, SiteState> sites;  // app -> state, of one project
  std::set<std::string> green_markers;     // apps of the project whose marker is there, with or without a site
  std::set<std::string> in_maintenance;    // apps whose public requests get the maintenance page
  bool untested_files = false;             // the user's own files have changed since nginx was asked about them
  std::vector<std::string> problems;       // for people: what does not fit, e.g. a generated file that cannot be read
};

struct PreviewQuery {
  std::string project, app, service;
  std::string path;
  std::string host;  // Host header that the app sees
  Milliseconds timeout{5000};
};

struct PreviewAnswer {
  int status = 0;
  std::string upstream;  // the address:port that answered, as nginx says; empty: nginx answered by itself
  std::string body;      // its beginning, at most 1 KiB
};

// All of one project's apps. The container behind it must be running for configure, preview, confirm and connections.
class Proxy {
 public:
  virtual ~Proxy() = default;

  // From files and markers: no exec, no request (but for `loaded`).
  virtual Outcome<ProxyState> observe() = 0;
  // Makes the site live: tests the candidate, moves it into place, reloads, proves that nginx took it; else the
  // previous files are back and the error has nginx's own words. Does nothing where the files already say so.
  virtual Done configure(const Site& site) = 0;
  // The first half of configure: nginx's word on the candidate, nothing moved.
  virtual Done check(const Site& site) = 0;
  virtual Done withdraw(const std::string& app) = 0;  // the site and its markers are gone. Idempotent
  // nginx reads its files again, the user's own and certificates too: tested first, proved after. Nothing is written.
  virtual Done reload() = 0;
  // The switch. Durable when it returns. In reload mode this is test, reload, proof. Idempotent.
  virtual Done activate(const Site& site, Color color) = 0;
  // Public requests get 503 and this page (HTML), or go to the app again. In one step, durable, without a reload; those
  // under way and the preview listener are not affected. Idempotent.
  virtual Done begin_maintenance(const Site& site, const std::string& page) = 0;
  virtual Done end_maintenance(const Site& site) = 0;
  // Whether nginx's workers see that, by their own word.
  virtual Outcome<bool> confirm_maintenance(const Site& site) = 0;
  // Which environment nginx's workers send a request to, by their own word.
  virtual Outcome<Color> confirm(const Site& site) = 0;
  // Asks the idle environment through the preview listener.
  virtual Outcome<PreviewAnswer> preview(const PreviewQuery& query) = 0;
  // Established connections from nginx to these addresses.
  virtual Outcome<int> count_connections(const std::vector<Endpoint>& endpoints) = 0;
  // Workers of an earlier configuration that have not ended yet.
  virtual Outcome<int> count_old_workers() = 0;
  // What is known to go wrong with this nginx when it is reloaded, if that was done here; empty: nothing.
  virtual std::string reload_hazard() = 0;
  // Where people find the preview listener: "10.213.8.1:7999"; empty when unknown.
  virtual std::string preview_address() = 0;
};

// ---- History: for people, and for an exact rollback; never decides what is active -----------------------------

struct ReleaseRecord {
  std::string id;
  WallTime created{};
  App app;                                     // resolved, secrets included: the file is 0600
  std::map<std::string, std::string> images;   // service -> image id
  std::map<std::string, std::string> digests;  // service -> name@sha256:..., where a registry knows the image
};

struct Activation {
  std::string release;
  Color color = Color::blue;
  WallTime at{};
};

// Of one project. Keeps the last releases of each app.
class History {
 public:
  virtual ~History() = default;
  virtual Done record(const ReleaseRecord& release) = 0;
  virtual Done record_activation(const std::string& app, const Activation& activation) = 0;
  virtual Outcome<std::vector<ReleaseRecord>> releases(const std::string& app) = 0;  // oldest first
  virtual Outcome<std::vector<Activation>> activations(const std::string& app) = 0;  // oldest first
};

// ---- Reporter: what people and programs are told while it happens ---------------------------------------------

struct StepInfo {
  std::string kind;  // stable word: pull, start, configure, verify, switch, drain, retire, ...
  std::string app;   // may be empty
  std::string text;  // for people
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void begin(const StepInfo& step) = 0;
  virtual void progress(const std::string& text) = 0;  // within the step under way; may come from other threads
  virtual void end(const StepInfo& step, const std::string& result, Milliseconds duration) = 0;  // result: may be empty
  virtual void fail(const StepInfo& step, Milliseconds duration) = 0;
  virtual void note(const std::string& text) = 0;
  virtual void warn(const std::string& text) = 0;
};

// ---- Clock ----------------------------------------------------------------------------------------------------

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::steady_clock::time_point now() = 0;
  virtual WallTime wall() = 0;
  virtual void sleep(Milliseconds duration, const std::stop_token& stop) = 0;  // returns early when stop is requested
};

}  // namespace bluegreen
