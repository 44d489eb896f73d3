// SPDX-License-Identifier: MIT
// The commands that change something, in words of the ports: observe, plan, act. What is active afterwards is always
// what nginx does; a run that was killed anywhere is finished or undone by the next one, because each starts by
// observing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/plan.h"
#include "deploy/world.h"

namespace bluegreen {

// The world as it is now. `proxy` is empty where there is no nginx container yet.
struct Scene {
  Observed observed;
  std::unique_ptr<Proxy> proxy;
};
Outcome<Scene> observe(World& world, const Project& project);

enum class OnFailure { clear_the_idle_side, keep_the_idle_side };

struct ReleaseOptions {
  StopBefore stop_before = StopBefore::nothing;
  OnFailure on_failure = OnFailure::clear_the_idle_side;
};

struct Released {
  std::string app;
  std::string release;
  Color color = Color::blue;
  bool active = false;  // it serves now
  bool changed = true;  // false: apply found nothing to do
  // Where people find it before the switch: "10.213.8.1:7999", and the Host headers it is asked with there.
  std::string preview;
  std::vector<std::string> preview_hosts;
};

// Infrastructure that is missing: networks, volumes, nginx, databases. Touches nothing that runs.
Done bring_up(World& world, const Project& project);

// Always makes a release. On failure the active environment is as it was and the idle one is cleared (or kept).
Outcome<Released> deploy(World& world, const Project& project, const App& app, const ReleaseOptions& options);

// The same, only where the active release differs from the app.
Outcome<Released> apply(World& world, const Project& project, const App& app, const ReleaseOptions& options);

// What deploy would do, nothing touched.
Outcome<Plan> preview_deploy(World& world, const Project& project, const App& app, StopBefore stop_before);

// To an environment that is up and healthy, else refused. Nothing is stopped. `to`: nothing = the other one.
Outcome<Released> switch_to(World& world, const Project& project, const App& app, std::optional<Color> to);

// Back to the release that served before: at once if it still stands, else by releasing exactly it again.
Outcome<Released> roll_back(World& world, const Project& project, const App& app);

// Puts right what does not fit together, without a release: infrastructure, nginx's file, the marker, containers that
// were stopped, removed or left over. `active` is false where the app was never released. Error: only a deploy can
// help.
Outcome<Released> repair(World& world, const Project& project, const App& app);

// Lets nginx read its files again: certificates that were replaced, files of the user's own. Refused files change
// nothing.
Done reload(World& world, const Project& project);

// Public requests of the app get 503 and this page, or (nothing) go to the app again. False: it was open already.
Outcome<bool> maintain(World& world, const Project& project, const App& app, const std::optional<std::string>& page);

// The release that `rollback` goes back to: the one that served before the active one. Error: none is known.
Outcome<ReleaseRecord> previous_release(History& history, const ObservedApp& app);

enum class Volumes { keep, remove };

// Removes what bluegreen made for the project: environments, sites, infrastructure, networks, and volumes if asked to.
Done tear_down(World& world, const Project& project, Volumes volumes);

}  // namespace bluegreen
