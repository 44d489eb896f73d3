// SPDX-License-Identifier: MIT
// When what is closed; that it is closed then: tests/sim and tests/e2e.
#include <gtest/gtest.h>

#include "deploy/drain.h"

namespace bluegreen {
namespace {

using namespace std::chrono_literals;

TEST(DrainPolicies, WaitForTheTimeoutExceptCutWhichWaitsForShortRequests) {
  EXPECT_EQ(time_to_drain(DrainPolicy::wait, 30s), 30s);
  EXPECT_EQ(time_to_drain(DrainPolicy::spread, 30s), 30s);
  EXPECT_EQ(time_to_drain(DrainPolicy::cut, 30s), 1500ms);
  EXPECT_EQ(time_to_drain(DrainPolicy::cut, 1s), 1s);
}

TEST(DrainPolicies, SpreadStopsTheReplicasEvenlyAndTheLastOneWhenTheTimeIsOver) {
  EXPECT_EQ(time_to_stop(0, 4, 60s), 15s);
  EXPECT_EQ(time_to_stop(2, 4, 60s), 45s);
  EXPECT_EQ(time_to_stop(3, 4, 60s), 60s);
  EXPECT_EQ(time_to_stop(0, 1, 60s), 60s);
}

TEST(DrainPolicies, SpreadStopsNothingWhileShortRequestsMayBeUnderWay) {
  EXPECT_EQ(time_to_stop(0, 99, 60s), 1500ms);
  EXPECT_EQ(time_to_stop(0, 99, 1s), 1s);
}

}  // namespace
}  // namespace bluegreen
