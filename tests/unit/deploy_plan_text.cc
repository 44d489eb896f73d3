// SPDX-License-Identifier: MIT
// The plan as people read it: `bluegreen plan` prints these lines.
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::ElementsAre;

std::vector<std::string> texts(const Plan& plan) {
  std::vector<std::string> lines;
  for (const auto& step : plan) lines.push_back(describe(step).text);
  return lines;
}

TEST(PlanText, OfAFirstReleaseOnAnEmptyMachine) {
  Shop shop;
  shop.observed = observe_containers({}, shop.project);
  shop.images.clear();
  EXPECT_THAT(texts(shop.up()),
              ElementsAre("make network shop_default", "make network shop_bluegreen 10.208.0.0/20",
                          "make volume shop_data", "pull db:1", "start shop-db-1 (db:1)", "pull nginx:1",
                          "start shop-nginx-1 (nginx:1)", "connect nginx to shop_bluegreen"));
  EXPECT_THAT(texts(shop.deploy()), ElementsAre("pull web:1", "hold nginx at web-GREEN", "start web-BLUE (web:1)",
                                                "tell nginx about web: test, move into place, reload",
                                                "verify web-BLUE", "switch web to BLUE"));
}

TEST(PlanText, OfAReleaseWithEverything) {
  Shop shop;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1");
  shop.app().services.front().route->path = "/shop";
  EXPECT_THAT(
      texts(shop.deploy()),
      ElementsAre("let nginx test the new routes of web", "hold nginx at web-BLUE", "remove web-GREEN",
                  "start web-GREEN (web:1)", "verify web-GREEN", "switch web to GREEN",
                  "tell nginx about web: test, move into place, reload", "drain web-BLUE", "stop and remove web-BLUE"));
}

TEST(PlanText, OfAReturnToAStoppedEnvironmentOfSeveralContainers) {
  Shop shop;
  shop.app().services.front().replicas = 2;
  shop.app().policy.retire = Retire::stop;
  shop.serves(Color::blue, "r2").holds(Color::green, "r1", RunState::exited);
  EXPECT_THAT(texts(shop.go_back()), ElementsAre("start web-GREEN: 2 web", "verify web-GREEN", "switch web to GREEN",
                                                 "drain web-BLUE", "stop web-BLUE (2 containers)"));
}

TEST(PlanText, SaysWhatIsWaitedFor) {
  Shop shop;
  shop.observed.infrastructure.erase("db");
  shop.images["db:1"] = "sha256:db";
  auto& condition = shop.app().services.front().depends_on.emplace_back(Dependency{"db"}).condition;
  condition = Dependency::Condition::healthy;
  EXPECT_THAT(texts(shop.up()), ElementsAre("start shop-db-1 (db:1), wait until healthy"));
  condition = Dependency::Condition::completed;
  EXPECT_THAT(texts(shop.up()), ElementsAre("start shop-db-1 (db:1), wait until it has ended"));
}

}  // namespace
}  // namespace bluegreen
