// SPDX-License-Identifier: MIT
// One whole simulated machine behind the ports, with traffic on it and an eye on the invariants: after every effect a
// request arrives for every replica, and whatever it meets is judged. A test says what to do in it, and what goes
// wrong.
//
// The invariants, each judged after every effect while `expect_uninterrupted_service` holds:
// 1. The active environment is healthy and complete; no app answers from two releases at once.
// 2. No container ends with a client's request in it.
// 1a. In maintenance every public request meets the page, and otherwise none does.
// 3. nginx would come up with the files as they are.
// 5. Infrastructure is never stopped, removed or made twice.
// 7. Where a power cut would have left an active environment that comes up again, even if nothing survived that was not
//    synced, it still does.
// (4, a failed deploy, and 6, two commands, are judged where they happen: recovery_test.cc, two_programs_test.cc.)
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "sim_calls.h"
#include "sim_clock.h"
#include "sim_disk.h"
#include "sim_engine.h"
#include "sim_nginx.h"

namespace bluegreen {

class MemoryHistory : public History {
 public:
  explicit MemoryHistory(SimCalls& calls) : calls_(calls) {}
  void become(const MemoryHistory& other);
  Done record(const ReleaseRecord& release) override;
  Done record_activation(const std::string& app, const Activation& activation) override;
  Outcome<std::vector<ReleaseRecord>> releases(const std::string& app) override { return releases_[app]; }
  Outcome<std::vector<Activation>> activations(const std::string& app) override { return activations_[app]; }

 private:
  SimCalls& calls_;
  std::map<std::string, std::vector<ReleaseRecord>> releases_;
  std::map<std::string, std::vector<Activation>> activations_;
};

class SilentReporter : public Reporter {
 public:
  void begin(const StepInfo& step) override { steps.push_back(step.kind); }
  void progress(const std::string&) override {}
  void end(const StepInfo&, const std::string&, Milliseconds) override {}
  void fail(const StepInfo& step, Milliseconds) override { failed.push_back(step.kind); }
  void note(const std::string& text) override { words.push_back(text); }
  void warn(const std::string& text) override { words.push_back(text); }

  std::vector<std::string> steps, failed, words;
};

class SimWorld {
 public:
  explicit SimWorld(Project wanted);
  SimWorld(const SimWorld& other);  // the same machine once more: what happens to one does not happen to the other
  SimWorld& operator=(const SimWorld&) = delete;

  // A fresh program on this machine, for the project; `other`: for another project on the same machine.
  World world();
  World world_of(const Project& other, std::stop_token token, Reporter& told);
  Outcome<Released> deploy(const std::string& app = "web");
  Outcome<Released> deploy_image(const std::string& image, const std::string& app = "web");
  void set_image(const std::string& image, const std::string& app = "web");  // in the file

  // ---- what befalls it
  void cut_power(const std::function<SimDisk::Unsynced(const std::string&)>& decide);  // and it comes up again
  void restart_engine();
  void restart_nginx();
  void crash_idle();  // a container of the side of the first app that does not serve

  // ---- what is true
  // The images that answer requests to the app's services, one request for each replica; "nobody" among them. In
  // maintenance: that stand behind the page.
  std::set<std::string> who_serves(const std::string& app = "web");
  [[nodiscard]] std::vector<std::string> container_names();
  // Files that nobody would miss: half-written ones, candidates, markers without an app.
  [[nodiscard]] std::vector<std::string> stray_files();

  // ---- the promise
  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
  // The images that served the first app, each change of them, oldest first.
  [[nodiscard]] const std::vector<std::string>& served() const { return served_; }
  void expect_uninterrupted_service();
  void expect_nothing() { serving_ = false; }
  // What a request to the first app gets by rights: the app, the maintenance page, or either while that changes.
  enum class Maintenance { off, changing, on };
  void expect(Maintenance maintenance) { maintenance_ = maintenance; }
  [[nodiscard]] Maintenance maintenance() const { return maintenance_; }
  void forgive() { broken_.clear(); }  // what nobody could have helped

  Project project;
  std::vector<Project> neighbours;  // on the same nginx, judged as well
  SimCalls calls;
  SimClock clock;
  SimDisk disk;
  SimEngine engine{calls, clock};
  SimNginx nginx{engine, clock, disk};
  MemoryHistory history{calls};
  SilentReporter reporter;
  std::stop_source stop;

 private:
  void judge(const std::string& operation);
  void judge_requests(const std::string& operation, const Project& wanted);
  void judge_stopped_containers(const std::string& operation);
  void judge_power_cut(const std::string& operation);
  void read_disk();
  void complain(const std::string& operation, const std::string& what);

  bool serving_ = false;
  Maintenance maintenance_ = Maintenance::off;
  std::set<std::string> outlives_power_cut_;                      // app files
  int read_version_ = -1;                                         // of the disk, that the two below belong to
  std::optional<std::string> refused_;                            // what nginx would say to the files as they are
  std::map<std::string, std::vector<Endpoint>> after_power_cut_;  // app file -> who would have to answer
  std::vector<std::string> broken_, served_;
};

// A project "shop" with nginx, and one app for each entry: its services and how many replicas each has.
Project sim_project(const std::map<std::string, std::map<std::string, int>>& apps);
// One that uses the default nginx, which it may share with others.
Project sim_guest_project(const std::string& name, const std::map<std::string, std::map<std::string, int>>& apps);

}  // namespace bluegreen
