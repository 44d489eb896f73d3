// SPDX-License-Identifier: MIT
// Infrastructure: started where it is missing, and otherwise never touched.
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(UpPlan, IsEmptyWhereEverythingStands) {
  Shop shop;
  EXPECT_THAT(kinds(shop.up()), IsEmpty());
}

TEST(UpPlan, MakesNetworksVolumesAndServicesInTheirOrder) {
  Shop shop;
  shop.observed = observe_containers({}, shop.project);
  const auto plan = shop.up();
  EXPECT_THAT(kinds(plan),
              ElementsAre("network", "network", "volume", "pull", "infrastructure", "pull", "infrastructure", "join"));
  const auto started = all_of<StartInfrastructure>(plan);
  EXPECT_EQ(started[0].container.name, "shop-db-1");
  EXPECT_EQ(started[1].container.name, "shop-nginx-1");
  EXPECT_EQ(started[0].existing, "");
  EXPECT_EQ(the<MakeVolume>(plan).volume.name, "shop_data");
  EXPECT_EQ(the<JoinProxy>(plan).network, managed_name);
}

TEST(UpPlan, TheManagedNetworkIsInternalAndLeavesTheEngineItsUpperHalf) {
  Shop shop;
  shop.observed.networks = {network_of("shop_default")};
  const auto network = the<MakeNetwork>(shop.up({"10.208.0.0/16"}));
  EXPECT_EQ(network.spec.network.name, managed_name);
  EXPECT_TRUE(network.spec.network.internal);
  EXPECT_EQ(network.spec.network.subnet, "10.209.0.0/20");
  EXPECT_EQ(network.spec.ip_range, "10.209.8.0/21");
  EXPECT_TRUE(network.managed);
  EXPECT_EQ(network.spec.labels.at(label::project), "shop");
}

TEST(UpPlan, ASubnetThatTheFileNamesIsNotChosenAgain) {
  Shop shop;
  shop.project.subnet = "10.9.0.0/24";
  shop.observed.networks = {network_of("shop_default")};
  const auto network = the<MakeNetwork>(shop.up());
  EXPECT_EQ(network.spec.network.subnet, "10.9.0.0/24");
  EXPECT_FALSE(network.managed);
}

TEST(UpPlan, AProjectWithoutAppsNeedsNeitherManagedNetworkNorNginx) {
  Shop shop;
  shop.project.apps.clear();
  shop.project.proxy.service.clear();
  shop.observed.networks = {network_of("shop_default")};
  shop.observed.proxy.reset();
  EXPECT_THAT(kinds(shop.up()), IsEmpty());
}

TEST(UpPlan, AnExternalNetworkOrVolumeMustExist) {
  Shop shop;
  shop.project.networks["default"].external = true;
  shop.project.volumes["data"].external = true;
  EXPECT_THAT(kinds(shop.up()), IsEmpty());

  shop.observed.volumes.clear();
  auto plan = plan_up(shop.project, shop.observed, {}, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "volume shop_data is external and does not exist");

  shop.observed.networks.erase(shop.observed.networks.begin());
  plan = plan_up(shop.project, shop.observed, {}, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "network shop_default is external and does not exist");
}

TEST(UpPlan, StartsAStoppedServiceAgainAsItIs) {
  Shop shop;
  shop.observed.infrastructure["db"].state = RunState::exited;
  const auto plan = shop.up();
  EXPECT_THAT(kinds(plan), ElementsAre("infrastructure"));
  EXPECT_EQ(the<StartInfrastructure>(plan).existing, "id-of-db");
}

TEST(UpPlan, DoesNotDisturbAServiceThatRestarts) {
  Shop shop;
  shop.observed.infrastructure["db"].state = RunState::restarting;
  EXPECT_THAT(kinds(shop.up()), IsEmpty());
}

TEST(UpPlan, WaitsForTheMostThatDependantsAskOfAService) {
  Shop shop;
  shop.observed.infrastructure.erase("db");
  EXPECT_EQ(the<StartInfrastructure>(shop.up()).until, Dependency::Condition::started);
  shop.project.infrastructure[1].depends_on = {{"db", Dependency::Condition::started}};
  shop.app().services.front().depends_on = {{"db", Dependency::Condition::healthy}};
  EXPECT_EQ(the<StartInfrastructure>(shop.up()).until, Dependency::Condition::healthy);
  std::swap(shop.project.infrastructure[1].depends_on, shop.app().services.front().depends_on);
  EXPECT_EQ(the<StartInfrastructure>(shop.up()).until, Dependency::Condition::healthy);
}

TEST(UpPlan, AJobThatEndedIsNotRunAgain) {
  Shop shop;
  shop.app().services.front().depends_on = {{"db", Dependency::Condition::completed}};
  shop.observed.infrastructure["db"].state = RunState::exited;
  EXPECT_THAT(kinds(shop.up()), IsEmpty());
  shop.observed.infrastructure.erase("db");
  EXPECT_EQ(the<StartInfrastructure>(shop.up()).until, Dependency::Condition::completed);
}

TEST(UpPlan, PullsOnlyWhatIsMissing) {
  Shop shop;
  shop.observed.infrastructure.clear();
  shop.images["db:1"] = "sha256:db";
  EXPECT_EQ(the<Pull>(shop.up()).reference, "nginx:1");
}

TEST(UpPlan, JoinsAnNginxThatIsNotOnTheManagedNetwork) {
  Shop shop;
  shop.observed.proxy->addresses = {{"shop_default", "172.18.0.2"}};
  EXPECT_THAT(kinds(shop.up()), ElementsAre("join"));
}

// ---- the default nginx ----------------------------------------------------------------------------------------

struct DefaultProxy : testing::Test {
  DefaultProxy() {
    shop.project.infrastructure.pop_back();
    shop.project.proxy = {};
    shop.observed.infrastructure.erase("nginx");
    shop.observed.proxy.reset();
  }
  Shop shop;
};

TEST_F(DefaultProxy, IsMadeWithItsNetworkAndVolumeWhereNoServiceIsMarked) {
  const auto plan = shop.up();
  EXPECT_THAT(kinds(plan), ElementsAre("network", "volume", "pull", "infrastructure", "join"));
  EXPECT_EQ(the<MakeNetwork>(plan).spec.network.name, default_proxy_network);
  EXPECT_FALSE(the<MakeNetwork>(plan).spec.network.internal);
  EXPECT_EQ(the<MakeNetwork>(plan).spec.labels.at(label::role), "proxy");
  EXPECT_EQ(the<MakeVolume>(plan).volume.name, default_proxy_volume);
  EXPECT_EQ(the<Pull>(plan).reference, "nginx");
  EXPECT_EQ(the<StartInfrastructure>(plan).container.name, default_proxy_name);
}

TEST_F(DefaultProxy, ReusesItsNetworkVolumeAndImage) {
  shop.observed.networks.push_back(network_of(default_proxy_network));
  shop.observed.volumes.insert(default_proxy_volume);
  shop.images["nginx"] = "sha256:nginx";
  EXPECT_THAT(kinds(shop.up()), ElementsAre("infrastructure", "join"));
}

TEST_F(DefaultProxy, IsSharedByProjects) {
  auto nginx = infrastructure_of(shop.project, "nginx");
  nginx.addresses = {{"blog_bluegreen", "10.208.16.2"}};
  shop.observed.proxy = nginx;
  EXPECT_THAT(kinds(shop.up()), ElementsAre("join"));
}

TEST_F(DefaultProxy, IsStartedAgainWhereItWasStopped) {
  shop.observed.proxy = infrastructure_of(shop.project, "nginx", RunState::exited);
  shop.observed.proxy->addresses[managed_name] = "";
  const auto plan = shop.up();
  EXPECT_THAT(kinds(plan), ElementsAre("infrastructure"));
  EXPECT_EQ(the<StartInfrastructure>(plan).existing, "id-of-nginx");
}

TEST_F(DefaultProxy, IsNotStartedWhereNginxIsAServiceOfThisMachine) {
  shop.project.proxy.host.emplace();
  shop.observed.nginx_on_host = true;
  EXPECT_THAT(kinds(shop.up()), IsEmpty());
}

// ---- the managed subnet ---------------------------------------------------------------------------------------

TEST(ManagedSubnet, IsThatOfTheNetworkWhereItExists) {
  Shop shop;
  shop.project.subnet = "10.9.0.0/24";
  EXPECT_EQ(*managed_subnet(shop.project, shop.observed, {render_subnet(managed)}), managed);
}

TEST(ManagedSubnet, AvoidsEveryNetworkAndEveryRouteOfTheMachine) {
  Shop shop;
  shop.observed.networks = {network_of("a", {"fd00::/64", "10.208.0.0/20"}), network_of("b", {"10.208.16.5/20"})};
  EXPECT_EQ(render_subnet(*managed_subnet(shop.project, shop.observed, {"10.208.16.0/24"})), "10.208.32.0/20");
}

TEST(ManagedSubnet, RefusesANetworkOfItsNameThatItCannotUse) {
  for (const auto* subnet : {"fd00::/64", "10.208.0.0/30"}) {
    Shop shop;
    shop.observed.networks = {network_of(managed_name, {subnet})};
    const auto chosen = managed_subnet(shop.project, shop.observed, {});
    ASSERT_FALSE(chosen) << subnet;
    EXPECT_THAT(chosen.error().message, HasSubstr("no usable IPv4 subnet"));
  }
  Shop shop;
  shop.observed.networks = {network_of(managed_name)};
  EXPECT_FALSE(managed_subnet(shop.project, shop.observed, {}));
}

TEST(ManagedSubnet, SaysWhenNoneIsFree) {
  Shop shop;
  shop.observed.networks.clear();
  const auto chosen = managed_subnet(shop.project, shop.observed, {"10.0.0.0/8"});
  ASSERT_FALSE(chosen);
  EXPECT_THAT(chosen.error().hint, HasSubstr("x-bluegreen.subnet"));
}

}  // namespace
}  // namespace bluegreen
