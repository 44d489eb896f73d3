// SPDX-License-Identifier: MIT
// An engine with state and no processes: containers that boot, answer, exit and crash in virtual time, networks with
// addresses, volumes, images. It does what the real one does as far as tests/contract says; what that suite does not
// say, nobody may rely on.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "deploy/ports.h"
#include "sim_calls.h"
#include "sim_clock.h"

namespace bluegreen {

// What the program in a container does once it is started.
struct SimBehavior {
  Milliseconds boot{0};           // until it answers
  bool never_healthy = false;     // it never answers well, and a Docker health check fails
  std::optional<int> exits_with;  // ends by itself ...
  Milliseconds exits_after{0};    // ... that long after its start
  bool ignores_stop = false;      // takes the whole grace, and SIGKILL
  std::uint16_t port = 0;         // where it listens; 0: nowhere
  std::string listens_on = "0.0.0.0";
  std::vector<std::string> logs;  // written at the start
};

struct SimContainer {
  std::string id;
  ContainerSpec spec;
  Labels labels;  // ours and the user's
  std::string image_id;
  SimBehavior behavior;
  RunState state = RunState::created;
  int exit_code = 0;
  int restart_count = 0;
  std::chrono::steady_clock::time_point restarts_at{};
  int pid = 0;
  WallTime created{};
  std::chrono::steady_clock::time_point started_at{};
  WallTime started{};
  std::vector<NetworkEndpoint> endpoints;        // what it is attached to
  std::map<std::string, std::string> addresses;  // network -> address, while it runs
  std::vector<std::string> logs;
};

class SimEngine final : public Engine {
 public:
  SimEngine(SimCalls& calls, SimClock& clock);

  void become(const SimEngine& other);  // the same containers, networks, volumes, images; hooks stay one's own

  // ---- how the world is, and what it does; no faults, not counted ----
  std::function<SimBehavior(const ContainerSpec&)>
      behavior;  // asked at creation; nothing: a program that answers at once
  std::function<std::optional<SimBehavior>(const ContainerSpec&)>
      on_behavior;  // asked before that; may have no opinion
  // What the program in the container does itself; nothing: what any program does. Called with the engine held, so they
  // use only what does not take it.
  std::function<std::optional<std::string>(const SimContainer&)> on_start;  // its last words, when it ends at once
  std::function<std::optional<ExecResult>(const SimContainer&, const std::vector<std::string>&)> on_exec;
  std::function<void(const SimContainer&, const std::string& signal)> on_signal;
  std::function<std::optional<std::vector<std::pair<int, std::string>>>(const SimContainer&)> on_processes;
  std::function<std::optional<std::string>(const SimContainer&)> on_sockets;
  void add_image(const std::string& reference, ImageDetail detail);      // on the engine
  void publish_image(const std::string& reference, ImageDetail detail);  // in a registry, for a pull
  void kill_container(const std::string& name, int exit_code);           // it crashes by itself
  void restart_by_hand(const std::string& name);
  void remove_by_hand(const std::string& name);
  void remove_network_by_hand(const std::string& name);  // and takes everything off it
  // The engine or the whole machine goes down and comes up again: what ran and has a restart policy starts again.
  void restart();

  // ---- what is true. These do not take the engine: for the thread that simulates, and for what is in a container.
  [[nodiscard]] const std::vector<SimContainer>& containers();
  [[nodiscard]] const SimContainer* find(const std::string& id_or_name);
  [[nodiscard]] bool is_running(const std::string& id_or_name);
  // The running container that has this address and answers well.
  [[nodiscard]] const SimContainer* look_for_answer(const std::string& address);
  void log_from_inside(const std::string& id, const std::string& line);

  // ---- Engine ----
  Outcome<EngineVersion> version() override;
  Outcome<std::vector<Container>> list_containers(const Labels& having) override;
  Outcome<ContainerDetail> inspect_container(const std::string& id_or_name) override;
  Outcome<std::string> create_container(const ContainerSpec& spec) override;
  Done start_container(const std::string& id) override;
  Done stop_container(const std::string& id, Milliseconds grace) override;
  Done remove_container(const std::string& id) override;
  Done signal_container(const std::string& id, const std::string& signal) override;
  Outcome<ExecResult> exec(const std::string& id, const std::vector<std::string>& command,
                           Milliseconds timeout) override;
  Outcome<std::vector<std::pair<int, std::string>>> list_processes(const std::string& id) override;
  Outcome<std::string> read_socket_tables(const std::string& id) override;
  // What is there now; following ends at once, because nothing more happens while this thread is here.
  Done read_logs(const std::string& id, const LogQuery& query,
                 const std::function<void(const std::string&)>& line) override;
  Outcome<std::vector<EngineNetwork>> list_networks() override;
  Done create_network(const NetworkSpec& spec) override;
  Done remove_network(const std::string& name) override;
  Done connect_network(const NetworkEndpoint& endpoint, const std::string& container) override;
  Done disconnect_network(const std::string& network, const std::string& container) override;
  Outcome<std::vector<std::pair<std::string, Labels>>> list_volumes() override;
  Done create_volume(const Volume& volume, const Labels& labels) override;
  Done remove_volume(const std::string& name) override;
  Outcome<ImageDetail> inspect_image(const std::string& reference) override;
  Done pull_image(const std::string& reference, const std::function<void(const std::string&)>& progress,
                  std::stop_token stop) override;

 private:
  struct SimNetwork {
    EngineNetwork seen;
    std::string ip_range;
    bool has_own_subnet = false;  // a chosen address is possible only there
  };

  // One call: counted, done under the lock, and logged where it changed something.
  template <class Body>
  auto read(const std::string& operation, Body body) -> decltype(body());
  template <class Body>
  auto change(const std::string& operation, Body body) -> decltype(body());

  void settle();  // what happened by itself since the last call
  SimContainer* look_up(const std::string& id_or_name);
  std::string name_of(const std::string& id_or_name);  // for the log
  Outcome<SimContainer*> must_find(const std::string& id_or_name);
  Outcome<SimContainer*> must_run(const std::string& id_or_name);
  const ImageDetail* find_image(const std::string& reference) const;
  SimNetwork* find_network(const std::string& name);
  HealthState health_of(const SimContainer& container);
  bool is_ready(const SimContainer& container);
  bool is_taken(const std::string& network, const std::string& address) const;
  Outcome<std::string> choose_address(const SimNetwork& network, const NetworkEndpoint& endpoint) const;
  Done attach(SimContainer& container, const NetworkEndpoint& endpoint);
  Done take_addresses(SimContainer& container);
  Done check_ports(const SimContainer& container) const;
  Done run(SimContainer& container);
  void end(SimContainer& container, int exit_code);            // somebody ended it
  void end_by_itself(SimContainer& container, int exit_code);  // then its restart policy counts

  SimCalls& calls_;
  SimClock& clock_;
  std::mutex mutex_;
  int last_number_ = 0;
  std::vector<SimContainer> containers_;
  std::vector<SimNetwork> networks_;
  std::map<std::string, Labels> volumes_;
  std::map<std::string, ImageDetail> images_, registry_;
};

}  // namespace bluegreen
