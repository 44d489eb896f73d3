// SPDX-License-Identifier: MIT
// What `status` warns of, and the command that mends it.
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

auto drift(const std::string& what, const std::string& remedy) {
  return AllOf(Field(&Drift::what, what), Field(&Drift::remedy, HasSubstr(remedy)));
}

struct DriftOfTheShop : testing::Test {
  DriftOfTheShop() { shop.serves(Color::blue, "r2"); }
  std::vector<Drift> found(std::optional<Retire> retire = std::nullopt) {
    return find_drift(shop.observed.app("web"), shop.observed, managed_name, retire);
  }
  Container& blue() { return shop.seen().environments.blue.containers.front(); }
  Shop shop;
};

TEST_F(DriftOfTheShop, IsNoneWhereEverythingFits) { EXPECT_THAT(found(Retire::remove), IsEmpty()); }

TEST_F(DriftOfTheShop, IsNoneBeforeTheFirstRelease) {
  shop.observed = observe_containers({}, shop.project);
  EXPECT_THAT(found(Retire::remove), IsEmpty());
}

TEST_F(DriftOfTheShop, NginxIsMissingDownOrElsewhere) {
  shop.observed.proxy->addresses.clear();
  EXPECT_THAT(found(), ElementsAre(drift("nginx is not on the network shop_bluegreen", "bluegreen repair web")));
  shop.observed.proxy->state = RunState::exited;
  EXPECT_THAT(found(), ElementsAre(drift("nginx (shop-nginx-1) does not run", "bluegreen repair web")));
  shop.observed.proxy.reset();
  EXPECT_THAT(found(), ElementsAre(drift("there is no nginx container", "bluegreen repair web")));
}

TEST_F(DriftOfTheShop, IsNoneOfNginxAsAServiceOfThisMachine) {
  shop.observed.proxy.reset();
  shop.observed.nginx_on_host = true;
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(DriftOfTheShop, TheManagedNetworkIsMissing) {
  shop.observed.networks.pop_back();
  EXPECT_THAT(found(), ElementsAre(drift("the network shop_bluegreen is missing", "bluegreen repair web")));
}

TEST_F(DriftOfTheShop, TheConfigurationIsMissingOrEdited) {
  shop.seen().site->edited = true;
  EXPECT_THAT(found(), ElementsAre(drift("the configuration of web was edited by hand", "bluegreen repair web")));
  shop.seen().site.reset();
  EXPECT_THAT(found(), ElementsAre(drift("nginx has no configuration for web", "bluegreen repair web")));
}

TEST_F(DriftOfTheShop, AContainerWasTakenOffTheNetwork) {
  blue().addresses.clear();
  EXPECT_THAT(found(), ElementsAre(drift("web-BLUE is not on the network shop_bluegreen", "bluegreen repair web")));
}

TEST_F(DriftOfTheShop, RequestsGoWhereNothingRuns) {
  shop.holds(Color::blue, "r2", RunState::exited);
  EXPECT_THAT(found(),
              ElementsAre(drift("nginx sends requests to web-BLUE, which does not run", "bluegreen repair web")));
  shop.seen().environments.blue = {};
  EXPECT_THAT(found(),
              ElementsAre(drift("nginx sends requests to web-BLUE, where nothing stands", "bluegreen repair web")));
  shop.holds(Color::green, "r1");
  EXPECT_THAT(found(), ElementsAre(drift("nginx sends requests to web-BLUE, where nothing stands",
                                         "bluegreen switch web GREEN")));
}

TEST_F(DriftOfTheShop, AContainerIsUnhealthyOrElsewhere) {
  blue().health = HealthState::unhealthy;
  EXPECT_THAT(found(), ElementsAre(drift("web-BLUE is unhealthy", "bluegreen rollback web")));
  blue().health = HealthState::healthy;
  blue().addresses[managed_name] = "10.208.0.77";
  EXPECT_THAT(found(),
              ElementsAre(drift("web-BLUE is not at the address that nginx has for it", "bluegreen deploy web")));
}

TEST_F(DriftOfTheShop, AReplicaIsDownMissingOrOfAnotherRelease) {
  shop.app().services.front().replicas = 2;
  shop.serves(Color::blue, "r2");
  auto& containers = shop.seen().environments.blue.containers;
  containers.back().labels[label::release] = "r1";
  EXPECT_THAT(found(), ElementsAre(drift("web-BLUE holds containers of different releases", "bluegreen deploy web")));
  shop.holds(Color::blue, "r2");
  containers.back().state = RunState::exited;
  EXPECT_THAT(found(), ElementsAre(drift("web-BLUE-2 does not run", "bluegreen repair web")));
  containers.pop_back();
  EXPECT_THAT(found(), ElementsAre(drift("only 1 of 2 containers of web are there", "bluegreen repair web")));
}

TEST_F(DriftOfTheShop, AnOlderReleaseWasLeftInTheIdleEnvironment) {
  shop.holds(Color::green, "r1");
  EXPECT_THAT(found(Retire::remove),
              ElementsAre(drift("web-GREEN still holds an older release, although it is to be retired",
                                "bluegreen repair web")));
  EXPECT_THAT(found(Retire::keep), IsEmpty());
  EXPECT_THAT(found(std::nullopt), IsEmpty());
}

TEST_F(DriftOfTheShop, AnInterruptedRunLeftHalfARelease) {
  shop.holds(Color::green, "r3", RunState::created);
  EXPECT_THAT(
      found(Retire::remove),
      ElementsAre(drift("web-GREEN holds a release that an interrupted run has left half", "bluegreen repair web")));
}

TEST_F(DriftOfTheShop, ANewerReleaseInTheIdleEnvironmentWaitsForItsSwitch) {
  shop.holds(Color::green, "r3");
  EXPECT_THAT(found(Retire::remove), IsEmpty());
}

}  // namespace
}  // namespace bluegreen
