// SPDX-License-Identifier: MIT
// Whole commands in the simulated world: what they leave and what they never touch. What happens when anything
// goes wrong at any of their calls: recovery_test.cc.
#include <gtest/gtest.h>

#include <algorithm>

#include "nginx/config_text.h"
#include "sim_world.h"

namespace bluegreen {
namespace {

using Names = std::vector<std::string>;
using Images = std::set<std::string>;

Project one_app() { return sim_project({{"web", {{"web", 1}}}}); }

void expect_unbroken(const SimWorld& world) {
  for (const auto& what : world.broken()) ADD_FAILURE() << what;
}

std::ptrdiff_t running(SimWorld& world, const std::string& name) {
  return std::ranges::count_if(world.engine.containers(), [&](const auto& container) {
    return container.spec.name == name && container.state == RunState::running;
  });
}

// ---- a release ------------------------------------------------------------------------------------------------

TEST(SimulatedDeploy, BringsTheFirstReleaseToBlue) {
  SimWorld world(one_app());
  const auto released = world.deploy();
  ASSERT_TRUE(released) << released.error().message;
  EXPECT_EQ(released->color, Color::blue);
  EXPECT_TRUE(released->active);
  EXPECT_EQ(world.container_names(), (Names{"shop-nginx-1", "web-BLUE"}));
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
}

TEST(SimulatedDeploy, TakesTurnsWithoutLosingARequestOrReloadingNginx) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  const int reloads = world.nginx.reloads();
  world.expect_uninterrupted_service();
  for (const auto* image : {"app:2", "app:3", "app:1"}) {
    ASSERT_TRUE(world.deploy_image(image));
    EXPECT_EQ(world.who_serves(), Images{image});
  }
  EXPECT_EQ(world.container_names(), (Names{"shop-nginx-1", "web-GREEN"}));
  EXPECT_EQ(world.nginx.reloads(), reloads);
  expect_unbroken(world);
}

TEST(SimulatedDeploy, WarnsOnceOfAnNginxThatTruncatesResponsesWhenItIsReloadedAndOnlyThen) {
  SimWorld world(one_app());
  const auto warnings = [&] {
    return std::ranges::count_if(world.reporter.words,
                                 [](const auto& told) { return told.find("cut a response") != std::string::npos; });
  };
  ASSERT_TRUE(world.deploy());
  EXPECT_EQ(warnings(), 1);
  ASSERT_TRUE(world.deploy_image("app:2"));
  EXPECT_EQ(warnings(), 1);
}

TEST(SimulatedDeploy, SwitchesAllServicesAndReplicasOfAnAppTogether) {
  SimWorld world(sim_project({{"shop", {{"api", 1}, {"web", 3}}}}));
  ASSERT_TRUE(world.deploy("shop"));
  world.expect_uninterrupted_service();
  ASSERT_TRUE(world.deploy_image("app:2", "shop"));
  EXPECT_EQ(world.who_serves("shop"), Images{"app:2"});
  EXPECT_EQ(world.container_names(), (Names{"api-GREEN", "shop-nginx-1", "web-GREEN-1", "web-GREEN-2", "web-GREEN-3"}));
  expect_unbroken(world);
}

TEST(SimulatedDeploy, ChangesTheNumberOfReplicasWithoutLosingARequest) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  for (const int replicas : {3, 1, 2}) {
    // Until the switch the old number serves, so the watch is on what clients see, not on how many answer.
    world.project.apps[0].services[0].replicas = replicas;
    world.expect_uninterrupted_service();
    ASSERT_TRUE(world.deploy());
    EXPECT_EQ(world.container_names().size(), 1u + static_cast<std::size_t>(replicas));
  }
  expect_unbroken(world);
}

TEST(SimulatedDeploy, LeavesEveryOtherAppAlone) {
  SimWorld world(sim_project({{"api", {{"api", 1}}}, {"web", {{"web", 1}}}}));
  ASSERT_TRUE(world.deploy("api"));
  ASSERT_TRUE(world.deploy("web"));
  world.expect_uninterrupted_service();
  world.calls.clear_log();
  ASSERT_TRUE(world.deploy_image("app:2", "web"));
  for (const auto& operation : world.calls.log()) EXPECT_EQ(operation.find("api-"), std::string::npos) << operation;
  EXPECT_EQ(world.who_serves("api"), Images{"app:1"});
  expect_unbroken(world);
}

TEST(SimulatedDeploy, NeverTouchesInfrastructureThatRuns) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.project.infrastructure[0].container.environment["CHANGED"] = "1";
  world.calls.clear_log();
  ASSERT_TRUE(world.deploy());
  for (const auto& operation : world.calls.log())
    EXPECT_EQ(operation.find("shop-nginx-1"), std::string::npos) << operation;
}

// ---- connections that do not end ------------------------------------------------------------------------------

// A connection to each replica that lives for an hour, then a deploy: how long it took, and when what was stopped.
struct SlowDrain {
  explicit SlowDrain(DrainPolicy policy) : world(sim_project({{"web", {{"web", 4}}}})) {
    auto& wanted = world.project.apps[0].policy;
    wanted.drain_policy = policy;
    wanted.drain_timeout = Milliseconds{40'000};
    EXPECT_TRUE(world.deploy());
    for (int i = 0; i < 4; ++i) (void)world.nginx.request("shop", "web", Milliseconds{3'600'000});
    const auto switched = world.clock.now();
    world.calls.after_effect = [this, switched](const std::string& operation) {
      if (!operation.starts_with("stop web-BLUE")) return;
      stopped.push_back(std::chrono::round<std::chrono::seconds>(world.clock.now() - switched).count());
    };
    EXPECT_TRUE(world.deploy_image("app:2"));
  }
  SimWorld world;
  std::vector<std::int64_t> stopped;  // seconds
};

TEST(SimulatedDrain, WaitsForThemUntilTheTimeIsOver) {
  EXPECT_EQ(SlowDrain(DrainPolicy::wait).stopped, (std::vector<std::int64_t>{40, 40, 40, 40}));
}

TEST(SimulatedDrain, CutsThemAfterAMoment) {
  EXPECT_EQ(SlowDrain(DrainPolicy::cut).stopped, (std::vector<std::int64_t>{2, 2, 2, 2}));
}

TEST(SimulatedDrain, SpreadsTheirEndOverTheTime) {
  const SlowDrain drain(DrainPolicy::spread);
  ASSERT_GE(drain.stopped.size(), 4U);
  EXPECT_EQ((std::vector(drain.stopped.begin(), drain.stopped.begin() + 3)), (std::vector<std::int64_t>{10, 20, 30}));
  EXPECT_EQ(drain.stopped.back(), 40);
}

// ---- a release that fails -------------------------------------------------------------------------------------

class FailingRelease : public testing::TestWithParam<SimBehavior> {};

TEST_P(FailingRelease, KeepsTheOldOneServingAndClearsTheIdleSide) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  const auto before = world.container_names();
  world.expect_uninterrupted_service();
  world.engine.behavior = [&](const ContainerSpec&) { return GetParam(); };
  const auto released = world.deploy_image("app:2");
  ASSERT_FALSE(released);
  EXPECT_EQ(world.container_names(), before);
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  expect_unbroken(world);
}

SimBehavior failing(const std::function<void(SimBehavior&)>& how) {
  SimBehavior behavior;
  behavior.port = 8000;
  how(behavior);
  return behavior;
}

INSTANTIATE_TEST_SUITE_P(Deploy, FailingRelease,
                         testing::Values(failing([](auto& each) { each.never_healthy = true; }),
                                         failing([](auto& each) { each.exits_with = 3; }), failing([](auto& each) {
                                           each.boot = Milliseconds{40};
                                           each.exits_with = 0;
                                           each.exits_after = Milliseconds{30};
                                         }),
                                         failing([](auto& each) { each.boot = Milliseconds{3'600'000}; })));

TEST(SimulatedDeploy, TakesAFirstReleaseThatFailedOutOfNginxAgain) {
  SimWorld world(one_app());
  world.engine.behavior = [](const ContainerSpec& spec) {
    return failing([&](auto& each) {
      each.port = spec.settings.image == "nginx" ? 80 : 8000;
      each.never_healthy = spec.settings.image != "nginx";
    });
  };
  ASSERT_FALSE(world.deploy());
  EXPECT_EQ(world.container_names(), Names{"shop-nginx-1"});
  EXPECT_FALSE(world.nginx.is_configured("shop", "web"));
}

TEST(SimulatedDeploy, InterruptedBeforeTheSwitchGoesBack) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.expect_uninterrupted_service();
  world.stop.request_stop();
  const auto released = world.deploy_image("app:2");
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  EXPECT_EQ(world.container_names(), (Names{"shop-nginx-1", "web-BLUE"}));
  expect_unbroken(world);
}

TEST(SimulatedDeploy, RefusedByNginxChangesNothing) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.expect_uninterrupted_service();
  world.project.apps[0].services[0].route->snippet = "prox_pass x;";
  world.nginx.refuse_next_test("unknown directive \"prox_pass\"");
  world.calls.clear_log();
  const auto released = world.deploy_image("app:2");
  ASSERT_FALSE(released);
  EXPECT_NE(released.error().message.find("prox_pass"), std::string::npos);
  for (const auto& operation : world.calls.log()) EXPECT_FALSE(operation.starts_with("create web")) << operation;
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  expect_unbroken(world);
}

TEST(SimulatedDeploy, GoesBackWhereNginxDoesNotSeeTheMarker) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.expect_uninterrupted_service();
  world.nginx.hide_markers();
  const auto released = world.deploy_image("app:2");
  ASSERT_FALSE(released);
  EXPECT_NE(released.error().message.find("nginx still sends web to BLUE"), std::string::npos);
  world.nginx.behave();
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  EXPECT_EQ(world.container_names(), (Names{"shop-nginx-1", "web-BLUE"}));
  expect_unbroken(world);
}

// Seed 7 of the random worlds: the file says BLUE, nginx has not read it and still serves from GREEN, and a deploy that
// is interrupted before it has mended that must not clear GREEN as its idle side.
TEST(SimulatedDeploy, ClearsNothingBeforeNginxHasReadWhatItsFilesSay) {
  auto project = one_app();
  project.apps[0].policy.switch_mode = SwitchMode::reload;
  SimWorld world(std::move(project));
  ASSERT_TRUE(world.deploy());
  ASSERT_TRUE(world.deploy_image("app:2"));
  world.expect_uninterrupted_service();
  for (int call = 1; call < 120; ++call) {
    SimWorld killed(world);
    killed.calls.revive();
    killed.calls.die_at(call, FaultPoint::after_effect);
    (void)killed.deploy_image("app:3");
    killed.calls.revive();
    killed.stop.request_stop();
    EXPECT_FALSE(killed.deploy_image("app:1"));
    EXPECT_EQ(killed.who_serves().size(), 1U) << call;
    EXPECT_FALSE(killed.who_serves().contains("nobody")) << call;
    expect_unbroken(killed);
    if (HasFailure()) break;
  }
}

TEST(SimulatedSwitch, MendsAnEditedFileOnTheWay) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.expect_uninterrupted_service();
  auto now = world.world();
  world.project.apps[0].services[0].container.image = "app:2";
  ASSERT_TRUE(deploy(now, world.project, world.project.apps[0], {.stop_before = StopBefore::the_switch}));
  const auto name = app_file_name("shop", "web");
  const auto generated = world.disk.files().at(name);
  world.disk.put(name, generated + "# mine\n");
  ASSERT_TRUE(switch_to(now, world.project, world.project.apps[0], {}));
  EXPECT_EQ(world.disk.files().at(name), generated);
  EXPECT_EQ(world.who_serves(), Images{"app:2"});
  expect_unbroken(world);
}

// Seed 7 of the random worlds: a switch is killed between nginx's file and the reload, and then a container of the side
// that only the file names crashes. What nginx has loaded is the truth: the next command goes on from there.
TEST(SimulatedSwitch, ThatNginxHasNotReadIsTakenBackByTheNextCommand) {
  auto project = one_app();
  project.apps[0].policy.switch_mode = SwitchMode::reload;
  project.apps[0].services[0].replicas = 2;
  SimWorld world(std::move(project));
  auto now = world.world();
  ASSERT_TRUE(world.deploy());
  world.expect_uninterrupted_service();
  world.project.apps[0].services[0].container.image = "app:2";
  ASSERT_TRUE(deploy(now, world.project, world.project.apps[0], {.stop_before = StopBefore::the_switch}));
  bool happened = true;
  for (int call = 1; happened && !HasFailure(); ++call) {
    SimWorld killed(world);
    auto then = killed.world();
    killed.calls.revive();
    killed.calls.die_at(call, FaultPoint::after_effect);
    (void)switch_to(then, killed.project, killed.project.apps[0], {});
    happened = killed.calls.count() >= call;
    killed.calls.revive();
    killed.crash_idle();
    EXPECT_TRUE(killed.deploy_image("app:3")) << call;
    EXPECT_EQ(killed.who_serves(), Images{"app:3"}) << call;
    expect_unbroken(killed);
  }
}

// ---- switch, rollback, apply, down ----------------------------------------------------------------------------

TEST(SimulatedSwitch, GoesToAnEnvironmentThatIsUpAndBack) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.expect_uninterrupted_service();
  auto now = world.world();
  world.project.apps[0].services[0].container.image = "app:2";
  ASSERT_TRUE(deploy(now, world.project, world.project.apps[0], {.stop_before = StopBefore::the_switch}));
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  ASSERT_TRUE(switch_to(now, world.project, world.project.apps[0], Color::green));
  EXPECT_EQ(world.who_serves(), Images{"app:2"});
  ASSERT_TRUE(switch_to(now, world.project, world.project.apps[0], std::nullopt));
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  expect_unbroken(world);
}

TEST(SimulatedSwitch, IsRefusedToAnEnvironmentThatIsNotUp) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.expect_uninterrupted_service();
  auto now = world.world();
  EXPECT_FALSE(switch_to(now, world.project, world.project.apps[0], Color::green));
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  expect_unbroken(world);
}

class Rollback : public testing::TestWithParam<Retire> {};

TEST_P(Rollback, GoesBackToTheReleaseBeforeWhateverIsLeftOfIt) {
  auto project = one_app();
  project.apps[0].policy.retire = GetParam();
  SimWorld world(std::move(project));
  ASSERT_TRUE(world.deploy());
  ASSERT_TRUE(world.deploy_image("app:2"));
  world.expect_uninterrupted_service();
  auto now = world.world();
  const auto back = roll_back(now, world.project, world.project.apps[0]);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  EXPECT_EQ(running(world, "web-BLUE"), 1);
  EXPECT_EQ(running(world, "web-GREEN"), GetParam() == Retire::keep ? 1 : 0);
  expect_unbroken(world);
}

TEST_P(Rollback, MakesThatReleaseAnewWhereAContainerOfItIsGone) {
  auto project = sim_project({{"web", {{"web", 1}, {"worker", 2}}}});
  auto& worker = project.apps[0].services[1];
  worker.port = 0;
  worker.route.reset();
  project.apps[0].policy.retire = GetParam();
  SimWorld world(std::move(project));
  ASSERT_TRUE(world.deploy());
  ASSERT_TRUE(world.deploy_image("app:2"));
  world.expect_uninterrupted_service();
  world.engine.remove_by_hand("worker-BLUE-2");
  auto now = world.world();
  const auto back = roll_back(now, world.project, world.project.apps[0]);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  for (const auto* name : {"worker-BLUE-1", "worker-BLUE-2"}) EXPECT_EQ(running(world, name), 1) << name;
  expect_unbroken(world);
}

TEST_P(Rollback, TakesTheRoutesOfThatReleaseAlong) {
  auto project = one_app();
  project.apps[0].policy.retire = GetParam();
  SimWorld world(std::move(project));
  ASSERT_TRUE(world.deploy());
  const auto before = world.project;
  world.project.apps[0].services[0].route->path = "/v2";
  ASSERT_TRUE(world.deploy_image("app:2"));
  world.expect_uninterrupted_service();
  auto now = world.world();
  ASSERT_TRUE(roll_back(now, world.project, world.project.apps[0]));
  const auto as_before = apply(now, before, before.apps[0], {});
  EXPECT_TRUE(as_before && !as_before->changed);
  expect_unbroken(world);
}

TEST_P(Rollback, ToRoutesThatNginxRefusesDoesNotHappen) {
  auto project = one_app();
  project.apps[0].policy.retire = GetParam();
  SimWorld world(std::move(project));
  ASSERT_TRUE(world.deploy());
  world.project.apps[0].services[0].route->path = "/v2";
  ASSERT_TRUE(world.deploy_image("app:2"));
  world.expect_uninterrupted_service();
  world.nginx.refuse_next_test("it does not like it");
  auto now = world.world();
  EXPECT_FALSE(roll_back(now, world.project, world.project.apps[0]));
  EXPECT_EQ(world.who_serves(), Images{"app:2"});
  expect_unbroken(world);
}

INSTANTIATE_TEST_SUITE_P(Retire, Rollback, testing::Values(Retire::remove, Retire::stop, Retire::keep));

TEST(SimulatedApply, ChangesNothingWhereNothingDiffers) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.calls.clear_log();
  auto now = world.world();
  const auto released = apply(now, world.project, world.project.apps[0], {});
  ASSERT_TRUE(released);
  EXPECT_FALSE(released->changed);
  EXPECT_TRUE(world.calls.log().empty());
  world.project.apps[0].services[0].digest = "another";
  ASSERT_TRUE(apply(now, world.project, world.project.apps[0], {})->changed);
}

TEST(SimulatedApply, FinishesWhatAKilledRunHasLeft) {
  bool happened = true;
  for (int call = 1; happened && !HasFailure(); ++call) {
    SimWorld world(one_app());
    ASSERT_TRUE(world.deploy());
    world.expect_uninterrupted_service();
    world.calls.revive();
    world.calls.die_at(call, FaultPoint::after_effect);
    (void)world.deploy_image("app:2");
    happened = world.calls.count() >= call;
    world.calls.revive();
    auto now = world.world();
    EXPECT_TRUE(apply(now, world.project, world.project.apps[0], {})) << call;
    EXPECT_EQ(world.who_serves(), Images{"app:2"}) << call;
    EXPECT_EQ(world.container_names().size(), 2U) << call;
    expect_unbroken(world);
  }
}

TEST(SimulatedRepair, FindsTheReleaseThatRunsWhereNginxHasLostAllItsFiles) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  ASSERT_TRUE(world.deploy_image("app:2"));  // in GREEN, which needs a marker
  const auto files = world.disk.files();
  for (const auto& [path, text] : files) world.disk.erase(path);
  world.restart_nginx();
  EXPECT_EQ(world.who_serves(), Images{"nobody"});
  auto now = world.world();
  const auto repaired = repair(now, world.project, world.project.apps[0]);
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_EQ(world.who_serves(), Images{"app:2"});
  EXPECT_EQ(world.disk.files(), files);
  expect_unbroken(world);
}

TEST(SimulatedRepair, GoesToTheOtherEnvironmentWhereOnlyThatOneRunsAndIsHealthy) {
  auto project = one_app();
  project.apps[0].policy.retire = Retire::keep;
  SimWorld world(std::move(project));
  ASSERT_TRUE(world.deploy());
  ASSERT_TRUE(world.deploy_image("app:2"));
  world.engine.remove_by_hand("web-GREEN");
  EXPECT_EQ(world.who_serves(), Images{"nobody"});
  world.reporter.steps.clear();
  auto now = world.world();
  const auto repaired = repair(now, world.project, world.project.apps[0]);
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  EXPECT_EQ(world.reporter.steps, (Names{"verify", "switch"}));
  expect_unbroken(world);
}

TEST(SimulatedRepair, InterruptedStopsBeforeTheNextStep) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  world.engine.remove_by_hand("web-BLUE");
  world.stop.request_stop();
  auto now = world.world();
  const auto repaired = repair(now, world.project, world.project.apps[0]);
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(world.container_names(), Names{"shop-nginx-1"});
}

TEST(SimulatedUp, InterruptedStopsBeforeTheNextStep) {
  SimWorld world(one_app());
  world.stop.request_stop();
  auto now = world.world();
  const auto up = bring_up(now, world.project);
  ASSERT_FALSE(up);
  EXPECT_EQ(up.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(world.container_names(), Names{});
}

TEST(SimulatedDown, RemovesWhatWasMade) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  ASSERT_TRUE(world.deploy_image("app:2"));  // in GREEN, which needs a marker
  auto now = world.world();
  ASSERT_TRUE(maintain(now, world.project, world.project.apps[0], "<h1>soon</h1>"));
  const auto done = tear_down(now, world.project, Volumes::remove);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(world.container_names(), Names{});
  EXPECT_EQ(world.disk.files(), (std::map<std::string, std::string>{}));
  const auto networks = *world.engine.list_networks();
  for (const auto& network : networks) EXPECT_FALSE(network.name.starts_with("shop")) << network.name;
}

// ---- reload ---------------------------------------------------------------------------------------------------

TEST(SimulatedReload, LetsNginxReadItsFilesAgainAndStopsShortOfWhatItWouldRefuse) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  const int reloads = world.nginx.reloads();
  auto now = world.world();
  ASSERT_TRUE(reload(now, world.project));
  EXPECT_EQ(world.nginx.reloads(), reloads + 1);
  world.disk.put("bluegreen.shop.web.conf", "broken");
  const auto refused = reload(now, world.project);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("nginx refuses its files: unexpected end of file"), 0U);
  EXPECT_EQ(world.nginx.reloads(), reloads + 1);
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
}

}  // namespace
}  // namespace bluegreen
