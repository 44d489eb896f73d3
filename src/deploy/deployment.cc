// SPDX-License-Identifier: MIT
#include "deploy/deployment.h"

#include <algorithm>
#include <ranges>

#include "deploy/act.h"
#include "deploy/drain.h"
#include "deploy/health.h"
#include "deploy/labels.h"

namespace bluegreen {

namespace {

Outcome<ImageIds> find_images(Engine& engine, const std::set<std::string>& references) {
  ImageIds ids;
  for (const auto& reference : references) {
    const auto image = engine.inspect_image(reference);
    if (image)
      ids[reference] = image->id;
    else if (image.error().kind != ErrorKind::not_found)
      return std::unexpected(image.error());
  }
  return ids;
}

std::set<std::string> references_of(const std::vector<Service>& services) {
  std::set<std::string> references;
  for (const auto& service : services) references.insert(service.container.image);
  return references;
}

Done stopped_by_user(const World& world) {
  if (world.stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  return {};
}

Outcome<Plan> plan_infrastructure(World& world, const Project& project, const Observed& observed) {
  auto references = references_of(project.infrastructure);
  const bool is_default_proxy_missing = uses_default_proxy(project) && !observed.proxy;
  if (is_default_proxy_missing) references.insert(project.proxy.image);
  std::erase_if(references, [&](const std::string& reference) {  // asked only for what must be made
    const bool of_a_missing_service = std::ranges::any_of(project.infrastructure, [&](const Service& service) {
      return service.container.image == reference && !observed.infrastructure.contains(service.name);
    });
    return !of_a_missing_service && !(is_default_proxy_missing && reference == project.proxy.image);
  });
  TRY_ASSIGN(const auto images, find_images(world.engine, references));
  return plan_up(project, observed, images, world.reserved_subnets);
}

// ---- carrying a release out -----------------------------------------------------------------------------------

struct Attempt {
  const App& app;
  std::string release;
  Color idle;
  std::string serving;  // the release that does; "" when none
  bool first;           // nginx does not know the app yet
  OnFailure on_failure;
  const Release* made = nullptr;  // a new release, to be remembered once it has proved itself
};

// So that exactly it can be released again.
void remember(World& world, const Release& release, const ImageIds& pulled) {
  ReleaseRecord record{release.id, world.clock.wall(), release.app, release.images, {}};
  for (const auto& service : release.app.services) {
    if (const auto id = pulled.find(service.container.image); id != pulled.end())
      record.images[service.name] = id->second;
    const auto image = world.engine.inspect_image(record.images[service.name]);
    if (image && !image->repo_digests.empty()) record.digests[service.name] = image->repo_digests.front();
  }
  if (const auto recorded = world.history.record(record); !recorded) world.reporter.warn(recorded.error().message);
}

// Before the switch the way is back: the active environment was never touched, the idle one is cleared.
void clear_idle_side(World& world, const Project& project, const Attempt& attempt) {
  const auto name = environment_name(attempt.app.name, attempt.idle);
  if (attempt.on_failure == OnFailure::keep_the_idle_side) {
    world.reporter.note(name + " is kept as it is; the next deploy clears it");
    return;
  }
  const auto containers = list_environment(world.engine, project.name, attempt.app.name, attempt.idle);
  if (!containers) return world.reporter.warn("could not clear " + name + ": " + containers.error().message);
  if (const auto removed = remove_containers(world, *containers, &attempt.app); !removed) {
    return world.reporter.warn("could not clear " + name + ": " + removed.error().message);
  }
  if (!containers->empty()) world.reporter.note(name + " is cleared");
  if (!attempt.serving.empty()) world.reporter.note("release " + attempt.serving + " still serves");
}

void take_out_of_nginx(World& world, Actor& actor, const Attempt& attempt) {
  if (attempt.on_failure == OnFailure::keep_the_idle_side) return;
  const auto proxy = actor.proxy();
  const auto withdrawn = proxy ? (*proxy)->withdraw(attempt.app.name) : Done(std::unexpected(proxy.error()));
  if (!withdrawn)
    world.reporter.warn("could not take " + attempt.app.name + " out of nginx: " + withdrawn.error().message);
}

// The switch failed half-way, or nginx does not see it: nothing may be cleared before nginx is back on the old side,
// and before the requests that went to the new one meanwhile have been answered.
Done take_back(World& world, Actor& actor, const Switch& step, const AppPolicy& policy) {
  TRY_ASSIGN(auto* proxy, actor.proxy());
  TRY(proxy->activate(step.site, other(step.to)));
  TRY(drain(
      world, *proxy,
      {step.site.app, step.to, routed_endpoints(step.site.sides[step.to]), step.site.mode, policy.drain_timeout}));
  return {};
}

// Does the plan. Up to the switch an error undoes everything; after it the release serves, and what is left over is
// reported and cleared by the next command.
Outcome<Released> carry_out(World& world, Actor& actor, const Project& project, const Plan& plan,
                            const Attempt& attempt) {
  Released released;
  released.app = attempt.app.name;
  released.release = attempt.release;
  released.color = attempt.idle;
  // Until then the idle side holds nothing of this run, and nginx may not have read yet what its files say is active.
  bool has_touched_the_idle_side = false;
  for (const auto& step : plan) {
    const auto* the_switch = std::get_if<Switch>(&step);
    auto done = released.active ? Done{} : stopped_by_user(world);
    if (done) {
      has_touched_the_idle_side |= std::holds_alternative<Clear>(step) || std::holds_alternative<Start>(step) ||
                                   std::holds_alternative<Verify>(step);
      done = actor.act(step);
    }
    if (done) {
      if (the_switch != nullptr) released.active = true;
      if (attempt.made != nullptr && std::holds_alternative<Verify>(step))
        remember(world, *attempt.made, actor.pulled());
      continue;
    }
    if (released.active) {
      world.reporter.warn(done.error().message + "; " + attempt.release +
                          " serves, the next deploy clears what is left");
      break;
    }
    if (the_switch != nullptr) {
      if (const auto back = take_back(world, actor, *the_switch, attempt.app.policy); !back) {
        return failure(done.error().message + "; and not taken back: " + back.error().message,
                       "Both environments are left as they are. See: bluegreen status " + attempt.app.name);
      }
    }
    if (has_touched_the_idle_side) clear_idle_side(world, project, attempt);
    if (attempt.first) take_out_of_nginx(world, actor, attempt);
    return std::unexpected(done.error());
  }
  if (!released.active) {
    if (const auto proxy = actor.proxy()) released.preview = (*proxy)->preview_address();
    for (const auto& service : attempt.app.services) {
      if (service.port != 0 && !is_tcp(service))
        released.preview_hosts.push_back(preview_host(project.name, service.name));
    }
  }
  if (world.stop.stop_requested()) {
    return failure(
        ErrorKind::interrupted,
        released.active ? "interrupted after the switch: finished, " + released.release + " serves" : "interrupted");
  }
  return released;
}

Outcome<Release> make_release(World& world, const App& app) {
  TRY_ASSIGN(const auto images, find_images(world.engine, references_of(app.services)));
  Release release{make_release_id(world.clock.wall()), app, {}};
  for (const auto& service : app.services) {
    if (const auto known = images.find(service.container.image); known != images.end()) {
      release.images[service.name] = known->second;
    }
  }
  return release;
}

Outcome<Scene> observe_running(World& world, const Project& project) {
  TRY_ASSIGN(auto scene, observe(world, project));
  TRY_ASSIGN(const auto plan, plan_infrastructure(world, project, scene.observed));
  if (plan.empty()) return scene;
  Actor actor(world, project, nullptr);
  for (const auto& step : plan) {
    TRY(stopped_by_user(world));
    TRY(actor.act(step));
  }
  return observe(world, project);
}

Outcome<Released> release(World& world, const Project& project, Scene scene, const Release& release,
                          const ReleaseOptions& options) {
  const auto& now = scene.observed.app(release.app.name);
  TRY_ASSIGN(const auto managed, managed_subnet(project, scene.observed, world.reserved_subnets));
  TRY_ASSIGN(const auto plan, plan_release(project, release, scene.observed, managed, options.stop_before));
  Actor actor(world, project, std::move(scene.proxy));
  return carry_out(world, actor, project, plan,
                   {release.app, release.id, other(now.active()), now.active_environment().release(), !now.site,
                    options.on_failure, &release});
}

// The app as it was when this release was made; where the history does not know it, as the file has it now.
App app_of(World& world, const App& app, const std::string& release) {
  if (const auto records = world.history.releases(app.name)) {
    for (const auto& record : *records) {
      if (record.id == release) return record.app;
    }
  }
  return app;
}

// The images by their ids; one that is gone is pulled again by its digest.
Outcome<Release> restore(World& world, const ReleaseRecord& record) {
  Release release{record.id, record.app, record.images};
  for (auto& [service, id] : release.images) {
    const auto image = world.engine.inspect_image(id);
    if (image) continue;
    if (image.error().kind != ErrorKind::not_found) return std::unexpected(image.error());
    const auto digest = record.digests.find(service);
    if (digest == record.digests.end()) {
      return failure("the image of " + service + " in release " + record.id + " is gone (" + id.substr(0, 19) + ")",
                     "It was never pushed to a registry, so it cannot be fetched again. Build it and deploy.");
    }
    TRY(world.engine.pull_image(
        digest->second, [&](const std::string& text) { world.reporter.progress(text); }, world.stop));
    TRY_ASSIGN(const auto pulled, world.engine.inspect_image(digest->second));
    id = pulled.id;
  }
  return release;
}

// What is to serve: the release of the environment that runs, else the last one that was active. A release that the
// history does not know comes back as the file has the app now, without images.
Outcome<ReleaseRecord> standing_release(World& world, const App& app, const ObservedApp& now) {
  const auto& active = now.active_environment();
  const auto& idle = now.environments[other(now.active())];
  auto id = (active.empty() ? idle : active).release();
  if (now.only_the_idle_one_runs()) id = idle.release();
  TRY_ASSIGN(const auto records, world.history.releases(app.name));
  TRY_ASSIGN(const auto activations, world.history.activations(app.name));
  if (id.empty() && !activations.empty()) id = activations.back().release;
  const auto known = std::ranges::find(records, id, &ReleaseRecord::id);
  auto record = known == records.end() ? ReleaseRecord{id, {}, app, {}, {}} : *known;
  record.app.policy = app.policy;  // how the file wants it now
  return record;
}

// Somebody may have removed a container of it since.
bool stands_whole(const Environment& environment, const ReleaseRecord& release) {
  std::size_t expected = 0;
  for (const auto& service : release.app.services) expected += static_cast<std::size_t>(service.replicas);
  return environment.release() == release.id && environment.containers.size() == expected;
}

}  // namespace

// ---- the commands ---------------------------------------------------------------------------------------------

Outcome<Scene> observe(World& world, const Project& project) {
  Scene scene;
  TRY_ASSIGN(scene.observed, observe_engine(world.engine, project));
  TRY_ASSIGN(scene.proxy, find_proxy(world.open_proxy, scene.observed));
  if (!scene.proxy) return scene;
  TRY_ASSIGN(auto state, scene.proxy->observe());
  add_proxy(scene.observed, std::move(state));
  return scene;
}

Done bring_up(World& world, const Project& project) {
  TRY_ASSIGN(const auto scene, observe_running(world, project));
  return {};
}

Outcome<Released> deploy(World& world, const Project& project, const App& app, const ReleaseOptions& options) {
  TRY_ASSIGN(auto scene, observe_running(world, project));
  TRY_ASSIGN(const auto made, make_release(world, app));
  return release(world, project, std::move(scene), made, options);
}

Outcome<Released> apply(World& world, const Project& project, const App& app, const ReleaseOptions& options) {
  TRY_ASSIGN(const auto scene, observe_running(world, project));
  TRY_ASSIGN(const auto images, find_images(world.engine, references_of(app.services)));
  const auto& now = scene.observed.app(app.name);
  if (!is_up_to_date(app, now, images)) return deploy(world, project, app, options);
  Actor actor(world, project, nullptr);
  for (const auto& step : plan_leftovers(app, now)) TRY(actor.act(step));
  return Released{app.name, now.active_environment().release(), now.active(), true, false, ""};
}

Outcome<Plan> preview_deploy(World& world, const Project& project, const App& app, StopBefore stop_before) {
  TRY_ASSIGN(const auto scene, observe(world, project));
  TRY_ASSIGN(auto plan, plan_infrastructure(world, project, scene.observed));
  TRY_ASSIGN(const auto made, make_release(world, app));
  TRY_ASSIGN(const auto managed, managed_subnet(project, scene.observed, world.reserved_subnets));
  TRY_ASSIGN(auto steps, plan_release(project, made, scene.observed, managed, stop_before));
  std::ranges::move(steps, std::back_inserter(plan));
  return plan;
}

Outcome<Released> switch_to(World& world, const Project& project, const App& app, std::optional<Color> to) {
  TRY_ASSIGN(auto scene, observe(world, project));
  const auto& now = scene.observed.app(app.name);
  const auto target = to.value_or(other(now.active()));
  const auto& environment = now.environments[target];
  const auto name = environment_name(app.name, target);
  if (target == now.active() && now.site) return Released{app.name, environment.release(), target, true, false, ""};
  if (!environment.all_running()) {
    return failure(environment.empty() ? "nothing stands in " + name : name + " is not up",
                   "See: bluegreen status " + app.name + ". A new release: bluegreen deploy " + app.name + ".");
  }
  const auto standing = app_of(world, app, environment.release());
  TRY_ASSIGN(const auto plan, plan_return(standing, now, AfterSwitch::leave_the_old));
  Actor actor(world, project, std::move(scene.proxy));
  return carry_out(world, actor, project, plan,
                   {standing, environment.release(), target, now.active_environment().release(), false,
                    OnFailure::keep_the_idle_side});
}

Outcome<ReleaseRecord> previous_release(History& history, const ObservedApp& app) {
  const auto current = app.active_environment().release();
  TRY_ASSIGN(const auto activations, history.activations(app.name));
  TRY_ASSIGN(const auto records, history.releases(app.name));
  for (const auto& activation : activations | std::views::reverse) {
    if (activation.release == current) continue;
    const auto found = std::ranges::find(records, activation.release, &ReleaseRecord::id);
    if (found != records.end()) return *found;
  }
  return failure("no release of " + app.name + " before the active one is known",
                 "Deploy the version you want: bluegreen deploy " + app.name + ".");
}

Outcome<Released> roll_back(World& world, const Project& project, const App& app) {
  TRY_ASSIGN(auto scene, observe_running(world, project));
  const auto& now = scene.observed.app(app.name);
  const auto idle = other(now.active());
  TRY_ASSIGN(const auto previous, previous_release(world.history, now));
  if (!stands_whole(now.environments[idle], previous)) {
    TRY_ASSIGN(auto restored, restore(world, previous));
    restored.app.policy.retire = app.policy.retire;  // how the file wants it now, whichever way back
    return release(world, project, std::move(scene), restored, {});
  }
  auto standing = previous.app;
  standing.policy.retire = app.policy.retire;
  TRY_ASSIGN(const auto plan, plan_return(standing, now, AfterSwitch::retire_the_old));
  Actor actor(world, project, std::move(scene.proxy));
  return carry_out(
      world, actor, project, plan,
      {standing, previous.id, idle, now.active_environment().release(), false, OnFailure::keep_the_idle_side});
}

Outcome<Released> repair(World& world, const Project& project, const App& app) {
  TRY_ASSIGN(auto scene, observe_running(world, project));
  const auto& now = scene.observed.app(app.name);
  if (!now.site && now.environments.blue.empty() && now.environments.green.empty() && !now.green_marker) {
    return Released{app.name, "", now.active(), false, false, "", {}};
  }
  TRY_ASSIGN(const auto standing, standing_release(world, app, now));
  TRY_ASSIGN(const auto managed, managed_subnet(project, scene.observed, world.reserved_subnets));
  Release release{standing.id, standing.app, standing.images};
  if (!missing_containers(project, release, scene.observed).empty()) {
    if (release.images.empty()) {
      return failure("containers of " + app.name + " are missing, and the history does not know their release",
                     "A new release puts it right: bluegreen deploy " + app.name);
    }
    TRY_ASSIGN(release, restore(world, standing));
  }
  TRY_ASSIGN(const auto plan, plan_repair(project, release, scene.observed, managed));
  if (plan.empty()) {
    return Released{app.name, now.active_environment().release(), now.active(), true, false, "", {}};
  }
  Actor actor(world, project, std::move(scene.proxy));
  for (const auto& step : plan) {
    TRY(stopped_by_user(world));
    TRY(actor.act(step));
  }
  TRY_ASSIGN(const auto after, observe(world, project));
  const auto& repaired = after.observed.app(app.name);
  return Released{app.name, repaired.active_environment().release(), repaired.active(), true, true, "", {}};
}

Done reload(World& world, const Project& project) {
  TRY_ASSIGN(auto scene, observe(world, project));
  if (!scene.proxy) return failure("there is no nginx yet", "bluegreen up starts it.");
  const StepInfo step{"reload", "", "let nginx read its files again"};
  const auto started = world.clock.now();
  const auto took = [&] { return std::chrono::duration_cast<Milliseconds>(world.clock.now() - started); };
  world.reporter.begin(step);
  auto done = scene.proxy->reload();
  if (const auto hazard = scene.proxy->reload_hazard(); !hazard.empty()) world.reporter.warn(hazard);
  if (done) {
    world.reporter.end(step, "", took());
  } else {
    world.reporter.fail(step, took());
  }
  return done;
}

Outcome<bool> maintain(World& world, const Project& project, const App& app, const std::optional<std::string>& page) {
  TRY_ASSIGN(auto scene, observe(world, project));
  TRY_ASSIGN(const auto plan, plan_maintenance(scene.observed.app(app.name), page));
  Actor actor(world, project, std::move(scene.proxy));
  for (const auto& step : plan) TRY(actor.act(step));
  return !plan.empty();
}

Done tear_down(World& world, const Project& project, Volumes volumes) {
  TRY_ASSIGN(auto scene, observe(world, project));
  TRY_ASSIGN(const auto all, world.engine.list_containers({}));
  const auto has = [](const Labels& labels, const char* key, const std::string& value) {
    const auto found = labels.find(key);
    return found != labels.end() && (value.empty() || found->second == value);
  };
  const auto& proxy = scene.observed.proxy;
  const auto serves_others = [&](const Container& nginx) {  // it is on the managed network of another project
    return std::ranges::any_of(nginx.addresses, [&](const auto& network) {
      return network.first != default_proxy_network && network.first != managed_network_name(project.name);
    });
  };
  const bool default_proxy_goes = proxy && has(proxy->labels, label::role, "proxy") && !serves_others(*proxy);
  const bool proxy_goes = proxy && (has(proxy->labels, label::project, project.name) || default_proxy_goes);

  if (scene.proxy) {
    for (const auto& [name, app] : scene.observed.apps) {
      if (!app.site && !app.green_marker && !app.in_maintenance) continue;
      TRY(scene.proxy->withdraw(name));
      world.reporter.note("took " + name + " out of nginx");
    }
  }
  std::vector<Container> going;
  for (const auto& container : all) {
    if (has(container.labels, label::project, project.name) || (proxy_goes && container.id == proxy->id))
      going.push_back(container);
  }
  TRY(remove_containers(world, going, nullptr));
  for (const auto& container : going) world.reporter.note("removed " + container.name);
  TRY_ASSIGN(const auto networks, world.engine.list_networks());
  for (const auto& network : networks) {
    const bool ours = has(network.labels, label::project, project.name) ||
                      (default_proxy_goes && has(network.labels, label::role, "proxy"));
    if (!ours) continue;
    if (proxy && !proxy_goes) TRY(world.engine.disconnect_network(network.name, proxy->id));
    TRY(world.engine.remove_network(network.name));
    world.reporter.note("removed network " + network.name);
  }
  TRY_ASSIGN(const auto all_volumes, world.engine.list_volumes());
  for (const auto& [name, labels] : all_volumes) {
    const bool ours = (volumes == Volumes::remove && has(labels, label::project, project.name)) ||
                      (default_proxy_goes && has(labels, label::role, "proxy"));
    if (!ours) continue;
    TRY(world.engine.remove_volume(name));
    world.reporter.note("removed volume " + name);
  }
  return {};
}

}  // namespace bluegreen
