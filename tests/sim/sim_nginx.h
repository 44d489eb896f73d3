// SPDX-License-Identifier: MIT
// A simulated nginx: the process inside a container of a SimEngine. It reads conf.d from a SimDisk when it starts or
// gets HUP, refuses what it cannot make sense of, replaces its workers while old ones finish their requests, looks at
// the marker with each request, and answers the preview listener. The real src/nginx works on it through the engine, as
// on the real one. Requests from outside come from the test.
//
// It knows a site by the first lines of its file (published_site.h); that the directives below them mean the same is
// what tests/contract proves on the real nginx.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nginx/published_site.h"
#include "sim_clock.h"
#include "sim_disk.h"
#include "sim_engine.h"

namespace bluegreen {

// A generated file, read once: the same few texts come back after every effect of every history.
struct ReadFile {
  std::optional<PublishedSite> site;       // an app's file, as far as it can be read
  std::string marker, maintenance_marker;  // the app's, below conf.d
  std::set<std::string> hosts;             // server names in it
};
[[nodiscard]] const ReadFile& read_once(const std::string& text);

class SimNginx {
 public:
  // From now on every container of the image `nginx` in this engine is an nginx on this conf.d.
  SimNginx(SimEngine& engine, SimClock& clock, SimDisk& disk);
  SimNginx(const SimNginx&) = delete;
  SimNginx& operator=(const SimNginx&) = delete;

  void become(const SimNginx& other);

  // ---- what it says no to
  void refuse_next_test(const std::string& words) { test_refusal_ = words; }
  void refuse_next_reload(const std::string& words) { reload_refusal_ = words; }
  void overlook_next_reload() { overlooks_reload_ = true; }
  void hide_markers() { sees_markers_ = false; }  // its workers may not read the directory
  void behave();                                  // none of these any more

  // ---- traffic
  struct Delivery {
    std::optional<Endpoint> to;  // nothing: nginx had nobody to send it to. In maintenance: whom it would have asked
    int status = 0;              // 0: nobody listens, or the connection was cut
  };
  // A request from outside to a public route of that service, in flight for that long.
  Delivery request(const std::string& project, const std::string& service, Milliseconds duration);

  // The app at that address is gone, and the requests in it.
  void drop(const std::string& address);

  // ---- what is true
  [[nodiscard]] bool runs();
  [[nodiscard]] bool is_configured(const std::string& project, const std::string& app);
  [[nodiscard]] int reloads() const { return generation_; }
  [[nodiscard]] int in_flight(const std::string& address);
  // What it would say to the files as they are: nothing, or its words. A start at this moment must come up.
  [[nodiscard]] std::optional<std::string> refuses_the_disk() const;

 private:
  // Requests that came at the same moment, and end so.
  struct Flight {
    Endpoint to;
    std::chrono::steady_clock::time_point until;
    int generation = 0;
    bool operator==(const Flight&) const = default;
  };
  using Key = std::pair<std::string, std::string>;  // project, and app or service

  void start(const SimContainer& container);
  void signal(const SimContainer& container, const std::string& name);
  SimBehavior behave_as_test(const ContainerSpec& spec);
  [[nodiscard]] std::vector<std::pair<int, std::string>> processes();
  [[nodiscard]] std::string sockets();
  [[nodiscard]] std::optional<ExecResult> exec(const std::vector<std::string>& command);
  [[nodiscard]] std::string answer_preview(const std::string& host, const std::string& path);

  void settle();  // what happened by itself: a reload that takes effect, requests that have ended
  void load();
  [[nodiscard]] std::optional<std::string> refuses(const std::string& directory) const;
  [[nodiscard]] Color active_in(const ReadFile& file) const;
  [[nodiscard]] bool is_in_maintenance(const ReadFile& file) const;
  std::optional<Endpoint> choose(const Site& site, const std::string& service, Color color);

  SimEngine& engine_;
  SimClock& clock_;
  SimDisk& disk_;
  std::string container_;                  // its id, once it was started
  std::map<Key, const ReadFile*> loaded_;  // by app
  std::map<Key, const ReadFile*> routes_;  // by service: those whose hosts all have a server
  std::vector<Flight> flights_;
  std::optional<std::chrono::steady_clock::time_point> reload_due_;
  int generation_ = 0;
  std::map<const std::vector<Endpoint>*, std::size_t> turn_;  // upstream -> whose turn it is
  std::optional<std::string> test_refusal_, reload_refusal_;
  bool overlooks_reload_ = false;
  bool sees_markers_ = true;
};

}  // namespace bluegreen
