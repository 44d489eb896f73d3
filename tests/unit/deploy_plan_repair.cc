// SPDX-License-Identifier: MIT
// What `repair` does about each thing that does not fit, and that it does nothing else.
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string only_name(const Start& start) { return start.existing.at(0).name; }

TEST(RepairPlan, IsEmptyWhereEverythingFits) {
  Shop shop;
  EXPECT_THAT(shop.serves(Color::blue, "r1").repair(), IsEmpty());
  EXPECT_THAT(shop.serves(Color::green, "r1").holds(Color::blue, "r2").repair(), IsEmpty());
}

TEST(RepairPlan, WritesAFileAnewThatWasEdited) {
  Shop shop;
  shop.serves(Color::blue, "r1").seen().site->edited = true;
  EXPECT_EQ(the<Configure>(shop.repair()).site, shop.seen().site->site);
}

TEST(RepairPlan, WritesAFileThatIsGoneForTheEnvironmentThatRuns) {
  Shop shop;
  shop.holds(Color::green, "r1");
  const auto plan = shop.repair();
  EXPECT_THAT(kinds(plan), ElementsAre("hold", "configure"));
  EXPECT_EQ(the<Hold>(plan).to, Color::green);
  EXPECT_THAT(addresses(the<Configure>(plan).site.sides.green), ElementsAre("10.208.0.3"));
}

TEST(RepairPlan, StartsWhatWasStopped) {
  Shop shop;
  shop.app().services.front().replicas = 2;
  shop.serves(Color::blue, "r1").seen().environments.blue.containers.back().state = RunState::exited;
  const auto plan = shop.repair();
  EXPECT_THAT(kinds(plan), ElementsAre("start", "verify"));
  EXPECT_EQ(only_name(the<Start>(plan)), "web-BLUE-2");
  EXPECT_THAT(the<Start>(plan).containers, IsEmpty());
  EXPECT_EQ(the<Verify>(plan).proof, Proof::of_the_containers);
}

TEST(RepairPlan, MakesWhatWasRemovedAgainAtItsOldAddress) {
  Shop shop;
  shop.app().services.front().replicas = 2;
  shop.serves(Color::blue, "r1").seen().environments.blue.containers.pop_back();
  const auto start = the<Start>(shop.repair());
  EXPECT_THAT(names(start.containers), ElementsAre("web-BLUE-2"));
  EXPECT_EQ(start.release, "r1");
  EXPECT_EQ(std::ranges::count(start.containers.front().networks, "10.208.0.3", &NetworkEndpoint::ipv4_address), 1);
}

TEST(RepairPlan, GoesToTheOtherEnvironmentWhereOnlyThatOneRuns) {
  Shop shop;
  shop.serves(Color::blue, "r1").holds(Color::green, "r2").seen().environments.blue.containers.clear();
  const auto plan = shop.repair("r2");
  EXPECT_THAT(kinds(plan), ElementsAre("verify", "switch"));
  EXPECT_EQ(the<Switch>(plan).to, Color::green);
  EXPECT_EQ(the<Verify>(plan).proof, Proof::through_nginx);
}

TEST(RepairPlan, ConnectsContainersToTheManagedNetworkAtTheirAddresses) {
  Shop shop;
  shop.serves(Color::blue, "r1").seen().environments.blue.containers.front().addresses.clear();
  const auto attach = the<Attach>(shop.repair());
  EXPECT_EQ(attach.network, managed_name);
  EXPECT_EQ(attach.containers.front().second, "10.208.0.2");
}

TEST(RepairPlan, ClearsWhatAnInterruptedRunHasLeft) {
  Shop shop;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  EXPECT_THAT(kinds(shop.repair("r2")), ElementsAre("hold", "drain", "retire"));
  shop.holds(Color::green, "r3", RunState::created);
  EXPECT_THAT(kinds(shop.repair("r2")), ElementsAre("clear"));
  shop.app().policy.retire = Retire::keep;
  EXPECT_THAT(shop.repair("r2"), IsEmpty());
}

TEST(RepairPlan, SaysWhenOnlyADeployCanHelp) {
  Shop shop;
  shop.holds(Color::blue, "r1", RunState::exited);
  const auto plan = plan_repair(shop.project, shop.release(), shop.observed, managed);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().hint, HasSubstr("bluegreen deploy web"));
}

TEST(ManagedSubnet, IsTheOneThatTheAddressesInNginxsFilesLieIn) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  std::erase_if(shop.observed.networks, [](const auto& network) { return network.name == managed_name; });
  shop.seen().site->site.sides.blue["web"].front().address = "10.211.16.2";
  EXPECT_EQ(render_subnet(*managed_subnet(shop.project, shop.observed, {})), "10.211.16.0/20");
  EXPECT_EQ(render_subnet(*managed_subnet(shop.project, shop.observed, {"10.211.16.0/24"})), "10.208.0.0/20");
}

}  // namespace
}  // namespace bluegreen
