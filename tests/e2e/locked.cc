// SPDX-License-Identifier: MIT
// Two commands at once on one project: the second fails at once and says who works on it since when, or waits its turn.
// The lock dies with its owner.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::SizeIs;

constexpr Milliseconds enough{30'000};

// Release 1 serves; a deploy of release 2 has stopped before its drain.
class Locked : public testing::Test {
 protected:
  void SetUp() override {
    scenario.write_usual_compose();
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
    first = scenario.bluegreen_stopped_at("begin drain", {"deploy", "--image", "web=bluegreen-test-server:2"});
  }

  std::unique_ptr<Process> start_second() {
    auto second = scenario.start_bluegreen({"deploy", "--wait", "60s", "--image", "web=bluegreen-test-server:3"});
    EXPECT_TRUE(second->wait_for_text("waiting: project " + scenario.project() + " is locked by", enough));
    return second;
  }

  void expect_release_3_alone() {
    EXPECT_EQ(scenario.get().release(), "3");
    EXPECT_THAT(scenario.container_names(), SizeIs(2));
  }

  Scenario scenario;
  std::unique_ptr<Process> first;
};

TEST_F(Locked, ASecondCommandSaysByWhomAndSinceWhen) {
  for (const auto& command : {std::vector<std::string>{"deploy"}, {"rollback", "web"}, {"repair"}, {"down", "--yes"}}) {
    const Output second = scenario.bluegreen(command);
    EXPECT_TRUE(exited(3, second));
    EXPECT_THAT(second.err, ContainsRegex("is locked by bluegreen deploy \\(process [0-9]+, user [a-z]+\\) since "
                                          "20[0-9-]+ [0-9:]+ UTC"));
    EXPECT_THAT(second.err, HasSubstr("--wait"));
  }
  EXPECT_EQ(scenario.active(), "GREEN");  // to look takes no lock
  first->signal(SIGCONT);
  EXPECT_TRUE(exited(0, first->wait(enough)));
  EXPECT_EQ(scenario.get().release(), "2");
}

TEST_F(Locked, ASecondCommandWaitsUntilTheFirstHasEnded) {
  auto second = start_second();
  EXPECT_EQ(scenario.get().release(), "2");
  first->signal(SIGCONT);
  EXPECT_TRUE(exited(0, first->wait(enough)));
  EXPECT_TRUE(exited(0, second->wait(enough)));
  expect_release_3_alone();
}

TEST_F(Locked, ASecondCommandGoesOnWhenTheFirstIsKilled) {
  auto second = start_second();
  first->signal(SIGKILL);
  EXPECT_TRUE(exited(0, second->wait(enough)));
  expect_release_3_alone();
}

TEST_F(Locked, ASecondCommandThatWaitsIsInterrupted) {
  auto second = start_second();
  second->signal(SIGINT);
  const Output output = second->wait(enough);
  EXPECT_TRUE(exited(130, output));
  EXPECT_THAT(output.err, HasSubstr("interrupted while waiting for the lock"));
  first->signal(SIGCONT);
  EXPECT_TRUE(exited(0, first->wait(enough)));
  EXPECT_EQ(scenario.get().release(), "2");
}

}  // namespace
}  // namespace bluegreen::e2e
