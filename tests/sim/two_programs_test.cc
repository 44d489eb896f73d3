// SPDX-License-Identifier: MIT
// Two programs at once. On one project the lock keeps them apart, and dies with its owner; two projects that share one
// nginx have only conf.d's own lock and the engine between them. One is interrupted after each of its calls, the other
// goes on for any number of its own, and then both finish: every interleaving with two changes of hands.
#include "two_programs.h"

#include <gtest/gtest.h>

#include "histories.h"

namespace bluegreen {
namespace {

// ---- two deploys of one project --------------------------------------------------------------------------------

class OneProject : public testing::Test {
 protected:
  // As src/cli/session.cc does it: the lock first, then the first look at the world. Held until the program ends,
  // however it ends.
  Outcome<Released> deploy_locked(SimWorld& world, const std::string& image, bool waits) {
    TRY(world.calls.enter("lock the project"));
    while (held_) {
      if (!waits) return failure(ErrorKind::locked, "another works on it");
      if (!world.calls.wait()) return failure("nobody gives it back");
    }
    held_ = true;
    auto mine = world.project;
    for (auto& service : mine.apps.front().services) service.container.image = image;
    auto now = world.world();
    auto released = deploy(now, mine, mine.apps.front(), {});
    held_ = false;
    return released;
  }

  bool held_ = false;
};

TEST_F(OneProject, TheSecondDeployWaitsForTheFirst) {
  for (int first = 0; first < 70 && !HasFailure(); first += every_call) {
    SCOPED_TRACE("the second comes after " + std::to_string(first) + " calls");
    const auto world = serving_world({});
    Outcome<Released> one, two;
    const TwoPrograms both(
        world->calls, {first}, [&] { one = deploy_locked(*world, "app:2", true); },
        [&] { two = deploy_locked(*world, "app:3", true); });
    EXPECT_TRUE(one && two);
    EXPECT_EQ(world->who_serves(), Images{first == 0 ? "app:2" : "app:3"});
    for (const auto& what : world->broken()) ADD_FAILURE() << what;
  }
}

TEST_F(OneProject, TheSecondDeployFailsWhereItDoesNotWait) {
  for (int first = 1; first < 50 && !HasFailure(); ++first) {
    const auto world = serving_world({});
    Outcome<Released> one, two;
    const TwoPrograms both(
        world->calls, {first, 1'000'000}, [&] { one = deploy_locked(*world, "app:2", false); },
        [&] { two = deploy_locked(*world, "app:3", false); });
    EXPECT_TRUE(one);
    ASSERT_FALSE(two);
    EXPECT_EQ(two.error().kind, ErrorKind::locked);
    EXPECT_EQ(world->who_serves(), Images{"app:2"});
    for (const auto& what : world->broken()) ADD_FAILURE() << what;
  }
}

TEST_F(OneProject, TheSecondDeployGoesOnWhereTheFirstIsKilled) {
  for (const auto point : {FaultPoint::before_effect, FaultPoint::after_effect}) {
    for (int call = 2; call < 70 && !HasFailure(); ++call) {
      SCOPED_TRACE("the first is killed at its call " + std::to_string(call));
      const auto world = serving_world({});
      world->calls.die_at(call, point);
      Outcome<Released> two;
      const TwoPrograms both(
          world->calls, {1}, [&] { (void)deploy_locked(*world, "app:2", true); },
          [&] { two = deploy_locked(*world, "app:3", true); });
      world->calls.revive();
      EXPECT_TRUE(two) << two.error().message;
      EXPECT_EQ(world->who_serves(), Images{"app:3"});
      EXPECT_EQ(world->container_names().size(), 4U);
      for (const auto& what : world->broken()) ADD_FAILURE() << what;
    }
  }
}

// ---- two projects on one nginx ----------------------------------------------------------------------------------

class TwoProjects : public testing::TestWithParam<SwitchMode> {
 protected:
  static Project guest(const std::string& name) {
    auto project = sim_guest_project(name, {{name, {{name, 1}}}});
    auto& app = project.apps.front();
    app.policy.switch_mode = GetParam();
    // The same host, by path: nginx wants one server for it, and so the two share a file.
    app.services.front().route->hosts = {"example.org"};
    app.services.front().route->path = "/" + name;
    return project;
  }

  static Outcome<Released> deploy_of(SimWorld& world, Project project, const std::string& image) {
    project.apps.front().services.front().container.image = image;
    SilentReporter silent;
    auto now = world.world_of(project, {}, silent);
    return deploy(now, project, project.apps.front(), {});
  }

  static std::string who_serves(SimWorld& world, const std::string& project) {
    const auto delivery = world.nginx.request(project, project, Milliseconds{0});
    const auto* container = delivery.to ? world.engine.look_for_answer(delivery.to->address) : nullptr;
    return container == nullptr ? "nobody" : container->spec.settings.image;
  }

  // Both end well, whatever the interleaving.
  static void at_every_interleaving(bool serving_before) {
    const auto blog = guest("blog");
    const auto shop = guest("shop");
    // Reload mode makes three times the calls.
    const int stride = every_call * (GetParam() == SwitchMode::marker ? 1 : 4);
    bool first_ends_early = false;
    for (int first = 0; !first_ends_early && !HasFailure(); first += every_call) {
      bool second_ends_early = false;
      for (int second = 1; !second_ends_early && !HasFailure(); second += stride) {
        SCOPED_TRACE("after " + std::to_string(first) + " calls the other makes " + std::to_string(second));
        SimWorld world(blog);
        world.neighbours = {shop};
        if (serving_before) {
          ASSERT_TRUE(deploy_of(world, blog, "app:1"));
          ASSERT_TRUE(deploy_of(world, shop, "app:1"));
          world.expect_uninterrupted_service();
        }
        world.calls.revive();
        Outcome<Released> one, two;
        int first_made = 0;
        int second_made = 0;
        const TwoPrograms both(
            world.calls, {first, second},
            [&] {
              one = deploy_of(world, blog, "app:2");
              first_made = world.calls.count();
            },
            [&] {
              two = deploy_of(world, shop, "app:3");
              second_made = world.calls.count();
            });
        EXPECT_TRUE(one) << one.error().message;
        EXPECT_TRUE(two) << two.error().message;
        EXPECT_EQ(who_serves(world, "blog"), "app:2");
        EXPECT_EQ(who_serves(world, "shop"), "app:3");
        EXPECT_EQ(world.container_names().size(), 3U);
        EXPECT_EQ(world.stray_files(), std::vector<std::string>{});
        for (const auto& what : world.broken()) ADD_FAILURE() << what;
        first_ends_early = first >= first_made;
        second_ends_early = second >= second_made;
      }
    }
  }
};

TEST_P(TwoProjects, ReleaseForTheFirstTimeAtOnce) { at_every_interleaving(false); }
TEST_P(TwoProjects, ReleaseAtOnce) { at_every_interleaving(true); }

INSTANTIATE_TEST_SUITE_P(OnOneNginx, TwoProjects, testing::Values(SwitchMode::marker, SwitchMode::reload),
                         [](const auto& test) { return test.param == SwitchMode::marker ? "ByMarker" : "ByReload"; });

}  // namespace
}  // namespace bluegreen
