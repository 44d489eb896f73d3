// SPDX-License-Identifier: MIT
// rollback: back to the release that served before.
#include <filesystem>

#include "cli/commands.h"
#include "cli/session.h"

namespace bluegreen {

namespace {

// What a release has inside is as it was; a file that is only mounted is as it is now.
void warn_of_changed_files(const ReleaseRecord& release, Reporter& reporter) {
  for (const auto& service : release.app.services) {
    for (const auto& mount : service.container.mounts) {
      std::error_code error;
      if (mount.kind != Mount::Kind::bind || !std::filesystem::is_regular_file(mount.source, error)) continue;
      const auto changed = std::chrono::file_clock::to_sys(std::filesystem::last_write_time(mount.source, error));
      if (!error && changed > release.created) {
        reporter.warn(mount.source + " has changed since release " + release.id +
                      " was made; it is started with the file as it is now");
      }
    }
  }
}

}  // namespace

Done run_rollback(const Options& options) {
  TRY_ASSIGN(auto project, read_project(options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "rollback", Access::change));
  TRY_ASSIGN(const auto app, session->app(options.app));
  auto& world = session->world();
  const auto started = world.clock.now();
  TRY_ASSIGN(const auto scene, observe(world, session->project()));
  const auto& now = scene.observed.app(app.name);
  if (const auto previous = previous_release(world.history, now);
      previous && !(now.environments[other(now.active())].release() == previous->id &&
                    now.environments[other(now.active())].all_running())) {
    warn_of_changed_files(*previous, world.reporter);
  }
  auto back = roll_back(world, session->project(), app);
  if (!back) return std::unexpected(back.error().within("rollback " + app.name));
  session->reporter().released(*back, std::chrono::duration_cast<Milliseconds>(world.clock.now() - started));
  return {};
}

}  // namespace bluegreen
