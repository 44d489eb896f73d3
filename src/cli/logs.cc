// SPDX-License-Identifier: MIT
// logs: of all containers of one environment, each line with its container's name in front.
#include <fmt/format.h>

#include <mutex>

#include "cli/commands.h"
#include "cli/session.h"

namespace bluegreen {

Done run_logs(const Options& options) {
  TRY_ASSIGN(auto project, read_project(options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "logs", Access::read));
  TRY_ASSIGN(const auto app, session->app(options.app));
  auto& world = session->world();
  TRY_ASSIGN(const auto scene, observe(world, session->project()));
  const auto& now = scene.observed.app(app.name);
  const auto color = options.color.value_or(now.active());
  const auto& containers = now.environments[color].containers;
  if (containers.empty()) {
    const bool deployed = !now.environments.blue.empty() || !now.environments.green.empty();
    const auto environment = environment_name(app.name, color);
    return failure(deployed ? "nothing stands in " + environment : app.name + " is not deployed",
                   "See: bluegreen status " + app.name);
  }
  std::mutex output;
  const LogQuery query{options.tail, options.follow, world.stop};
  const auto read = for_each_index(Concurrency::parallel, containers.size(), [&](std::size_t i) -> Done {
    return world.engine.read_logs(containers[i].id, query, [&](const std::string& line) {
      const std::lock_guard guard(output);
      if (containers.size() > 1) fmt::print("{} | ", containers[i].name);
      fmt::print("{}\n", line);
      if (options.follow) std::fflush(stdout);
    });
  });
  if (!read && read.error().kind == ErrorKind::interrupted && options.follow) return {};  // Ctrl-C is how one ends it
  return read;
}

}  // namespace bluegreen
