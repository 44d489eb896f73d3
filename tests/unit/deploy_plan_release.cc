// SPDX-License-Identifier: MIT
// The rules of a release, one test for each.
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::ptrdiff_t position(const Plan& plan, const std::string& kind) {
  const auto words = kinds(plan);
  return std::ranges::find(words, kind) - words.begin();
}

Route route_at(const std::string& service, const std::string& path) {
  Route route;
  route.service = service;
  route.path = path;
  return route;
}

// ---- the order ------------------------------------------------------------------------------------------------

TEST(ReleasePlan, LetsNginxTestTheUsersFilesBeforeAnythingStartsWhereTheyHaveChanged) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  shop.observed.untested_files = true;
  EXPECT_THAT(kinds(shop.deploy()), ElementsAre("check", "start", "verify", "switch", "drain", "retire"));
  EXPECT_EQ(the<Check>(shop.deploy()).site, shop.seen().site->site);
  shop.app().services.front().route->path = "/shop";
  EXPECT_THAT(kinds(shop.deploy()), ElementsAre("check", "start", "verify", "switch", "configure", "drain", "retire"));
}

TEST(ReleasePlan, StartsVerifiesSwitchesDrainsRetires) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  EXPECT_THAT(kinds(shop.deploy()), ElementsAre("start", "verify", "switch", "drain", "retire"));
}

TEST(ReleasePlan, TheFirstReleaseGoesToBlueAndIsHeldBackUntilVerified) {
  Shop shop;
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("hold", "start", "configure", "verify", "switch"));
  EXPECT_EQ(the<Hold>(plan).to, Color::green);
  EXPECT_EQ(the<Start>(plan).color, Color::blue);
  EXPECT_EQ(the<Verify>(plan).color, Color::blue);
  EXPECT_EQ(the<Switch>(plan).to, Color::blue);
}

TEST(ReleasePlan, HoldsAgainOnlyIfAnInterruptedFirstReleaseDidNot) {
  Shop shop;
  shop.seen().green_marker = true;
  EXPECT_THAT(kinds(shop.deploy()), ElementsAre("start", "configure", "verify", "switch"));
}

TEST(ReleasePlan, InReloadModeTheConfigurationItselfHoldsTheFirstRelease) {
  Shop shop;
  shop.app().policy.switch_mode = SwitchMode::reload;
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("start", "configure", "verify", "switch"));
  EXPECT_EQ(the<Configure>(plan).site.reload_active, Color::green);
  EXPECT_EQ(the<Switch>(plan).to, Color::blue);
}

TEST(ReleasePlan, TheEnvironmentsTakeTurns) {
  for (const auto active : both_colors) {
    Shop shop;
    shop.serves(active, "r1");
    const auto plan = shop.deploy();
    EXPECT_EQ(the<Start>(plan).color, other(active));
    EXPECT_EQ(the<Verify>(plan).color, other(active));
    EXPECT_EQ(the<Switch>(plan).to, other(active));
    EXPECT_EQ(the<Drain>(plan).color, active);
    EXPECT_EQ(the<RetireOld>(plan).color, active);
  }
}

TEST(ReleasePlan, TouchesNoContainerOfTheActiveEnvironmentBeforeTheSwitch) {
  Shop shop;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  const auto plan = shop.deploy();
  EXPECT_THAT(names(the<Clear>(plan).containers), ElementsAre("web-GREEN"));
  EXPECT_THAT(names(the<Start>(plan).containers), ElementsAre("web-GREEN"));
  EXPECT_THAT(the<Start>(plan).existing, IsEmpty());
  EXPECT_THAT(names(the<RetireOld>(plan).containers), ElementsAre("web-BLUE"));
  EXPECT_LT(position(plan, "switch"), position(plan, "retire"));
}

TEST(ReleasePlan, NamesTheReleaseInWhatItStartsAndSwitches) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  const auto plan = shop.deploy();
  EXPECT_EQ(the<Start>(plan).release, "r9");
  EXPECT_EQ(the<Start>(plan).containers.front().labels.at(label::release), "r9");
  EXPECT_EQ(the<Switch>(plan).release, "r9");
}

TEST(ReleasePlan, StopsBeforeTheSwitchWhenAskedTo) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  EXPECT_THAT(kinds(shop.deploy(StopBefore::the_switch)), ElementsAre("start", "verify"));
}

TEST(ReleasePlan, AnInterruptedDeployIsClearedByTheNext) {
  Shop shop;
  shop.serves(Color::green, "r1").holds(Color::blue, "r2", RunState::exited);
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("clear", "start", "verify", "switch", "drain", "retire"));
  EXPECT_EQ(the<Clear>(plan).color, Color::blue);
  EXPECT_THAT(the<Clear>(plan).endpoints, ElementsAre(Endpoint{"10.208.0.2", 9000}));
}

TEST(ReleasePlan, AnInterruptedFirstReleaseIsClearedByTheNext) {
  Shop shop;
  shop.holds(Color::blue, "r1");
  shop.seen().green_marker = true;
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("clear", "start", "configure", "verify", "switch"));
  EXPECT_EQ(the<Clear>(plan).color, Color::blue);
  EXPECT_EQ(the<Clear>(plan).endpoints, (std::vector<Endpoint>{{"10.208.0.2", 9000}}));  // of the container itself
}

TEST(ReleasePlan, ABlueThatRunsWithoutASiteIsTakenForActive) {
  Shop shop;
  shop.holds(Color::blue, "r1");
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("start", "configure", "verify", "switch", "drain", "retire"));
  EXPECT_EQ(the<Start>(plan).color, Color::green);
  EXPECT_THAT(names(the<RetireOld>(plan).containers), ElementsAre("web-BLUE"));
}

TEST(ReleasePlan, WithoutASiteNginxIsToldWhereTheRunningContainersReallyAre) {
  Shop shop;
  shop.holds(Color::blue, "r1");
  shop.seen().environments.blue.containers[0].addresses[managed_name] = "10.208.0.77";
  const auto plan = shop.deploy();
  EXPECT_EQ(the<Configure>(plan).site.sides.blue.at("web"), (std::vector<Endpoint>{{"10.208.0.77", 9000}}));
  EXPECT_EQ(the<Drain>(plan).endpoints, (std::vector<Endpoint>{{"10.208.0.77", 9000}}));
}

TEST(ReleasePlan, LeavesOtherAppsAndInfrastructureAlone) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  shop.project.apps.push_back(app_of("blog", {service_of("blog")}));
  shop.observed.apps["blog"].environments.blue.containers =
      environment_of(shop.project, shop.project.apps.back(), Color::blue, "r1");
  for (const auto& step : shop.deploy()) {
    EXPECT_EQ(describe(step).app, "web");
    EXPECT_FALSE(std::holds_alternative<StartInfrastructure>(step));
  }
}

// ---- images ---------------------------------------------------------------------------------------------------

TEST(ReleasePlan, PullsMissingImagesOnceAndFirst) {
  Shop shop;
  shop.app() = app_of("web", {service_of("api"), service_of("web"), service_of("worker", 0)});
  shop.app().services[1].container.image = "new:2";
  shop.app().services[2].container.image = "new:2";
  shop.serves(Color::blue, "r1");
  const auto plan = shop.deploy();
  EXPECT_EQ(the<Pull>(plan).reference, "new:2");
  EXPECT_EQ(the<Pull>(plan).app, "web");
  EXPECT_EQ(position(plan, "pull"), 0);
}

TEST(ReleasePlan, PullsNothingForAReleaseThatKnowsItsImages) {
  Shop shop;
  const Release release{"r1", shop.app(), {{"web", "sha256:recorded"}}};
  const auto plan = plan_release(shop.project, release, shop.observed, managed, StopBefore::nothing);
  EXPECT_THAT(all_of<Pull>(*plan), IsEmpty());
  EXPECT_EQ(the<Start>(*plan).containers.front().image, "sha256:recorded");
}

// ---- what nginx is told ---------------------------------------------------------------------------------------

TEST(ReleasePlan, TheFirstReleaseReservesTheAddressesOfBothSides) {
  Shop shop;
  shop.app().services.front().replicas = 2;
  const auto site = the<Configure>(shop.deploy()).site;
  EXPECT_EQ(site.project, "shop");
  EXPECT_EQ(site.app, "web");
  EXPECT_EQ(site.routes, site_of(shop.project, shop.app()).routes);
  EXPECT_THAT(addresses(site.sides.blue), ElementsAre("10.208.0.2", "10.208.0.3"));
  EXPECT_THAT(addresses(site.sides.green), ElementsAre("10.208.0.4", "10.208.0.5"));
}

TEST(ReleasePlan, StartsEachContainerAtTheAddressThatNginxHasForIt) {
  Shop shop;
  shop.app().services.front().replicas = 2;
  shop.serves(Color::blue, "r1");
  const auto containers = the<Start>(shop.deploy()).containers;
  ASSERT_EQ(containers.size(), 2U);
  EXPECT_EQ(containers[0].networks.back(), (NetworkEndpoint{managed_name, {"web-GREEN"}, "10.208.0.4"}));
  EXPECT_EQ(containers[1].networks.back(), (NetworkEndpoint{managed_name, {"web-GREEN"}, "10.208.0.5"}));
}

TEST(ReleasePlan, ConfiguresNginxOnlyWhenTheTopologyChanged) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  shop.app().services.front().digest = "another";
  shop.app().services.front().container.environment["GREETING"] = "two";
  EXPECT_THAT(all_of<Configure>(shop.deploy()), IsEmpty());

  shop.app().services.front().replicas = 2;
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("start", "configure", "verify", "switch", "drain", "retire"));
  const auto site = the<Configure>(plan).site;
  EXPECT_THAT(addresses(site.sides.blue), ElementsAre("10.208.0.2"));
  EXPECT_THAT(addresses(site.sides.green), ElementsAre("10.208.0.3", "10.208.0.4"));
}

TEST(ReleasePlan, ConfiguresNginxForANewPort) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  shop.app().services.front().port = 8080;
  const auto site = the<Configure>(shop.deploy()).site;
  EXPECT_EQ(site.sides.green.at("web").front(), (Endpoint{"10.208.0.3", 8080}));
  EXPECT_EQ(site.sides.blue.at("web").front(), (Endpoint{"10.208.0.2", 9000}));
}

TEST(ReleasePlan, MendsAConfigurationThatWasEditedBeforeAnythingElse) {
  Shop shop;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  const auto before = shop.seen().site->site;
  shop.seen().site->edited = true;
  shop.app().services.front().route = route_at("web", "/shop");
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("configure", "check", "hold", "clear", "start", "verify", "switch", "configure",
                                       "drain", "retire"));
  EXPECT_EQ(all_of<Configure>(plan).front().site, before);
}

TEST(ReleasePlan, NewRoutesAreTestedBeforeAnythingStartsAndServedAfterTheSwitch) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  shop.app().services.front().route = route_at("web", "/shop");
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("check", "start", "verify", "switch", "configure", "drain", "retire"));
  EXPECT_THAT(the<Check>(plan).site.routes, ElementsAre(route_at("web", "/shop")));
  EXPECT_EQ(the<Configure>(plan).site, the<Check>(plan).site);
}

TEST(ReleasePlan, NothingPublicChangesBeforeTheSwitch) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  const auto before = shop.seen().site->site;
  shop.app().services.front().route = route_at("web", "/shop");
  shop.app().services.front().replicas = 2;
  shop.app().policy.switch_mode = SwitchMode::reload;
  for (const auto& step : shop.deploy()) {
    if (std::holds_alternative<Switch>(step)) break;
    EXPECT_FALSE(std::holds_alternative<Drain>(step) || std::holds_alternative<RetireOld>(step));
    if (const auto* configure = std::get_if<Configure>(&step)) {
      EXPECT_EQ(configure->site.routes, before.routes);
      EXPECT_EQ(configure->site.mode, before.mode);
      EXPECT_EQ(configure->site.reload_active, before.reload_active);
      EXPECT_EQ(configure->site.sides.blue, before.sides.blue);
    }
  }
}

TEST(ReleasePlan, SwitchesInTheOldModeAndThenServesInTheNewOne) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  shop.app().policy.switch_mode = SwitchMode::reload;
  const auto plan = shop.deploy();
  EXPECT_EQ(the<Switch>(plan).site.mode, SwitchMode::marker);
  EXPECT_EQ(the<Configure>(plan).site.mode, SwitchMode::reload);
  EXPECT_EQ(the<Configure>(plan).site.reload_active, Color::green);
  EXPECT_EQ(the<Drain>(plan).mode, SwitchMode::marker);
}

TEST(ReleasePlan, FromReloadModeToTheMarkerTheConfigurationNoLongerNamesASide) {
  Shop shop;
  shop.app().policy.switch_mode = SwitchMode::reload;
  shop.serves(Color::green, "r1");
  shop.app().policy.switch_mode = SwitchMode::marker;
  const auto plan = shop.deploy();
  EXPECT_EQ(the<Switch>(plan).site.mode, SwitchMode::reload);
  EXPECT_EQ(the<Configure>(plan).site.mode, SwitchMode::marker);
  EXPECT_EQ(the<Configure>(plan).site.reload_active, Color::blue);
  EXPECT_EQ(the<Drain>(plan).mode, SwitchMode::reload);
}

TEST(ReleasePlan, InReloadModeTheSwitchIsTheOnlyChangeOfTheConfiguration) {
  Shop shop;
  shop.app().policy.switch_mode = SwitchMode::reload;
  shop.serves(Color::blue, "r1");
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("start", "verify", "switch", "drain", "retire"));
  EXPECT_EQ(the<Switch>(plan).site.reload_active, Color::blue);
  EXPECT_EQ(the<Drain>(plan).mode, SwitchMode::reload);
}

TEST(ReleasePlan, NoAddressIsGivenTwice) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  auto blog = app_of("blog", {service_of("blog")});
  ObservedApp seen;
  seen.site.emplace();
  seen.site->site.sides.green["blog"] = {{"10.208.0.4", 80}};
  seen.environments.blue.containers = environment_of(shop.project, blog, Color::blue, "r1");
  seen.environments.blue.containers.front().addresses = {{managed_name, "10.208.0.5"}, {"shop_default", "10.208.0.6"}};
  shop.observed.apps["blog"] = seen;
  shop.app().services.front().replicas = 3;
  EXPECT_THAT(addresses(the<Configure>(shop.deploy()).site.sides.green),
              ElementsAre("10.208.0.3", "10.208.0.6", "10.208.0.7"));
}

TEST(ReleasePlan, NeedsNoMoreAddressesThanItsTwoSidesHave) {
  Shop shop;
  const auto smallest = *parse_subnet("10.208.0.0/29");  // ours: .2 and .3
  const auto deploy = [&] {
    return plan_release(shop.project, shop.release(), shop.observed, smallest, StopBefore::nothing);
  };
  EXPECT_TRUE(deploy());
  shop.serves(Color::blue, "r1");
  EXPECT_TRUE(deploy());
  shop.app().services.front().replicas = 2;
  const auto too_many = deploy();
  ASSERT_FALSE(too_many);
  EXPECT_THAT(too_many.error().message, HasSubstr("10.208.0.0/29 has no free address for web"));
}

TEST(ReleasePlan, RefusesAReleaseWhoseNetworkIsGone) {
  Shop shop;
  shop.app().services.front().networks.push_back({"backend", {}, ""});
  const auto plan = shop.try_deploy();
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "release r9 of web uses the network backend, which the project no longer has");
}

// ---- what becomes of the old environment ----------------------------------------------------------------------

TEST(ReleasePlan, DrainsWhatNginxSendsTheOldEnvironment) {
  Shop shop;
  shop.app() = app_of("web", {service_of("web"), service_of("worker", 0)});
  shop.app().policy.drain_timeout = Milliseconds(7000);
  shop.serves(Color::green, "r1");
  const auto drain = the<Drain>(shop.deploy());
  EXPECT_THAT(drain.endpoints, ElementsAre(Endpoint{"10.208.0.4", 9000}));  // not the worker: it has no port
  EXPECT_EQ(drain.timeout, Milliseconds(7000));
}

TEST(ReleasePlan, DrainsAnEnvironmentThatIsOnlyHalfUp) {
  Shop shop;
  shop.app().services.front().replicas = 2;
  shop.serves(Color::blue, "r1");
  shop.seen().environments.blue.containers.front().state = RunState::exited;
  EXPECT_EQ(the<Drain>(shop.deploy()).endpoints.size(), 2U);
}

TEST(ReleasePlan, RetireRemoveRemovesTheOldEnvironmentUpOrNot) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  EXPECT_EQ(the<RetireOld>(shop.deploy()).how, Retire::remove);
  shop.holds(Color::blue, "r1", RunState::exited);
  EXPECT_THAT(kinds(shop.deploy()), ElementsAre("start", "verify", "switch", "retire"));
}

TEST(ReleasePlan, RetireStopStopsWhatRuns) {
  Shop shop;
  shop.app().policy.retire = Retire::stop;
  shop.serves(Color::blue, "r1");
  EXPECT_EQ(the<RetireOld>(shop.deploy()).how, Retire::stop);
  EXPECT_EQ(all_of<Drain>(shop.deploy()).size(), 1U);
  shop.holds(Color::blue, "r1", RunState::exited);
  EXPECT_THAT(kinds(shop.deploy()), ElementsAre("start", "verify", "switch"));
}

TEST(ReleasePlan, RetireStopRemovesAnEnvironmentWithAContainerThatNeverRan) {
  Shop shop;
  shop.app().policy.retire = Retire::stop;
  shop.serves(Color::blue, "r1");
  shop.holds(Color::blue, "r1", RunState::created);
  EXPECT_EQ(the<RetireOld>(shop.deploy()).how, Retire::remove);
}

TEST(ReleasePlan, RetireKeepStopsNothing) {
  Shop shop;
  shop.app().policy.retire = Retire::keep;
  shop.serves(Color::blue, "r1");
  EXPECT_THAT(kinds(shop.deploy()), ElementsAre("start", "verify", "switch"));
}

TEST(ReleasePlan, HoldsNginxWhereItIsBeforeItClearsWhatRunsOnTheOtherSide) {
  Shop shop;
  shop.serves(Color::green, "r2").holds(Color::blue, "r1");
  EXPECT_EQ(the<Hold>(shop.deploy()).to, Color::green);
  shop.holds(Color::blue, "r1", RunState::exited);
  EXPECT_THAT(all_of<Hold>(shop.deploy()), IsEmpty());
}

TEST(ReleasePlan, WhatWasKeptGivesWayToTheNextRelease) {
  Shop shop;
  shop.app().policy.retire = Retire::keep;
  shop.app().policy.drain_timeout = Milliseconds(7000);
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  const auto plan = shop.deploy();
  EXPECT_THAT(kinds(plan), ElementsAre("hold", "clear", "start", "verify", "switch"));
  EXPECT_THAT(the<Clear>(plan).endpoints, ElementsAre(Endpoint{"10.208.0.3", 9000}));
  EXPECT_EQ(the<Clear>(plan).drain_timeout, Milliseconds(7000));
  EXPECT_EQ(the<Clear>(plan).mode, SwitchMode::marker);
}

TEST(ReleasePlan, DrainsInTheModeThatNginxIsStillIn) {
  Shop shop;
  shop.app().policy.switch_mode = SwitchMode::reload;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  shop.app().policy.switch_mode = SwitchMode::marker;
  EXPECT_EQ(the<Clear>(shop.deploy()).mode, SwitchMode::reload);
  EXPECT_EQ(the<Drain>(shop.deploy()).mode, SwitchMode::reload);
}

}  // namespace
}  // namespace bluegreen
