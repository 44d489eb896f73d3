// SPDX-License-Identifier: MIT
// The engine stopped or killed in the middle of a deploy, and the machine switched off: on a machine of its own,
// because such an engine cannot be the one that the other scenarios share.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

constexpr Milliseconds enough{30'000};

std::vector<std::string> deploy_of(const std::string& release) {
  return {"deploy", "--image", "web=bluegreen-test-server:" + release};
}

// Release 1 serves in BLUE, at first.
class OnItsOwnMachine : public testing::Test {
 protected:
  explicit OnItsOwnMachine(LiveRestore live_restore = LiveRestore::no) : machine(live_restore), scenario(machine) {}

  void first_deploy(const std::string& more = "") {
    scenario.write_usual_compose("1", more);
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
    ASSERT_EQ(scenario.get().release(), "1");
  }

  [[nodiscard]] bool comes_to_serve(const std::string& release) {
    return eventually([&] { return scenario.get().release() == release; });
  }

  std::string state_of(const std::string& color) {
    const auto environment = scenario.environment("web", color);
    return environment.empty() ? "none" : environment.front().state;
  }

  // The next command works, and leaves one environment and nginx.
  void expect_mended_by(const Output& output, const std::string& release) {
    EXPECT_TRUE(exited(0, output));
    EXPECT_TRUE(comes_to_serve(release));
    const auto app = scenario.status()["apps"][0];
    EXPECT_EQ(app["drift"], json::array());
    EXPECT_THAT(scenario.environment("web", app["active"].get<std::string>()), SizeIs(1));
    EXPECT_THAT(scenario.container_names(), SizeIs(2));
  }

  // It is on its way until the machine is not.
  void lose_power_during(std::unique_ptr<Process> program) {
    program.reset();  // only what waits for it outside: that would hold the machine
    machine.lose_power();
    machine.start_engine();
  }

  Machine machine;
  Scenario scenario;
};

TEST_F(OnItsOwnMachine, TheEngineIsStoppedBeforeTheSwitchAndTheOldReleaseComesBackWithIt) {
  first_deploy();
  auto program = scenario.bluegreen_stopped_at("begin verify", deploy_of("2"));
  machine.stop_engine();
  program->signal(SIGCONT);
  const Output output = program->wait(enough);
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("no Docker engine"));
  machine.start_engine();
  EXPECT_TRUE(comes_to_serve("1"));
  expect_mended_by(scenario.bluegreen(deploy_of("2")), "2");
}

// Such an engine takes its containers down when it is started again, and 20.10 leaves them so: it holds its own kill
// for the user's (moby issue 41302).
TEST_F(OnItsOwnMachine, TheEngineIsKilledAfterTheSwitchAndTheNewReleaseIsRepaired) {
  first_deploy();
  auto program = scenario.bluegreen_stopped_at("begin drain", deploy_of("2"));
  machine.kill_engine();
  program->signal(SIGCONT);
  const Output output = program->wait(enough);
  EXPECT_TRUE(exited(0, output));  // it serves; what is left is said
  EXPECT_THAT(output.err, HasSubstr("the next deploy clears what is left"));
  machine.start_engine();
  expect_mended_by(scenario.bluegreen({"repair"}), "2");
  expect_mended_by(scenario.bluegreen(deploy_of("3")), "3");
}

TEST_F(OnItsOwnMachine, AfterARebootTheActiveColorComesBackAndTheRetiredOneDoesNot) {
  first_deploy("      retire: stop\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen(deploy_of("2"))));
  machine.stop_engine();  // shut down
  machine.lose_power();
  machine.start_engine();
  EXPECT_TRUE(comes_to_serve("2"));
  EXPECT_EQ(state_of("GREEN"), "running");
  EXPECT_EQ(state_of("BLUE"), "exited");

  machine.lose_power();  // not shut down
  machine.start_engine();
  EXPECT_TRUE(comes_to_serve("2"));
  EXPECT_EQ(state_of("BLUE"), "exited");
  EXPECT_EQ(scenario.status()["apps"][0]["drift"], json::array());
}

TEST_F(OnItsOwnMachine, ThePowerFailsBeforeTheSwitchAndAfterIt) {
  first_deploy();
  lose_power_during(scenario.bluegreen_stopped_at("begin verify", deploy_of("2")));
  EXPECT_TRUE(comes_to_serve("1"));
  expect_mended_by(scenario.bluegreen(deploy_of("2")), "2");

  lose_power_during(scenario.bluegreen_stopped_at("end switch", deploy_of("3")));
  EXPECT_TRUE(comes_to_serve("3"));
  expect_mended_by(scenario.bluegreen({"repair"}), "3");
}

class WithLiveRestore : public OnItsOwnMachine {
 protected:
  WithLiveRestore() : OnItsOwnMachine(LiveRestore::yes) {}
};

TEST_F(WithLiveRestore, TheEngineIsAwayAndNoRequestIsLost) {
  first_deploy();
  Load load = scenario.start_load_beside_the_engine({"--kinds", "get,post,connect,slow", "--slow", "/slow?ms=300"});
  auto before = scenario.bluegreen_stopped_at("begin verify", deploy_of("2"));
  machine.kill_engine();
  before->signal(SIGCONT);
  const Output output = before->wait(enough);
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("no Docker engine"));
  machine.start_engine();
  ASSERT_TRUE(exited(0, scenario.bluegreen(deploy_of("2"))));

  auto after = scenario.bluegreen_stopped_at("begin drain", deploy_of("3"));
  machine.stop_engine();
  after->signal(SIGCONT);
  EXPECT_TRUE(exited(0, after->wait(enough)));
  machine.start_engine();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"repair"})));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_THAT(report.answered_by(), testing::ElementsAre("1", "2", "3"));
  EXPECT_THAT(scenario.container_names(), SizeIs(2));
}

}  // namespace
}  // namespace bluegreen::e2e
