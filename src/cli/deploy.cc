// SPDX-License-Identifier: MIT
// deploy, apply: a release of each app, one after the other; the first that fails ends the command.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/deploy_probe.h"
#include "cli/session.h"

namespace bluegreen {

namespace {

using Release = Outcome<Released> (*)(World&, const Project&, const App&, const ReleaseOptions&);

Done release_each(const Options& options, const std::string& command, Release release, Session& session,
                  const std::vector<App>& apps) {
  const ReleaseOptions how{options.no_switch ? StopBefore::the_switch : StopBefore::nothing,
                           options.keep_failed ? OnFailure::keep_the_idle_side : OnFailure::clear_the_idle_side};
  auto& world = session.world();
  for (const auto& app : apps) {
    const auto started = world.clock.now();
    auto released = release(world, session.project(), app, how);
    if (!released) return std::unexpected(released.error().within(command + " " + app.name));
    session.reporter().released(*released, std::chrono::duration_cast<Milliseconds>(world.clock.now() - started));
  }
  return {};
}

Done release_apps(const Options& options, const std::string& command, Release release) {
  TRY_ASSIGN(auto project, read_project(options));
  DeployProbe probe(options);
  TRY_ASSIGN(const auto session, Session::open(probe.options(), std::move(project), command, Access::change));
  TRY_ASSIGN(const auto apps, session->apps(options.apps));
  TRY_WITHIN("--probe", probe.start(session->reporter(), session->world().stop));
  const auto done = release_each(options, command, release, *session, apps);
  probe.finish(session->reporter(), session->world().stop);
  return done;
}

}  // namespace

Done run_deploy(const Options& options) {
  return options.dry_run ? run_plan(options) : release_apps(options, "deploy", deploy);
}

Done run_apply(const Options& options) { return release_apps(options, "apply", apply); }

}  // namespace bluegreen
