// SPDX-License-Identifier: MIT
// The simulated twin of NginxProxy. SimNginx is the world: files on disk, what the running nginx has read of them,
// markers, generations of workers, requests in flight; it outlives the command. SimProxy is one command's handle on it.
//
// A configuration is three effects, each numbered and failing as SimCalls says: `nginx test`, `nginx move` (the files),
// `nginx reload`. One that was killed between the last two shows as `edited` until somebody finishes it. Not for
// several threads at once: a simulation is one.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "deploy/ports.h"
#include "sim_calls.h"

namespace bluegreen {

class SimNginx {
 public:
  SimNginx(SimCalls& calls, Clock& clock) : calls_(calls), clock_(clock) {}

  // ---- what is outside of nginx: the test joins it with a simulated engine
  std::function<int(const Endpoint&)> answer = [](const Endpoint&) { return 200; };  // status; 0: nobody answers
  std::function<bool()> runs = [] { return true; };

  // ---- what nginx says no to
  void refuse_next_test(const std::string& words) { test_refusal_ = words; }
  void refuse_next_reload(const std::string& words) { reload_refusal_ = words; }

  // ---- traffic
  struct Delivery {
    std::optional<Endpoint> to;  // nothing: nginx had nobody to send it to
    int status = 0;
  };
  // A request from outside, in flight for that long.
  Delivery request(const std::string& project, const std::string& service, Milliseconds duration);

  // ---- what people and machines do to it
  void edit(const std::string& project, const std::string& app);  // by hand, on disk
  void restart();                                                 // reads the disk; whatever was in flight is cut

  // ---- what is true
  [[nodiscard]] bool is_configured(const std::string& project, const std::string& app) const;
  [[nodiscard]] std::optional<Color> active(const std::string& project, const std::string& app) const;
  [[nodiscard]] int reloads() const { return generation_; }
  [[nodiscard]] int in_flight(const std::vector<Endpoint>& endpoints);

 private:
  friend class SimProxy;
  using Key = std::pair<std::string, std::string>;  // project, app

  struct File {
    Site site;
    bool edited = false;
  };
  struct Flight {
    Endpoint to;
    std::chrono::steady_clock::time_point until;
    int generation = 0;
  };

  Done effect(const std::string& operation, const std::function<Done()>& happen);
  Done publish(const std::map<Key, File>& next, const std::string& project);
  [[nodiscard]] const Site* loaded_site_of(const std::string& project, const std::string& service) const;
  [[nodiscard]] Color active_in(const Site& site) const;
  std::optional<Endpoint> choose(const Site& site, const std::string& service, Color color);
  void land();  // forgets the requests that have ended

  SimCalls& calls_;
  Clock& clock_;
  std::map<Key, File> disk_;
  std::map<Key, Site> loaded_;
  std::set<Key> green_markers_;
  std::set<std::string> interrupted_;  // projects
  std::vector<Flight> flights_;
  int generation_ = 0;
  std::map<std::string, std::size_t> turn_;  // upstream -> whose turn it is
  std::optional<std::string> test_refusal_, reload_refusal_;
};

class SimProxy : public Proxy {
 public:
  SimProxy(SimNginx& nginx, std::string project) : nginx_(nginx), project_(std::move(project)) {}

  Outcome<ProxyState> observe() override;
  Done configure(const Site& site) override;
  Done check(const Site& site) override;
  Done withdraw(const std::string& app) override;
  Done activate(const Site& site, Color color) override;
  Outcome<Color> confirm(const Site& site) override;
  Outcome<PreviewAnswer> preview(const PreviewQuery& query) override;
  Outcome<int> count_connections(const std::vector<Endpoint>& endpoints) override;
  Outcome<int> count_old_workers() override;
  std::string preview_address() override { return "10.213.8.1:7999"; }

 private:
  Done test(const Site& site);
  Done set_marker(const std::string& app, Color active);

  SimNginx& nginx_;
  std::string project_;
};

}  // namespace bluegreen
