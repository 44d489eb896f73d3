// SPDX-License-Identifier: MIT
// The wiring: from options to a project, an engine, a proxy, a lock, and the World that src/deploy works with.
#pragma once

#include <memory>
#include <optional>

#include "cli/file_history.h"
#include "cli/options.h"
#include "cli/reporters.h"
#include "deploy/world.h"
#include "docker/engine.h"
#include "nginx/proxy.h"
#include "system/clock.h"
#include "system/lock.h"
#include "system/signals.h"

namespace bluegreen {

// The project of the Compose files, images overridden, --timeout applied; its warnings go to standard error.
Outcome<Project> read_project(const Options& options);

Outcome<DockerAddress> engine_address(const Options& options);

// How nginx of a project is reached. `nginx`: its container; nullptr: it is a service of this machine.
Outcome<std::unique_ptr<Proxy>> open_nginx(Engine& engine, Clock& clock, const Project& project, const Container* nginx,
                                           EnginePlace place);

enum class Access { read, change };  // change takes the project's lock

class Session {
 public:
  // `command`: for the lock's message.
  static Outcome<std::unique_ptr<Session>> open(const Options& options, Project project, const std::string& command,
                                                Access access);

  [[nodiscard]] const Project& project() const { return project_; }
  [[nodiscard]] World& world() { return *world_; }
  [[nodiscard]] TextOrJsonReporter& reporter() { return *reporter_; }

  // Those named on the command line, or all, in depends_on order. Error: an unknown name.
  Outcome<std::vector<App>> apps(const std::vector<std::string>& names) const;
  Outcome<App> app(const std::string& name) const;

 private:
  Session(Project project) : project_(std::move(project)) {}
  Outcome<ProjectLock> lock_project(const std::string& command, Milliseconds wait, const std::stop_token& stop);

  StopOnSignals signals_;
  SystemClock clock_;
  Project project_;
  std::optional<ProjectLock> lock_;
  std::unique_ptr<TextOrJsonReporter> reporter_;
  std::unique_ptr<FileHistory> history_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<World> world_;
};

}  // namespace bluegreen
