// SPDX-License-Identifier: MIT
// switch: makes an environment that is up and healthy the active one. Nothing is started, nothing is stopped.
#include "cli/commands.h"
#include "cli/session.h"

namespace bluegreen {

Done run_switch(const Options& options) {
  TRY_ASSIGN(auto project, read_project(options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "switch", Access::change));
  TRY_ASSIGN(auto app, session->app(options.app));
  if (!options.timeout) app.policy.health_timeout = Milliseconds{5000};  // it is up already: it answers or it does not
  auto& world = session->world();
  const auto started = world.clock.now();
  auto switched = switch_to(world, session->project(), app, options.color);
  if (!switched) return std::unexpected(switched.error().within("switch " + app.name));
  session->reporter().released(*switched, std::chrono::duration_cast<Milliseconds>(world.clock.now() - started));
  return {};
}

}  // namespace bluegreen
