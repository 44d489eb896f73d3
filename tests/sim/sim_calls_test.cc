// SPDX-License-Identifier: MIT
// The faults that the simulations rely on: a fault that never happens would make every other test green.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim_engine.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SimFaults : public testing::Test {
 protected:
  SimFaults() { engine_.add_image("app", {.id = "sha256:1"}); }
  Outcome<std::string> create(const std::string& name) {
    ContainerSpec spec;
    spec.name = name;
    spec.image = "app";
    return engine_.create_container(spec);
  }
  SimCalls calls_;
  SimClock clock_;
  SimEngine engine_{calls_, clock_};
};

TEST_F(SimFaults, BeforeTheEffectLeaveTheWorldAsItWas) {
  calls_.fail_at(2, FaultPoint::before_effect);
  EXPECT_TRUE(create("a"));
  EXPECT_FALSE(create("b"));
  EXPECT_TRUE(create("c"));
  EXPECT_THAT(calls_.log(), ElementsAre("create a", "create c"));
  EXPECT_TRUE(calls_.fault_happened());
}

TEST_F(SimFaults, AfterTheEffectFailWhatIsDone) {
  calls_.fail_at(1, FaultPoint::after_effect);
  EXPECT_FALSE(create("a"));
  EXPECT_TRUE(engine_.find("a"));
}

TEST_F(SimFaults, OfDeathLeaveNothingThatAnswersUntilItIsRevived) {
  calls_.die_at(1, FaultPoint::after_effect);
  EXPECT_FALSE(create("a"));
  EXPECT_FALSE(create("b"));
  EXPECT_FALSE(engine_.list_networks());
  calls_.revive();
  EXPECT_TRUE(engine_.find("a"));
  EXPECT_FALSE(engine_.find("b"));
  EXPECT_TRUE(create("b"));
}

TEST_F(SimFaults, AreNoneWhenTheCallNeverComes) {
  calls_.die_at(9, FaultPoint::before_effect);
  EXPECT_TRUE(create("a"));
  EXPECT_FALSE(calls_.fault_happened());
  EXPECT_EQ(calls_.count(), 1);
}

TEST_F(SimFaults, AreSeenByTheOneWhoChecksAfterEachEffect) {
  std::vector<std::size_t> seen;
  calls_.after_effect = [&](const std::string&) { seen.push_back(engine_.containers().size()); };
  create("a");
  create("b");
  EXPECT_THAT(seen, ElementsAre(1u, 2u));
}

TEST_F(SimFaults, PassOverACallThatFailsByItself) {
  ContainerSpec unknown;
  unknown.image = "unknown";
  EXPECT_EQ(engine_.create_container(unknown).error().kind, ErrorKind::not_found);
  EXPECT_THAT(calls_.log(), IsEmpty());
}

TEST_F(SimFaults, AreNotNeededForAContainerThatBootsAndEnds) {
  engine_.behavior = [](const ContainerSpec&) {
    return SimBehavior{.boot = Milliseconds(500), .exits_with = 4, .exits_after = Milliseconds(2000)};
  };
  ContainerSpec spec;
  spec.name = spec.image = "app";
  NetworkSpec network;
  network.network.name = "n";
  network.network.subnet = "10.1.0.0/24";
  ASSERT_TRUE(engine_.create_network(network));
  spec.networks = {{.network = "n", .ipv4_address = "10.1.0.5"}};
  ASSERT_TRUE(engine_.start_container(*engine_.create_container(spec)));
  EXPECT_FALSE(engine_.look_for_answer("10.1.0.5"));
  clock_.advance(Milliseconds(500));
  EXPECT_TRUE(engine_.look_for_answer("10.1.0.5"));
  clock_.advance(Milliseconds(1500));
  EXPECT_FALSE(engine_.look_for_answer("10.1.0.5"));
  EXPECT_EQ(engine_.inspect_container("app")->exit_code, 4);
}

}  // namespace
}  // namespace bluegreen
