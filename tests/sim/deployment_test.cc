// SPDX-License-Identifier: MIT
// Whole commands in the simulated world: what they leave, what they never touch, and what happens when they are killed
// at every single call they make.
#include <gtest/gtest.h>

#include "sim_world.h"

namespace bluegreen {
namespace {

using Names = std::vector<std::string>;
using Images = std::set<std::string>;

Project one_app() { return sim_project({{"web", {{"web", 1}}}}); }

void expect_unbroken(const SimWorld& world) {
  for (const auto& what : world.broken()) ADD_FAILURE() << what;
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
  for (const auto& operation : world.calls.log()) EXPECT_FALSE(operation.starts_with("create")) << operation;
  EXPECT_EQ(world.who_serves(), Images{"app:1"});
  expect_unbroken(world);
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

TEST(SimulatedDown, RemovesWhatWasMade) {
  SimWorld world(one_app());
  ASSERT_TRUE(world.deploy());
  auto now = world.world();
  const auto done = tear_down(now, world.project, Volumes::remove);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(world.container_names(), Names{});
  for (const auto& network : *world.engine.list_networks())
    EXPECT_FALSE(network.name.starts_with("shop")) << network.name;
}

// ---- killed at every call -------------------------------------------------------------------------------------

struct Killed {
  FaultPoint point;
  SwitchMode mode;
  Retire retire;
};

using Act = std::function<void(SimWorld&)>;

void nothing(SimWorld&) {}

Act deploy_of(const std::string& image) {
  return [image](SimWorld& world) { (void)world.deploy_image(image); };
}

Act successful_deploy_of(const std::string& image) {
  return [image](SimWorld& world) {
    const auto released = world.deploy_image(image);
    EXPECT_TRUE(released) << released.error().message;
  };
}

void go_back(SimWorld& world) {
  auto now = world.world();
  (void)roll_back(now, world.project, world.project.apps[0]);
}

void deploy_without_switch(SimWorld& world) {
  auto now = world.world();
  world.project.apps[0].services[0].container.image = "app:2";
  world.project.apps[0].services[1].container.image = "app:2";
  ASSERT_TRUE(bluegreen::deploy(now, world.project, world.project.apps[0], {.stop_before = StopBefore::the_switch}));
}

void switch_over(SimWorld& world) {
  auto now = world.world();
  (void)switch_to(now, world.project, world.project.apps[0], std::nullopt);
}

void bring_infrastructure_up(SimWorld& world) {
  auto now = world.world();
  (void)bring_up(now, world.project);
}

void take_down(SimWorld& world) {
  world.expect_nothing();
  auto now = world.world();
  (void)tear_down(now, world.project, Volumes::remove);
}

class KilledAnywhere : public testing::TestWithParam<Killed> {
 protected:
  static std::unique_ptr<SimWorld> fresh_world() {
    auto project = sim_project({{"web", {{"api", 1}, {"web", 2}}}});
    project.apps[0].policy.switch_mode = GetParam().mode;
    project.apps[0].policy.retire = GetParam().retire;
    return std::make_unique<SimWorld>(std::move(project));
  }

  // app:1 serves in BLUE.
  static std::unique_ptr<SimWorld> serving_world() {
    auto world = fresh_world();
    EXPECT_TRUE(world->deploy());
    world->expect_uninterrupted_service();
    return world;
  }

  struct History {
    std::unique_ptr<SimWorld> (*begin)();
    Act prepare, command, recover, check;
  };

  // Does `act` on a program that is killed at that call; false: it made fewer calls and ran through.
  static bool kill_at(int call, SimWorld& world, const Act& act) {
    world.calls.revive();
    world.calls.die_at(call, GetParam().point);
    act(world);
    const bool killed = world.calls.count() >= call;
    world.calls.revive();
    return killed;
  }

  // The command is killed at call 1, 2, 3 ... until it runs through; after each, `recover` puts everything right.
  static void for_every_call(const History& history) {
    int histories = 0;
    for (int call = 1; !HasFailure(); ++call, ++histories) {
      SCOPED_TRACE("killed at call " + std::to_string(call));
      const auto world = history.begin();
      history.prepare(*world);
      const bool killed = kill_at(call, *world, history.command);
      history.recover(*world);
      history.check(*world);
      expect_unbroken(*world);
      if (!killed) break;
    }
    EXPECT_GT(histories, 5);
  }

  // The same, and what recovers is killed at every one of its calls as well.
  static void for_every_two_calls(const History& history) {
    for (int call = 1; !HasFailure(); ++call) {
      bool killed = true;
      for (int second = 1; !HasFailure(); ++second) {
        SCOPED_TRACE("killed at call " + std::to_string(call) + ", then at " + std::to_string(second));
        const auto world = history.begin();
        history.prepare(*world);
        killed = kill_at(call, *world, history.command);
        const bool killed_again = kill_at(second, *world, deploy_of("app:2"));
        history.recover(*world);
        history.check(*world);
        expect_unbroken(*world);
        if (!killed_again) break;
      }
      if (!killed) break;
    }
  }

  static Act serves(const std::string& image) {
    return [image](SimWorld& world) {
      EXPECT_EQ(world.who_serves("web"), Images{image});
      const bool nothing_is_kept = GetParam().retire == Retire::remove;
      EXPECT_LE(world.container_names().size(), nothing_is_kept ? 4u : 7u);
    };
  }
};

TEST_P(KilledAnywhere, ADeployIsPutRightByTheNextDeploy) {
  for_every_call({serving_world, nothing, deploy_of("app:2"), successful_deploy_of("app:3"), serves("app:3")});
}

TEST_P(KilledAnywhere, ADeployIsPutRightByTheNextDeployThatIsKilledTooAndTheOneAfter) {
  for_every_two_calls({serving_world, nothing, deploy_of("app:2"), successful_deploy_of("app:3"), serves("app:3")});
}

TEST_P(KilledAnywhere, AFirstDeployIsPutRightByTheNextDeploy) {
  for_every_call({fresh_world, nothing, deploy_of("app:2"), successful_deploy_of("app:3"), serves("app:3")});
}

TEST_P(KilledAnywhere, ADeployIsPutRightByApply) {
  const Act apply_it = [](SimWorld& world) {
    auto now = world.world();
    const auto released = apply(now, world.project, world.project.apps[0], {});
    EXPECT_TRUE(released) << released.error().message;
  };
  for_every_call({serving_world, nothing, deploy_of("app:2"), apply_it, serves("app:2")});
}

TEST_P(KilledAnywhere, ARollbackIsPutRightByTheNextDeploy) {
  for_every_call({serving_world, deploy_of("app:2"), go_back, successful_deploy_of("app:3"), serves("app:3")});
}

TEST_P(KilledAnywhere, ADeployIsPutRightByARollbackAndADeploy) {
  const Act back_and_on = [](SimWorld& world) {
    go_back(world);
    EXPECT_EQ(world.who_serves("web").size(), 1u);
    successful_deploy_of("app:3")(world);
  };
  for_every_call({serving_world, deploy_of("app:2"), deploy_of("app:3"), back_and_on, serves("app:3")});
}

TEST_P(KilledAnywhere, ASwitchIsPutRightByTheNextDeploy) {
  for_every_call({serving_world, deploy_without_switch, switch_over, successful_deploy_of("app:3"), serves("app:3")});
}

TEST_P(KilledAnywhere, AnUpIsPutRightByTheNextDeploy) {
  for_every_call({fresh_world, nothing, bring_infrastructure_up, successful_deploy_of("app:3"), serves("app:3")});
}

TEST_P(KilledAnywhere, ADownIsPutRightByTheNextDown) {
  const Act nothing_is_left = [](SimWorld& world) { EXPECT_EQ(world.container_names(), Names{}); };
  for_every_call({serving_world, nothing, take_down, take_down, nothing_is_left});
}

INSTANTIATE_TEST_SUITE_P(Everything, KilledAnywhere,
                         testing::Values(Killed{FaultPoint::before_effect, SwitchMode::marker, Retire::remove},
                                         Killed{FaultPoint::after_effect, SwitchMode::marker, Retire::remove},
                                         Killed{FaultPoint::before_effect, SwitchMode::marker, Retire::keep},
                                         Killed{FaultPoint::after_effect, SwitchMode::marker, Retire::stop},
                                         Killed{FaultPoint::before_effect, SwitchMode::reload, Retire::remove},
                                         Killed{FaultPoint::after_effect, SwitchMode::reload, Retire::remove}));

// A call that fails once is an error of the command, not the end of the program: it must clean up by itself.
TEST(SimulatedDeploy, CleansUpAfterAnyOneCallThatFails) {
  for (int call = 1;; ++call) {
    SimWorld world(one_app());
    ASSERT_TRUE(world.deploy());
    world.expect_uninterrupted_service();
    world.calls.revive();
    world.calls.fail_at(call, FaultPoint::before_effect);
    const auto released = world.deploy_image("app:2");
    const bool failed = world.calls.count() >= call;
    world.calls.revive();
    SCOPED_TRACE("failed at call " + std::to_string(call));
    expect_unbroken(world);
    EXPECT_EQ(world.who_serves(), released ? Images{"app:2"} : Images{"app:1"});
    ASSERT_TRUE(world.deploy_image("app:3"));
    EXPECT_EQ(world.container_names().size(), 2u);
    if (!failed || HasFailure()) break;
  }
}

}  // namespace
}  // namespace bluegreen
