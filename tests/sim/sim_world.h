// SPDX-License-Identifier: MIT
// One whole simulated machine behind the ports, with traffic on it and an eye on the invariants: after every effect a
// request arrives, and whatever it meets is judged. A test says what to do in it, and where the program is killed.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "sim_calls.h"
#include "sim_clock.h"
#include "sim_engine.h"
#include "sim_proxy.h"

namespace bluegreen {

class MemoryHistory : public History {
 public:
  Done record(const ReleaseRecord& release) override;
  Done record_activation(const std::string& app, const Activation& activation) override;
  Outcome<std::vector<ReleaseRecord>> releases(const std::string& app) override { return releases_[app]; }
  Outcome<std::vector<Activation>> activations(const std::string& app) override { return activations_[app]; }

 private:
  std::map<std::string, std::vector<ReleaseRecord>> releases_;
  std::map<std::string, std::vector<Activation>> activations_;
};

class SilentReporter : public Reporter {
 public:
  void begin(const StepInfo& step) override { steps.push_back(step.kind); }
  void progress(const std::string&) override {}
  void end(const StepInfo&, const std::string&, Milliseconds) override {}
  void fail(const StepInfo&, Milliseconds) override {}
  void note(const std::string&) override {}
  void warn(const std::string& text) override { warnings.push_back(text); }

  std::vector<std::string> steps, warnings;
};

class SimWorld {
 public:
  explicit SimWorld(Project wanted);
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  // A fresh program on this machine.
  World world();
  Outcome<Released> deploy(const std::string& app = "web");
  Outcome<Released> deploy_image(const std::string& image, const std::string& app = "web");

  // What serves now: the images that answer requests to the app's services, one request for each replica.
  std::set<std::string> who_serves(const std::string& app = "web");
  [[nodiscard]] std::vector<std::string> container_names();

  // The promise, checked after every effect once something serves; what was seen to be broken, in words.
  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
  void expect_uninterrupted_service() { serving_ = true; }
  void expect_nothing() { serving_ = false; }

  Project project;
  SimCalls calls;
  SimClock clock;
  SimEngine engine{calls, clock};
  SimNginx nginx{calls, clock};
  MemoryHistory history;
  SilentReporter reporter;
  std::stop_source stop;

 private:
  void judge(const std::string& operation);
  void judge_requests(const std::string& operation);
  void judge_stopped_containers(const std::string& operation);

  bool serving_ = false;
  std::vector<std::string> broken_;
};

// A project "shop" with nginx, and one app for each entry: its services and how many replicas each has.
Project sim_project(const std::map<std::string, std::map<std::string, int>>& apps);

}  // namespace bluegreen
