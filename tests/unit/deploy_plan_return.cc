// SPDX-License-Identifier: MIT
// Going back to what stands, clearing what was left, and knowing that there is nothing to do.
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReturnPlan, VerifiesAndSwitchesToWhatStandsInTheIdleEnvironment) {
  Shop shop;
  shop.serves(Color::green, "r2").holds(Color::blue, "r1");
  const auto plan = shop.go_back();
  EXPECT_THAT(kinds(plan), ElementsAre("verify", "switch", "drain", "retire"));
  EXPECT_EQ(the<Verify>(plan).color, Color::blue);
  EXPECT_EQ(the<Switch>(plan).to, Color::blue);
  EXPECT_EQ(the<Switch>(plan).release, "r1");
  EXPECT_EQ(the<Drain>(plan).color, Color::green);
  EXPECT_THAT(names(the<RetireOld>(plan).containers), ElementsAre("web-GREEN"));
}

TEST(ReturnPlan, StopsNothingWhenTheOldEnvironmentIsToStay) {
  Shop shop;
  shop.serves(Color::blue, "r1").holds(Color::green, "r2");
  EXPECT_THAT(kinds(shop.go_back(AfterSwitch::leave_the_old)), ElementsAre("verify", "switch"));
}

TEST(ReturnPlan, StartsAStoppedEnvironmentAgainAndMakesNothing) {
  Shop shop;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1", RunState::exited);
  const auto plan = shop.go_back(AfterSwitch::leave_the_old);
  EXPECT_THAT(kinds(plan), ElementsAre("start", "verify", "switch"));
  EXPECT_THAT(the<Start>(plan).containers, IsEmpty());
  EXPECT_THAT(names(the<Start>(plan).existing), ElementsAre("web-GREEN"));
  EXPECT_EQ(the<Start>(plan).color, Color::green);
  EXPECT_EQ(the<Start>(plan).release, "r1");
}

TEST(MaintenancePlan, ShowsThePageOrOpensTheAppAgain) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  const auto on = plan_maintenance(shop.seen(), "<h1>soon</h1>");
  ASSERT_TRUE(on);
  EXPECT_EQ(the<Maintain>(*on).page, "<h1>soon</h1>");
  EXPECT_THAT(*plan_maintenance(shop.seen(), std::nullopt), IsEmpty());
  shop.seen().in_maintenance = true;
  const auto off = plan_maintenance(shop.seen(), std::nullopt);
  ASSERT_TRUE(off);
  EXPECT_FALSE(the<Maintain>(*off).page);
}

TEST(MaintenancePlan, MendsAFileFirstThatMayNotLookAtTheMarker) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  shop.seen().site->edited = true;
  EXPECT_THAT(kinds(*plan_maintenance(shop.seen(), "x")), ElementsAre("configure", "maintenance"));
}

TEST(MaintenancePlan, IsForAppsThatGetRequests) {
  Shop shop;
  EXPECT_THAT(plan_maintenance(shop.seen(), "x").error().message, HasSubstr("nginx does not know web"));
  shop.serves(Color::blue, "r1");
  shop.seen().site->site.routes[0].protocol = Protocol::tcp;
  EXPECT_THAT(plan_maintenance(shop.seen(), "x").error().message, HasSubstr("it speaks TCP"));
  shop.seen().site->site.routes.clear();
  EXPECT_THAT(plan_maintenance(shop.seen(), "x").error().message, HasSubstr("it has no port"));
}

TEST(ReturnPlan, ServesTheRoutesOfTheReleaseItReturnsTo) {
  Shop shop;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  shop.app().services.front().route->path = "/old";
  const auto plan = shop.go_back();
  EXPECT_THAT(kinds(plan), ElementsAre("check", "verify", "switch", "configure", "drain", "retire"));
  EXPECT_EQ(the<Configure>(plan).site.routes.front().path, "/old");
  EXPECT_EQ(the<Check>(plan).site, the<Configure>(plan).site);
  EXPECT_EQ(the<Configure>(plan).site.sides, shop.seen().site->site.sides);
}

TEST(ReturnPlan, InReloadModeTheSwitchIsTheOnlyChangeOfTheConfiguration) {
  Shop shop;
  shop.app().policy.switch_mode = SwitchMode::reload;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  EXPECT_THAT(kinds(shop.go_back(AfterSwitch::leave_the_old)), ElementsAre("verify", "switch"));
}

TEST(ReturnPlan, MendsAConfigurationThatWasEditedBeforeAnythingElse) {
  Shop shop;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  shop.seen().site->edited = true;
  shop.holds(Color::green, "r1", RunState::exited);
  EXPECT_THAT(kinds(shop.go_back(AfterSwitch::leave_the_old)), ElementsAre("configure", "start", "verify", "switch"));
}

TEST(ReturnPlan, IsRefusedWhereNothingStands) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  const auto plan = plan_return(shop.app(), shop.seen(), AfterSwitch::leave_the_old);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "nothing stands in web-GREEN");
  EXPECT_THAT(plan.error().hint, HasSubstr("bluegreen deploy web"));
}

TEST(ReturnPlan, IsRefusedWhereNginxDoesNotKnowTheApp) {
  Shop shop;
  shop.holds(Color::blue, "r1").holds(Color::green, "r2");
  EXPECT_FALSE(plan_return(shop.app(), shop.seen(), AfterSwitch::leave_the_old));
}

// ---- leftovers ------------------------------------------------------------------------------------------------

TEST(Leftovers, OfAnInterruptedRunAreRetiredAsThePolicySays) {
  Shop shop;
  shop.serves(Color::green, "r2").holds(Color::blue, "r1");
  const auto plan = plan_leftovers(shop.app(), shop.seen());
  EXPECT_THAT(kinds(plan), ElementsAre("hold", "drain", "retire"));
  EXPECT_THAT(names(the<RetireOld>(plan).containers), ElementsAre("web-BLUE"));
  shop.app().policy.retire = Retire::keep;
  EXPECT_THAT(plan_leftovers(shop.app(), shop.seen()), IsEmpty());
}

TEST(Leftovers, AreNoneWhereTheIdleEnvironmentIsEmpty) {
  Shop shop;
  shop.serves(Color::green, "r2");
  EXPECT_THAT(plan_leftovers(shop.app(), shop.seen()), IsEmpty());
}

TEST(Leftovers, AreKeptWhileTheActiveEnvironmentIsDown) {
  Shop shop;
  shop.serves(Color::green, "r2").holds(Color::blue, "r1").holds(Color::green, "r2", RunState::exited);
  EXPECT_THAT(plan_leftovers(shop.app(), shop.seen()), IsEmpty());
}

// ---- nothing to do --------------------------------------------------------------------------------------------

struct UpToDate : testing::Test {
  UpToDate() {
    shop.app() = app_of("web", {service_of("api"), service_of("web")});
    shop.app().services.back().replicas = 2;
    shop.serves(Color::green, "r1");
  }
  std::vector<Container>& active() { return shop.seen().environments.green.containers; }
  Shop shop;
};

TEST_F(UpToDate, WhenTheActiveEnvironmentIsExactlyThisApp) { EXPECT_TRUE(shop.up_to_date()); }

TEST_F(UpToDate, WhateverStandsInTheIdleEnvironment) {
  shop.holds(Color::blue, "r0", RunState::exited);
  EXPECT_TRUE(shop.up_to_date());
}

TEST_F(UpToDate, NotWhenItWasNeverReleased) {
  shop.observed = observe_containers({}, shop.project);
  EXPECT_FALSE(shop.up_to_date());
}

TEST_F(UpToDate, NotWhenAServiceChanged) {
  shop.app().services.front().digest = "another";
  EXPECT_FALSE(shop.up_to_date());
}

TEST_F(UpToDate, NotWhenATagMovedToAnotherImage) {
  shop.images["web:1"] = "sha256:newer";
  EXPECT_FALSE(shop.up_to_date());
}

TEST_F(UpToDate, NotWhenTheImageIsUnknown) {
  shop.images.erase("web:1");
  EXPECT_FALSE(shop.up_to_date());
}

TEST_F(UpToDate, NotWhenAReplicaIsMissingOrDown) {
  auto removed = active().back();
  active().pop_back();
  EXPECT_FALSE(shop.up_to_date());
  removed.state = RunState::exited;
  active().push_back(removed);
  EXPECT_FALSE(shop.up_to_date());
}

TEST_F(UpToDate, NotWhenAReplicaOrServiceIsTooMany) {
  shop.app().services.back().replicas = 1;
  EXPECT_FALSE(shop.up_to_date());
  shop.app().services.back().replicas = 2;
  shop.app().services.erase(shop.app().services.begin());
  shop.seen().site->site.routes.erase(shop.seen().site->site.routes.begin());
  EXPECT_FALSE(shop.up_to_date());
}

TEST_F(UpToDate, NotWhenNginxServesOtherRoutesOrInAnotherMode) {
  shop.seen().site->site.routes.front().path = "/other";
  EXPECT_FALSE(shop.up_to_date());
  shop.seen().site->site = site_of(shop.project, shop.app());
  EXPECT_TRUE(shop.up_to_date());
  shop.app().policy.switch_mode = SwitchMode::reload;
  EXPECT_FALSE(shop.up_to_date());
}

TEST_F(UpToDate, NotWhenTheConfigurationWasEditedByHand) {
  shop.seen().site->edited = true;
  EXPECT_FALSE(shop.up_to_date());
}

}  // namespace
}  // namespace bluegreen
