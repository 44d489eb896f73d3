// SPDX-License-Identifier: MIT
// From the engine's list and nginx's files to what stands and what is active.
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Colors, AreReadInUpperAndLowerCase) {
  EXPECT_EQ(parse_color("BLUE"), Color::blue);
  EXPECT_EQ(parse_color("green"), Color::green);
  EXPECT_EQ(parse_color("Green "), std::nullopt);
  EXPECT_EQ(parse_color(""), std::nullopt);
}

// ---- which environment is active ------------------------------------------------------------------------------

TEST(ActiveEnvironment, IsWhatNginxDoes) {
  for (const auto color : both_colors) {
    Shop shop;
    shop.serves(color, "r1").holds(other(color), "r2");
    EXPECT_EQ(shop.seen().active(), color);
    EXPECT_EQ(shop.seen().active_environment().release(), "r1");
  }
}

TEST(ActiveEnvironment, IsWhatNginxDoesEvenWhereNothingStands) {
  Shop shop;
  shop.serves(Color::blue, "r1").holds(Color::green, "r2");
  shop.seen().environments.blue = {};
  EXPECT_EQ(shop.seen().active(), Color::blue);
}

TEST(ActiveEnvironment, IsGreenBeforeTheFirstRelease) { EXPECT_EQ(Shop().seen().active(), Color::green); }

TEST(ActiveEnvironment, WithoutASiteIsWhatTheMarkerSays) {
  Shop shop;
  shop.holds(Color::blue, "r1");
  shop.seen().green_marker = true;
  EXPECT_EQ(shop.seen().active(), Color::green);
}

TEST(ActiveEnvironment, WithoutSiteAndMarkerIsABlueThatRuns) {
  Shop shop;
  shop.holds(Color::blue, "r1");
  EXPECT_EQ(shop.seen().active(), Color::blue);
  shop.holds(Color::blue, "r1", RunState::exited);
  EXPECT_EQ(shop.seen().active(), Color::green);
}

TEST(ObservedApp, ServesWhenNginxKnowsItAndSomethingRuns) {
  Shop shop;
  shop.holds(Color::blue, "r1");
  EXPECT_FALSE(shop.seen().serving());
  shop.serves(Color::blue, "r1");
  EXPECT_TRUE(shop.seen().serving());
  shop.holds(Color::blue, "r1", RunState::exited);
  EXPECT_FALSE(shop.seen().serving());
}

// ---- environments ---------------------------------------------------------------------------------------------

TEST(Environment, RunsWhollyInPartOrNotAtAll) {
  Shop shop;
  shop.app().services.front().replicas = 2;
  auto& environment = shop.holds(Color::blue, "r1").seen().environments.blue;
  EXPECT_TRUE(environment.all_running());
  environment.containers.front().state = RunState::restarting;
  EXPECT_TRUE(environment.any_running());
  EXPECT_FALSE(environment.all_running());
  environment.containers.back().state = RunState::paused;
  EXPECT_FALSE(environment.any_running());
  EXPECT_FALSE(Environment{}.all_running());
}

TEST(Environment, HasAReleaseOnlyIfAllItsContainersAgree) {
  Shop shop;
  shop.app().services.front().replicas = 2;
  auto& environment = shop.holds(Color::blue, "r1").seen().environments.blue;
  EXPECT_EQ(environment.release(), "r1");
  environment.containers.back().labels[label::release] = "r2";
  EXPECT_EQ(environment.release(), "");
  EXPECT_EQ(Environment{}.release(), "");
}

TEST(SlotLabels, AreReadFromWhatAReleaseWrites) {
  Shop shop;
  shop.serves(Color::blue, "r1");
  shop.app().services.front().replicas = 2;
  const auto slot = slot_labels(the<Start>(shop.deploy()).containers.back().labels);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->app, "web");
  EXPECT_EQ(slot->service, "web");
  EXPECT_EQ(slot->release, "r9");
  EXPECT_EQ(slot->color, Color::green);
  EXPECT_EQ(slot->replica, 2);
}

TEST(SlotLabels, AreNoneWithoutAppServiceOrColor) {
  const Labels all{{label::app, "web"}, {label::service, "web"}, {label::color, "BLUE"}};
  ASSERT_TRUE(slot_labels(all));
  EXPECT_EQ(slot_labels(all)->replica, 1);
  for (const auto* missing : {label::app, label::service, label::color}) {
    auto labels = all;
    labels.erase(missing);
    EXPECT_FALSE(slot_labels(labels)) << missing;
  }
}

// ---- the engine's list ----------------------------------------------------------------------------------------

TEST(EngineList, IsSortedIntoEnvironmentsByServiceAndReplica) {
  auto project = shop_project();
  auto app = app_of("web", {service_of("api"), service_of("web")});
  app.services.front().replicas = 10;
  auto all = environment_of(project, app, Color::green, "r1");
  std::ranges::reverse(all);
  const auto observed = observe_containers(all, project);
  const auto& green = observed.app("web").environments.green.containers;
  ASSERT_EQ(green.size(), 11U);
  EXPECT_EQ(green[0].name, "api-GREEN-1");
  EXPECT_EQ(green[1].name, "api-GREEN-2");
  EXPECT_EQ(green[9].name, "api-GREEN-10");
  EXPECT_EQ(green[10].name, "web-GREEN");
  EXPECT_THAT(observed.app("web").environments.blue.containers, IsEmpty());
  EXPECT_THAT(observed.foreign_names, IsEmpty());
}

TEST(EngineList, OtherProjectsAreForeignAndNeverOurs) {
  const auto ours = shop_project();
  auto theirs = shop_project();
  theirs.name = "blog";
  auto all = environment_of(theirs, theirs.apps.front(), Color::blue, "r1");
  all.push_back(infrastructure_of(theirs, "db"));
  Container plain;
  plain.name = "postgres";
  all.push_back(plain);
  const auto observed = observe_containers(all, ours);
  ASSERT_EQ(observed.apps.size(), 1U);
  EXPECT_THAT(observed.app("web").environments.blue.containers, IsEmpty());
  EXPECT_THAT(observed.infrastructure, IsEmpty());
  EXPECT_THAT(observed.foreign_names, ElementsAre("blog-db-1", "postgres", "web-BLUE"));
}

TEST(EngineList, InfrastructureIsWhatComposeKnowsToo) {
  const auto project = shop_project();
  auto once = infrastructure_of(project, "db");
  once.id = "one-off";
  once.labels[label::compose_oneoff] = "True";
  auto db = infrastructure_of(project, "db");
  db.labels[label::compose_oneoff] = "False";
  const auto observed = observe_containers({once, db}, project);
  EXPECT_EQ(observed.infrastructure.at("db").id, "id-of-db");
  EXPECT_THAT(observed.foreign_names, IsEmpty());
}

TEST(EngineList, OfSeveralContainersOfAServiceTheRunningOneCounts) {
  const auto project = shop_project();
  auto second = infrastructure_of(project, "db");
  second.id = "second";
  for (const auto& all : {std::vector{infrastructure_of(project, "db", RunState::exited), second},
                          std::vector{second, infrastructure_of(project, "db", RunState::exited)},
                          std::vector{second, infrastructure_of(project, "db")}}) {
    EXPECT_EQ(observe_containers(all, project).infrastructure.at("db").id, "second");
  }
}

TEST(EngineList, NginxIsTheMarkedService) {
  const auto project = shop_project();
  auto shared = infrastructure_of(project, "other");
  shared.labels = {{label::role, "proxy"}};
  EXPECT_EQ(observe_containers({shared}, project).proxy, std::nullopt);
  EXPECT_EQ(observe_containers({infrastructure_of(project, "nginx"), shared}, project).proxy->id, "id-of-nginx");
}

TEST(EngineList, WithoutAMarkedServiceNginxIsTheDefaultContainerOfAllProjects) {
  auto project = shop_project();
  project.proxy.service.clear();
  Container shared;
  shared.id = "shared";
  shared.labels = default_proxy_container({}).labels;
  EXPECT_EQ(observe_containers({infrastructure_of(project, "nginx"), shared}, project).proxy->id, "shared");
}

TEST(ProxyState, IsLaidOverWhatTheEngineLists) {
  Shop shop;
  shop.holds(Color::blue, "r1");
  ProxyState state;
  state.sites["web"].active = Color::green;
  state.green_markers = {"web", "gone"};
  state.problems = {"blog.conf cannot be read"};
  add_proxy(shop.observed, state);
  EXPECT_EQ(shop.observed.app("web").active(), Color::green);
  EXPECT_EQ(shop.observed.app("web").environments.blue.release(), "r1");
  EXPECT_EQ(shop.observed.app("gone").active(), Color::green);
  EXPECT_EQ(shop.observed.app("gone").name, "gone");
  EXPECT_THAT(shop.observed.problems, ElementsAre("blog.conf cannot be read"));
}

TEST(Observed, AnAppThatTheWorldDoesNotKnowIsEmpty) {
  const auto project = shop_project();
  const auto observed = observe_containers({}, project);
  const auto& app = observed.app("web");
  EXPECT_EQ(app.name, "web");
  EXPECT_FALSE(app.site);
  EXPECT_TRUE(app.environments.blue.empty());
}

}  // namespace
}  // namespace bluegreen
