// SPDX-License-Identifier: MIT
// repair: what `status` complains of is put right, without a new release.
#include "cli/commands.h"
#include "cli/session.h"

namespace bluegreen {

Done run_repair(const Options& options) {
  TRY_ASSIGN(auto project, read_project(options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "repair", Access::change));
  TRY_ASSIGN(const auto apps, session->apps(options.apps));
  auto& world = session->world();
  for (const auto& app : apps) {
    const auto started = world.clock.now();
    auto repaired = repair(world, session->project(), app);
    if (!repaired) return std::unexpected(repaired.error().within("repair " + app.name));
    if (repaired->active) {
      session->reporter().released(*repaired, std::chrono::duration_cast<Milliseconds>(world.clock.now() - started));
    } else {
      world.reporter.note(app.name + " was never released, nothing to repair");
    }
  }
  return {};
}

}  // namespace bluegreen
