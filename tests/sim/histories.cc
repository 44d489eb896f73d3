// SPDX-License-Identifier: MIT
#include "histories.h"

#include <algorithm>
#include <array>

#include "deploy/drift.h"
#include "nginx/config_text.h"

namespace bluegreen {

namespace {

const App& web(const SimWorld& world) { return *world.project.find_app("web"); }

template <class T>
Done done(const Outcome<T>& outcome) {
  if (outcome) return {};
  return std::unexpected(outcome.error());
}

std::unique_ptr<SimWorld> fresh_world(const AppPolicy& policy) {
  auto project = sim_project({{"web", {{"api", 1}, {"web", 2}}}});
  project.apps[0].policy = policy;
  return std::make_unique<SimWorld>(std::move(project));
}

std::unique_ptr<SimWorld> world_before_a_switch(const AppPolicy& policy) {
  auto world = serving_world(policy);
  auto now = world->world();
  world->set_image("app:2");
  (void)deploy(now, world->project, web(*world), {.stop_before = StopBefore::the_switch});
  return world;
}

std::unique_ptr<SimWorld> world_to_apply_to(const AppPolicy& policy) {
  auto world = serving_world(policy);
  world->set_image("app:2");
  return world;
}

std::unique_ptr<SimWorld> edited_world(const AppPolicy& policy) {
  auto world = serving_world(policy);
  const auto name = app_file_name("shop", "web");
  world->disk.put(name, world->disk.files().at(name) + "# mine\n");
  world->disk.sync_directory_of(name);
  return world;
}

std::unique_ptr<SimWorld> world_without_file(const AppPolicy& policy) {
  auto world = serving_world(policy);
  world->expect_nothing();
  const auto name = app_file_name("shop", "web");
  world->disk.erase(name);
  world->disk.sync_directory_of(name);
  world->restart_nginx();
  return world;
}

std::unique_ptr<SimWorld> damaged_world(const AppPolicy& policy) {
  auto world = serving_world(policy);
  world->expect_nothing();
  for (const auto& name : world->container_names()) {
    if (name.starts_with("web-GREEN")) {  // which is active
      world->engine.remove_by_hand(name);
      break;
    }
  }
  return world;
}

std::unique_ptr<SimWorld> world_without_network(const AppPolicy& policy) {
  auto world = serving_world(policy);
  world->expect_nothing();
  world->engine.remove_network_by_hand(managed_network_name("shop"));
  return world;
}

std::unique_ptr<SimWorld> world_in_maintenance(const AppPolicy& policy) {
  auto world = serving_world(policy);
  (void)do_maintenance(*world, SimWorld::Maintenance::on);
  return world;
}

Done deploy_on_another_path(SimWorld& world) {
  for (auto& service : world.project.apps[0].services) service.route->path = "/v2";
  return do_deploy(world, "app:2");
}

}  // namespace

std::string name_of(Fault fault) {
  constexpr std::array names{"is killed, the effect lost",
                             "is killed, the answer lost",
                             "meets an error",
                             "meets an error after the effect",
                             "gets no answer in time",
                             "meets a power cut that loses what was not synced",
                             "meets a power cut",
                             "sees the engine restart",
                             "sees nginx restart",
                             "sees an idle container crash",
                             "meets a full disk",
                             "meets a read-only disk",
                             "sees the clock jump back",
                             "sees the clock jump ahead",
                             "finds that nginx refuses its test",
                             "finds that nginx refuses its reload",
                             "finds that nginx overlooks its reload",
                             "is interrupted"};
  static_assert(names.size() == static_cast<std::size_t>(last_fault) + 1);
  return names.at(static_cast<std::size_t>(fault));
}

bool kills(Fault fault) {
  return fault == Fault::killed_effect_lost || fault == Fault::killed_answer_lost || fault == Fault::power_cut ||
         fault == Fault::power_cut_gently;
}

void arm(SimWorld& world, Fault fault, int call) {
  auto& calls = world.calls;
  const auto cut = [&](SimDisk::Unsynced unsynced) {
    calls.disturb_at(call, [&world, unsynced] {
      world.calls.die();
      world.cut_power([&](const std::string&) { return unsynced; });
    });
  };
  static constexpr auto ten_years = std::chrono::duration_cast<Milliseconds>(std::chrono::years(10));
  switch (fault) {
    case Fault::killed_effect_lost:
      return calls.die_at(call, FaultPoint::before_effect);
    case Fault::killed_answer_lost:
      return calls.die_at(call, FaultPoint::after_effect);
    case Fault::fails:
      return calls.fail_at(call, FaultPoint::before_effect);
    case Fault::fails_afterwards:
      return calls.fail_at(call, FaultPoint::after_effect);
    case Fault::times_out:
      return calls.fail_at(call, FaultPoint::after_effect, ErrorKind::timeout);
    case Fault::power_cut:
      return cut(SimDisk::Unsynced::is_lost);
    case Fault::power_cut_gently:
      return cut(SimDisk::Unsynced::is_kept);
    case Fault::engine_restarts:
      return calls.disturb_at(call, [&world] { world.restart_engine(); });
    case Fault::nginx_restarts:
      return calls.disturb_at(call, [&world] { world.restart_nginx(); });
    case Fault::the_idle_crashes:
      return calls.disturb_at(call, [&world] { world.crash_idle(); });
    case Fault::disk_is_full:
      return calls.disturb_at(call, [&world] { world.disk.trouble = SimDisk::Trouble::full; });
    case Fault::disk_is_read_only:
      return calls.disturb_at(call, [&world] { world.disk.trouble = SimDisk::Trouble::read_only; });
    case Fault::clock_jumps_back:
      return calls.disturb_at(call, [&world] { world.clock.jump(-ten_years); });
    case Fault::clock_jumps_ahead:
      return calls.disturb_at(call, [&world] { world.clock.jump(ten_years); });
    case Fault::nginx_refuses_test:
      return calls.disturb_at(call, [&world] { world.nginx.refuse_next_test("it does not like it"); });
    case Fault::nginx_refuses_reload:
      return calls.disturb_at(call, [&world] { world.nginx.refuse_next_reload("bind() failed"); });
    case Fault::nginx_overlooks_reload:
      return calls.disturb_at(call, [&world] { world.nginx.overlook_next_reload(); });
    case Fault::interrupted:
      return calls.disturb_at(call, [&world] { world.stop.request_stop(); });
  }
}

void disarm(SimWorld& world) {
  world.calls.revive();
  world.disk.trouble = SimDisk::Trouble::none;
  world.nginx.behave();
  world.stop = std::stop_source();
}

std::unique_ptr<SimWorld> serving_world(const AppPolicy& policy) {
  thread_local std::vector<std::pair<AppPolicy, std::unique_ptr<SimWorld>>> made;
  auto known = std::ranges::find(made, policy, [](const auto& each) { return each.first; });
  if (known == made.end()) {
    auto world = fresh_world(policy);
    (void)world->deploy_image("app:0");
    (void)world->deploy_image("app:1");
    world->expect_uninterrupted_service();
    made.emplace_back(policy, std::move(world));
    known = std::prev(made.end());
  }
  return std::make_unique<SimWorld>(*known->second);
}

const std::vector<Deed>& deeds() {
  static const std::vector<Deed> all{
      {"deploy", serving_world, [](SimWorld& world) { return do_deploy(world, "app:2"); }, {"app:1"}, {"app:2"}},
      {"first deploy", fresh_world, [](SimWorld& world) { return do_deploy(world, "app:2"); }, {"nobody"}, {"app:2"}},
      {"deploy on another path", serving_world, deploy_on_another_path, {"app:1"}, {"app:2"}},
      {"apply", world_to_apply_to, do_apply, {"app:1"}, {"app:2"}},
      {"switch", world_before_a_switch, do_switch, {"app:1"}, {"app:2"}},
      {"rollback", serving_world, do_roll_back, {"app:1"}, {"app:0"}},
      {"up",
       fresh_world,
       [](SimWorld& world) {
         auto now = world.world();
         return bring_up(now, world.project);
       },
       {"nobody"},
       {"nobody"}},
      {"repair of an edited file", edited_world, do_repair, {"app:1"}, {"app:1"}},
      {"repair of a removed file", world_without_file, do_repair, {"nobody"}, {"app:1"}},
      {"repair of a removed container", damaged_world, do_repair, {"app:1", "nobody"}, {"app:1"}},
      {"repair of a lost network", world_without_network, do_repair, {"nobody"}, {"app:1"}},
      {"maintenance on",
       serving_world,
       [](SimWorld& world) { return do_maintenance(world, SimWorld::Maintenance::on); },
       {"app:1"},
       {"app:1"}},
      {"deploy in maintenance",
       world_in_maintenance,
       [](SimWorld& world) { return do_deploy(world, "app:2"); },
       {"app:1"},
       {"app:2"}},
      {"maintenance off",
       world_in_maintenance,
       [](SimWorld& world) { return do_maintenance(world, SimWorld::Maintenance::off); },
       {"app:1"},
       {"app:1"}},
      {"down", serving_world, do_down, {"app:1"}, {"nobody"}},
  };
  return all;
}

const Deed& deed(const std::string& name) { return *std::ranges::find(deeds(), name, &Deed::name); }

Done do_deploy(SimWorld& world, const std::string& image) { return done(world.deploy_image(image)); }

Done do_apply(SimWorld& world) {
  auto now = world.world();
  return done(apply(now, world.project, web(world), {}));
}

Done do_roll_back(SimWorld& world) {
  auto now = world.world();
  return done(roll_back(now, world.project, web(world)));
}

Done do_switch(SimWorld& world) {
  auto now = world.world();
  return done(switch_to(now, world.project, web(world), std::nullopt));
}

Done do_repair(SimWorld& world) {
  auto now = world.world();
  return done(repair(now, world.project, web(world)));
}

Done do_down(SimWorld& world) {
  world.expect_nothing();
  auto now = world.world();
  return tear_down(now, world.project, Volumes::remove);
}

Done do_maintenance(SimWorld& world, SimWorld::Maintenance wanted) {
  if (world.maintenance() != wanted) world.expect(SimWorld::Maintenance::changing);
  auto now = world.world();
  const auto page = wanted == SimWorld::Maintenance::on ? std::optional<std::string>("<h1>soon</h1>") : std::nullopt;
  auto changed = done(maintain(now, world.project, web(world), page));
  if (changed) world.expect(wanted);
  return changed;
}

std::vector<std::string> complaints(SimWorld& world) {
  auto now = world.world();
  const auto scene = observe(now, world.project);
  if (!scene) return {scene.error().message};
  auto list = scene->observed.problems;
  const auto drift =
      find_drift(scene->observed.app("web"), scene->observed, managed_network_name("shop"), web(world).policy.retire);
  for (const auto& each : drift) list.push_back(each.what);
  return list;
}

}  // namespace bluegreen
