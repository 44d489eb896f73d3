// SPDX-License-Identifier: MIT
// kill -9 at every step of a command, by the step's name (tests/e2e/signalled): what served goes on serving, and the
// same command given again puts everything right and leaves nothing behind. The steps are not listed here: an unhurt
// run says which there are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;

const std::vector<std::string> deploy{"deploy"};
constexpr int killed = 128 + SIGKILL;
const std::vector<std::string> quick_load{"--kinds", "get,post,connect,slow", "--slow", "/slow?ms=300"};

// Below the project's directory, markers left out: what a run writes and must not leave half-written.
std::set<std::string> files_of(const Scenario& scenario) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scenario.directory())) {
    const auto name = std::filesystem::relative(entry.path(), scenario.directory()).string();
    const bool is_of_a_release = name.find(".releases/") != std::string::npos && name.ends_with(".json");
    if (!name.ends_with(".GREEN") && !name.starts_with("load.json") && !is_of_a_release) names.insert(name);
  }
  return names;
}

json test_containers(const Scenario& scenario) {
  const json filters{{"label", {"bluegreen.test-of=" + scenario.project()}}};
  return scenario.docker().api("GET", "/containers/json?all=1&filters=" + filters.dump());
}

// The steps of a run in words of tests/e2e/signalled, e.g. "start 1", "configure 1", "configure 2".
std::vector<std::string> steps_of(const Output& run) {
  std::vector<std::string> steps;
  std::map<std::string, int> seen;
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) {
    const auto event = json::parse(line, nullptr, false);
    if (!event.is_object() || event.value("event", "") != "step" || event["state"] != "begin") continue;
    const auto kind = event["step"].get<std::string>();
    steps.push_back(kind + " " + std::to_string(++seen[kind]));
  }
  return steps;
}

std::set<std::string> kinds_of(const std::vector<std::string>& steps) {
  std::set<std::string> kinds;
  for (const auto& step : steps) kinds.insert(step.substr(0, step.find(' ')));
  return kinds;
}

class Killed : public testing::Test {
 protected:
  // An app whose release and port come from .env: a new port is a new configuration for nginx.
  void write_app(const std::string& more) {
    scenario.write_compose(
        "services:\n  web:\n    image: bluegreen-test-server:${RELEASE}\n    command: --port ${PORT}\n" +
        ("    x-bluegreen:\n      port: ${PORT}\n      health: /healthz\n" + more) + R"(
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen:
      proxy: true
)");
    write_env();
  }

  void write_env() const {
    scenario.write(".env", "RELEASE=" + std::to_string(release) + "\nPORT=" + std::to_string(port) + "\n");
  }

  void first_deploy(const std::string& more) {
    write_app(more);
    ASSERT_TRUE(exited(0, scenario.bluegreen(deploy)));
    files = files_of(scenario);
  }

  void next_release() {
    release = release % 5 + 1;
    write_env();
  }

  // The next release, at a new port where `new_port`; nothing goes wrong. Which steps it has.
  std::vector<std::string> steps_of_next_release(bool new_port) {
    next_release();
    port += new_port ? 1 : 0;
    write_env();
    const Output run = scenario.bluegreen({"deploy", "--json"});
    EXPECT_TRUE(exited(0, run));
    return steps_of(run);
  }

  void kill_at(const std::string& moment, const std::vector<std::string>& command = deploy) {
    EXPECT_TRUE(exited(killed, scenario.bluegreen_signalled("KILL " + moment, command))) << moment;
  }

  // The next release is killed there, and given again.
  void kill_and_mend(const std::string& moment, bool new_port) {
    SCOPED_TRACE("killed at " + moment);
    next_release();
    port += new_port ? 1 : 0;
    write_env();
    kill_at(moment);
    EXPECT_EQ(scenario.get().status, 200);
    EXPECT_TRUE(exited(0, scenario.bluegreen(deploy)));
    expect_put_right();
  }

  // `release` serves, and there is nothing that an unhurt run would not have left.
  void expect_put_right() {
    EXPECT_EQ(scenario.get().release(), std::to_string(release));
    const auto app = scenario.status()["apps"][0];
    EXPECT_EQ(app["drift"], json::array());
    const auto color = app["active"].get<std::string>();
    EXPECT_THAT(scenario.environment("web", color), SizeIs(1));
    EXPECT_THAT(scenario.container_names(), SizeIs(2));  // and nginx
    EXPECT_THAT(scenario.docker().networks(scenario.project()),
                ElementsAre(scenario.project() + "_bluegreen", scenario.project() + "_default"));
    EXPECT_THAT(test_containers(scenario), IsEmpty());
    EXPECT_EQ(files_of(scenario), files);
  }

  Scenario scenario;
  std::set<std::string> files;
  int release = 1;
  int port = 8000;
};

TEST_F(Killed, AtAnyStepOfADeployLosesNoRequestAndIsPutRightByTheNextOne) {
  first_deploy("");
  Load load = scenario.start_load(quick_load);
  const auto steps = steps_of_next_release(false);
  EXPECT_THAT(steps, ElementsAre("start 1", "verify 1", "switch 1", "drain 1", "retire 1"));
  for (const auto& step : steps) kill_and_mend("begin " + step, false);
  // Elsewhere the end of a step is the beginning of the next one: nothing lies between.
  for (const auto* step : {"verify", "switch", "retire"}) kill_and_mend("end " + std::string(step), false);
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_THAT(report.answered_by(), IsSupersetOf({"1", "2", "3", "4", "5"}));
}

TEST_F(Killed, AgainAndAgainOnTheWayIsPutRightByTheRunThatIsNot) {
  first_deploy("");
  Load load = scenario.start_load(quick_load);
  next_release();
  for (const auto* moment : {"end start", "begin clear", "end clear", "begin verify", "end verify", "begin switch"})
    kill_at(moment);
  EXPECT_EQ(scenario.get().release(), "1");
  for (const auto* moment : {"end switch", "end clear", "begin drain", "begin retire"}) kill_at(moment);
  EXPECT_TRUE(exited(0, scenario.bluegreen(deploy)));
  expect_put_right();
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
}

TEST_F(Killed, WhileNginxIsToldSomethingNewLosesNoRequestAndIsPutRight) {
  first_deploy("");
  Load load = scenario.start_load(quick_load);
  EXPECT_THAT(kinds_of(steps_of_next_release(true)), testing::Contains("configure"));
  for (const auto* moment : {"begin configure", "end configure", "end switch"}) kill_and_mend(moment, true);
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed_but_reused(), 0) << report.failures();
}

TEST_F(Killed, InReloadModeLosesNoRequestAndIsPutRight) {
  first_deploy("      switch: reload\n      drain: 3s\n");
  Load load = scenario.start_load(quick_load);
  for (const auto* moment : {"end verify", "end switch", "begin retire"}) kill_and_mend(moment, false);
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed_but_reused(), 0) << report.failures();
}

// In the middle of a step: a container tests nginx's new configuration, files are half-written.
TEST_F(Killed, WhileNginxTestsAConfigurationLeavesNoContainerAndNoFile) {
  first_deploy("");
  ++port;
  next_release();
  auto program = scenario.start_bluegreen(deploy);
  ASSERT_TRUE(eventually([&] { return !test_containers(scenario).empty(); }));
  program->signal(SIGKILL);
  EXPECT_TRUE(exited(killed, program->wait(Milliseconds(5'000))));
  scenario.write("conf.d/.bluegreen-new.bluegreen.conf", "half of wha");
  scenario.write("state/" + scenario.project() + "/.bluegreen-new.web.json", "{\"half");
  EXPECT_THAT(scenario.bluegreen({"status", "-f", "compose.yaml"}).out, HasSubstr("interrupted"));
  --port;  // the way back: nothing new for nginx
  write_env();
  EXPECT_TRUE(exited(0, scenario.bluegreen(deploy)));
  expect_put_right();
}

TEST_F(Killed, AtAnyStepOfAFirstDeployIsPutRightByTheNextOne) {
  write_app("");
  const auto steps = steps_of(scenario.bluegreen({"deploy", "--json"}));
  EXPECT_THAT(kinds_of(steps),
              ElementsAre("configure", "hold", "infrastructure", "join", "network", "start", "switch", "verify"));
  files = files_of(scenario);
  const auto start_anew = [&] { EXPECT_TRUE(exited(0, scenario.bluegreen({"down", "--yes"}))); };
  start_anew();
  // Each run goes on from what the one before it left: a step that was done is not done again, unless it can be undone.
  for (const auto& step : steps) {
    const bool second_of_its_kind = step.ends_with(" 2");
    kill_at("begin " + (second_of_its_kind ? step.substr(0, step.find(' ')) : step));
  }
  EXPECT_TRUE(exited(0, scenario.bluegreen(deploy)));
  expect_put_right();

  start_anew();
  kill_at("end switch");
  EXPECT_EQ(scenario.get().release(), "1");
  EXPECT_TRUE(exited(0, scenario.bluegreen(deploy)));
  expect_put_right();
}

TEST_F(Killed, AtAnyStepOfARollbackIsPutRightByTheNextOne) {
  first_deploy("");
  next_release();
  ASSERT_TRUE(exited(0, scenario.bluegreen(deploy)));
  Load load = scenario.start_load(quick_load);
  const std::vector<std::string> rollback{"rollback", "web"};
  for (const auto* moment : {"begin start", "end verify", "begin switch"}) kill_at(moment, rollback);
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_TRUE(exited(0, scenario.bluegreen(rollback)));
  release = 1;
  expect_put_right();

  // Once it has switched, it is done: one more would go forward again. `apply` clears what is left.
  kill_at("end switch", rollback);
  release = 2;
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"apply"})));
  expect_put_right();
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
}

TEST_F(Killed, AtAnyStepOfASwitchIsPutRightByTheNextOne) {
  first_deploy("      retire: keep\n");
  next_release();
  ASSERT_TRUE(exited(0, scenario.bluegreen(deploy)));
  Load load = scenario.start_load(quick_load);
  const std::vector<std::string> to_blue{"switch", "web", "BLUE"};
  for (const auto* moment : {"begin verify", "begin switch", "end switch"}) kill_at(moment, to_blue);
  EXPECT_TRUE(exited(0, scenario.bluegreen(to_blue)));
  EXPECT_EQ(scenario.get().release(), "1");
  EXPECT_EQ(scenario.active(), "BLUE");
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
}

}  // namespace
}  // namespace bluegreen::e2e
