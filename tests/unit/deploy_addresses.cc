// SPDX-License-Identifier: MIT
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

Subnet subnet(const char* text) { return parse_subnet(text).value(); }

TEST(Addresses, AreReadAndWritten) {
  EXPECT_EQ(parse_address("10.208.0.2"), 0x0ad00002U);
  EXPECT_EQ(parse_address("255.255.255.255"), 0xffffffffU);
  EXPECT_EQ(render_address(0x0ad00002U), "10.208.0.2");
  EXPECT_EQ(render_address(0), "0.0.0.0");
}

TEST(Addresses, AreFourNumbersAndNothingElse) {
  for (const auto* text : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2..4", "1.2.3.", "a.b.c.d", "1.2.3.4 ", "-1.2.3.4",
                           "::1", "1.2.3.4/8"}) {
    EXPECT_EQ(parse_address(text), std::nullopt) << text;
  }
}

TEST(Subnets, AreReadAndWritten) {
  EXPECT_EQ(parse_subnet("10.208.0.0/20"), (Subnet{0x0ad00000U, 20}));
  EXPECT_EQ(parse_subnet("10.1.2.3/32"), (Subnet{0x0a010203U, 32}));
  EXPECT_EQ(render_subnet(subnet("128.0.0.0/1")), "128.0.0.0/1");
  EXPECT_EQ(subnet("10.208.0.0/20").size(), 4096U);
}

TEST(Subnets, HaveNoHostBitsAndAPrefixOfOneToThirtyTwo) {
  for (const auto* text : {"10.208.0.0", "10.208.0.1/20", "0.0.0.0/0", "10.0.0.0/33", "10.0.0.0/", "fd00::/64", "/8"}) {
    EXPECT_EQ(parse_subnet(text), std::nullopt) << text;
  }
}

TEST(Subnets, ContainTheirFirstAndLastAddress) {
  const auto range = subnet("10.208.16.0/20");
  EXPECT_TRUE(range.contains(*parse_address("10.208.16.0")));
  EXPECT_TRUE(range.contains(*parse_address("10.208.31.255")));
  EXPECT_FALSE(range.contains(*parse_address("10.208.15.255")));
  EXPECT_FALSE(range.contains(*parse_address("10.208.32.0")));
}

TEST(Subnets, OverlapWhenOneIsInsideTheOther) {
  EXPECT_TRUE(subnet("10.0.0.0/8").overlaps(subnet("10.208.0.0/20")));
  EXPECT_TRUE(subnet("10.208.0.0/20").overlaps(subnet("10.0.0.0/8")));
  EXPECT_TRUE(subnet("10.208.0.0/20").overlaps(subnet("10.208.0.0/20")));
  EXPECT_FALSE(subnet("10.208.0.0/20").overlaps(subnet("10.208.16.0/20")));
}

TEST(Subnets, LeaveTheEngineTheirUpperHalf) {
  EXPECT_EQ(render_subnet(engine_half(subnet("10.208.0.0/20"))), "10.208.8.0/21");
}

TEST(ChosenSubnet, IsTheFirstThatMeetsNothingInUse) {
  EXPECT_EQ(render_subnet(*choose_subnet({})), "10.208.0.0/20");
  EXPECT_EQ(render_subnet(*choose_subnet({subnet("10.208.0.0/20"), subnet("10.208.17.0/24")})), "10.208.32.0/20");
  EXPECT_EQ(render_subnet(*choose_subnet({subnet("10.208.0.0/13"), subnet("172.17.0.0/16")})), "10.216.0.0/20");
}

TEST(ChosenSubnet, MayBeTheLastOne) {
  std::vector<Subnet> in_use;
  for (Subnet each = subnet("10.208.0.0/20"); render_subnet(each) != "10.223.240.0/20"; each.base += each.size()) {
    in_use.push_back(each);
  }
  EXPECT_EQ(render_subnet(*choose_subnet(in_use)), "10.223.240.0/20");
  in_use.push_back(subnet("10.223.255.255/32"));
  EXPECT_EQ(choose_subnet(in_use), std::nullopt);
}

// ---- slots ----------------------------------------------------------------------------------------------------

App shop_app(int api_replicas, int web_replicas) {
  auto app = app_of("shop", {service_of("api", 8000), service_of("web", 3000)});
  app.services[0].replicas = api_replicas;
  app.services[1].replicas = web_replicas;
  return app;
}

TEST(Slots, GetTheLowestAddressesAfterTheGatewayInOrder) {
  const auto side = assign_addresses(shop_app(2, 1), managed, {}, {});
  EXPECT_THAT(side->at("api"), ElementsAre(Endpoint{"10.208.0.2", 8000}, Endpoint{"10.208.0.3", 8000}));
  EXPECT_THAT(side->at("web"), ElementsAre(Endpoint{"10.208.0.4", 3000}));
}

TEST(Slots, OfAWorkerHaveAnAddressAndNoPort) {
  const auto side = assign_addresses(app_of("w", {service_of("worker", 0)}), managed, {}, {});
  EXPECT_THAT(side->at("worker"), ElementsAre(Endpoint{"10.208.0.2", 0}));
}

TEST(Slots, NeverGetATakenAddress) {
  const auto side = assign_addresses(shop_app(1, 1), managed, {}, {"10.208.0.2", "10.208.0.4"});
  EXPECT_THAT(addresses(*side), ElementsAre("10.208.0.3", "10.208.0.5"));
}

TEST(Slots, KeepTheAddressesTheyHad) {
  const Side previous{{"api", {{"10.208.0.9", 1}}}, {"web", {{"10.208.0.2", 1}}}};
  const auto side = assign_addresses(shop_app(2, 1), managed, previous, {});
  EXPECT_THAT(side->at("api"), ElementsAre(Endpoint{"10.208.0.9", 8000}, Endpoint{"10.208.0.3", 8000}));
  EXPECT_THAT(side->at("web"), ElementsAre(Endpoint{"10.208.0.2", 3000}));
}

TEST(Slots, GiveUpAnAddressThatSomebodyElseHasOrThatIsNotOurs) {
  for (const auto* unusable : {"10.208.0.7", "10.208.8.7", "10.9.0.2", "", "web"}) {
    const auto side = assign_addresses(shop_app(1, 1), managed, {{"api", {{unusable, 8000}}}}, {"10.208.0.7"});
    EXPECT_THAT(addresses(*side), ElementsAre("10.208.0.2", "10.208.0.3")) << unusable;
  }
}

TEST(Slots, NeverShareAnAddress) {
  const Side previous{{"api", {{"10.208.0.5", 1}}}, {"web", {{"10.208.0.5", 1}}}};
  const auto side = assign_addresses(shop_app(1, 1), managed, previous, {});
  EXPECT_THAT(addresses(*side), ElementsAre("10.208.0.5", "10.208.0.2"));
}

TEST(Slots, FillTheLowerHalfAndNoMore) {
  const auto small = subnet("10.208.0.0/28");  // .2 to .7 are ours
  EXPECT_EQ(addresses(*assign_addresses(shop_app(3, 3), small, {}, {})).back(), "10.208.0.7");
  const auto side = assign_addresses(shop_app(3, 4), small, {}, {});
  ASSERT_FALSE(side);
  EXPECT_EQ(side.error().message, "the managed network 10.208.0.0/28 has no free address for web");
  EXPECT_THAT(side.error().hint, HasSubstr("x-bluegreen.subnet"));
}

}  // namespace
}  // namespace bluegreen
