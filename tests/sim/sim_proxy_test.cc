// SPDX-License-Identifier: MIT
// What tests/contract asks of the real nginx, asked of the simulated one, and what only a simulation can do.
#include "sim_proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim_clock.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;

class SimulatedProxy : public testing::Test {
 protected:
  static Site hello() {
    Site site;
    site.project = "example";
    site.app = "hello";
    Route route;
    route.service = "hello";
    site.routes = {route};
    site.sides.blue["hello"] = {{"10.0.0.1", 80}};
    site.sides.green["hello"] = {{"10.0.0.2", 80}, {"10.0.0.3", 80}};
    return site;
  }

  std::string served() {
    const auto delivery = nginx_.request("example", "hello", Milliseconds(0));
    return delivery.to ? delivery.to->address : "";
  }

  SiteState observed() { return proxy_.observe()->sites.at("hello"); }

  SimCalls calls_;
  SimClock clock_;
  SimNginx nginx_{calls_, clock_};
  SimProxy proxy_{nginx_, "example"};
};

TEST_F(SimulatedProxy, ServesWhatItWasToldAndReadsItBack) {
  EXPECT_EQ(served(), "");
  ASSERT_TRUE(proxy_.configure(hello()));
  EXPECT_EQ(served(), "10.0.0.1");
  EXPECT_EQ(observed().site, hello());
  ASSERT_TRUE(proxy_.configure(hello()));
  EXPECT_EQ(nginx_.reloads(), 1);
}

TEST_F(SimulatedProxy, SwitchesByMarkerWithoutAReload) {
  ASSERT_TRUE(proxy_.configure(hello()));
  ASSERT_TRUE(proxy_.activate(hello(), Color::green));
  EXPECT_EQ(served(), "10.0.0.2");
  EXPECT_EQ(*proxy_.confirm(hello()), Color::green);
  EXPECT_EQ(observed().active, Color::green);
  EXPECT_EQ(nginx_.reloads(), 1);
}

TEST_F(SimulatedProxy, SwitchesByReloadWhileOldWorkersFinish) {
  auto site = hello();
  site.mode = SwitchMode::reload;
  ASSERT_TRUE(proxy_.configure(site));
  nginx_.request("example", "hello", Milliseconds(2000));
  ASSERT_TRUE(proxy_.activate(site, Color::green));
  EXPECT_EQ(served(), "10.0.0.2");
  EXPECT_EQ(*proxy_.count_old_workers(), 1);
  EXPECT_EQ(*proxy_.count_connections({{"10.0.0.1", 80}}), 1);
  clock_.sleep(Milliseconds(2000), {});
  EXPECT_EQ(*proxy_.count_old_workers(), 0);
  EXPECT_EQ(*proxy_.count_connections({{"10.0.0.1", 80}}), 0);
}

TEST_F(SimulatedProxy, PreviewsTheIdleEnvironmentReplicaByReplica) {
  ASSERT_TRUE(proxy_.configure(hello()));
  const PreviewQuery query{"example", "hello", "hello", "/", "", Milliseconds(1000)};
  EXPECT_EQ(proxy_.preview(query)->upstream, "10.0.0.2:80");
  EXPECT_EQ(proxy_.preview(query)->upstream, "10.0.0.3:80");
  nginx_.answer = [](const Endpoint&) { return 0; };
  EXPECT_EQ(proxy_.preview(query)->status, 502);
}

TEST_F(SimulatedProxy, KeepsEverythingWhenNginxRefuses) {
  ASSERT_TRUE(proxy_.configure(hello()));
  auto changed = hello();
  changed.sides.blue["hello"][0].address = "10.0.0.9";
  nginx_.refuse_next_test("unknown directive");
  EXPECT_THAT(proxy_.configure(changed).error().message, HasSubstr("unknown directive"));
  nginx_.refuse_next_reload("bind() failed");
  EXPECT_THAT(proxy_.configure(changed).error().message, HasSubstr("bind() failed"));
  EXPECT_EQ(observed().site, hello());
  EXPECT_FALSE(observed().edited);
  EXPECT_EQ(served(), "10.0.0.1");
}

TEST_F(SimulatedProxy, RefusesAHostThatAnotherAppServes) {
  ASSERT_TRUE(proxy_.configure(hello()));
  auto rival = hello();
  rival.app = "rival";
  EXPECT_EQ(proxy_.configure(rival).error().kind, ErrorKind::conflict);
}

TEST_F(SimulatedProxy, KeepsTheActiveEnvironmentWhenTheWayOfSwitchingChanges) {
  auto site = hello();
  site.mode = SwitchMode::reload;
  site.reload_active = Color::green;
  ASSERT_TRUE(proxy_.configure(site));
  ASSERT_TRUE(proxy_.configure(hello()));
  EXPECT_EQ(observed().active, Color::green);
  ASSERT_TRUE(proxy_.configure(site));
  EXPECT_TRUE(proxy_.observe()->green_markers.empty());
}

TEST_F(SimulatedProxy, WithdrawsTwice) {
  ASSERT_TRUE(proxy_.configure(hello()));
  ASSERT_TRUE(proxy_.activate(hello(), Color::green));
  ASSERT_TRUE(proxy_.withdraw("hello"));
  ASSERT_TRUE(proxy_.withdraw("hello"));
  EXPECT_EQ(served(), "");
  EXPECT_TRUE(proxy_.observe()->green_markers.empty());
}

TEST_F(SimulatedProxy, CanBeKilledAtEveryCallOfAConfigurationAndDoneAgain) {
  auto changed = hello();
  changed.sides.blue["hello"][0].address = "10.0.0.9";
  int deaths = 0;
  for (const auto point : {FaultPoint::before_effect, FaultPoint::after_effect}) {
    for (int call = 1;; ++call) {
      SimCalls calls;
      SimNginx nginx(calls, clock_);
      SimProxy proxy(nginx, "example");
      ASSERT_TRUE(proxy.configure(hello()));
      calls.revive();
      calls.die_at(call, point);
      if (proxy.configure(changed)) break;
      ++deaths;
      calls.revive();
      const auto state = proxy.observe()->sites.at("hello");
      EXPECT_TRUE(state.edited || state.site == hello() || nginx.reloads() == 2) << call;
      ASSERT_TRUE(proxy.configure(changed));
      EXPECT_EQ(nginx.request("example", "hello", Milliseconds(0)).to->address, "10.0.0.9");
      EXPECT_FALSE(proxy.observe()->sites.at("hello").edited);
    }
  }
  EXPECT_EQ(deaths, 6);
}

}  // namespace
}  // namespace bluegreen
