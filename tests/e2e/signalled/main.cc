// SPDX-License-Identifier: MIT
// bluegreen, which sends itself a signal when it begins or has ended a step that the environment names:
//   BLUEGREEN_TEST_SIGNAL="KILL begin drain"      KILL, STOP, TERM or INT; begin or end; a step's kind (deploy/ports.h)
//   BLUEGREEN_TEST_SIGNAL="KILL begin configure 2"  the second such step
// The product has nothing of this: it is a reporter laid over the usual one, by a main of its own.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "cli/command_line.h"
#include "cli/reporters.h"

namespace {

using namespace bluegreen;

struct Moment {
  int signal = 0;
  std::string edge;  // begin, end
  std::string kind;
  int countdown = 1;
};

class SignallingReporter : public TextOrJsonReporter {
 public:
  SignallingReporter(Moment moment, std::unique_ptr<TextOrJsonReporter> inner)
      : moment_(std::move(moment)), inner_(std::move(inner)) {}

  void begin(const StepInfo& step) override {
    inner_->begin(step);
    reach("begin", step);
  }
  void end(const StepInfo& step, const std::string& result, Milliseconds duration) override {
    inner_->end(step, result, duration);
    reach("end", step);
  }
  void progress(const std::string& text) override { inner_->progress(text); }
  void fail(const StepInfo& step, Milliseconds duration) override { inner_->fail(step, duration); }
  void note(const std::string& text) override { inner_->note(text); }
  void warn(const std::string& text) override { inner_->warn(text); }
  void released(const Released& released, Milliseconds took) override { inner_->released(released, took); }

 private:
  void reach(const char* edge, const StepInfo& step) {
    if (moment_.edge == edge && moment_.kind == step.kind && --moment_.countdown == 0)
      ::kill(::getpid(), moment_.signal);
  }

  Moment moment_;
  std::unique_ptr<TextOrJsonReporter> inner_;
};

Moment wanted_moment() {
  const std::map<std::string, int> signals{{"KILL", SIGKILL}, {"STOP", SIGSTOP}, {"TERM", SIGTERM}, {"INT", SIGINT}};
  const char* text = std::getenv("BLUEGREEN_TEST_SIGNAL");
  std::istringstream words(text == nullptr ? "" : text);
  std::string signal;
  Moment moment;
  words >> signal >> moment.edge >> moment.kind >> moment.countdown;
  if (moment.countdown == 0) moment.countdown = 1;  // a number that was not given reads as 0
  const auto known = signals.find(signal);
  if (known == signals.end() || (moment.edge != "begin" && moment.edge != "end") || moment.kind.empty()) {
    fmt::print(stderr, "BLUEGREEN_TEST_SIGNAL: \"KILL begin drain\", or the like\n");
    std::exit(64);
  }
  moment.signal = known->second;
  return moment;
}

}  // namespace

int main(int argc, char** argv) {
  const auto moment = wanted_moment();
  return run_command_line(argc, argv, {[&](std::unique_ptr<TextOrJsonReporter> usual) {
                            return std::make_unique<SignallingReporter>(moment, std::move(usual));
                          }});
}
