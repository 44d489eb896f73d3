// SPDX-License-Identifier: MIT
#include "deploy/drain.h"

#include <algorithm>

namespace bluegreen {

namespace {

// A worker that looked at the marker just before the switch connects a moment later, when the machine is busy. So
// nothing counts as quiet that was not quiet twice.
constexpr Milliseconds a_worker_may_be_about_to_connect{15};

}  // namespace

Outcome<Drained> drain(World& world, Proxy& proxy, const Drain& step) {
  const auto started = world.clock.now();
  int quiet = 0;
  const auto took = [&] { return std::chrono::duration_cast<Milliseconds>(world.clock.now() - started); };
  for (Milliseconds pause{2};; pause = std::min(pause * 2, Milliseconds{100})) {
    TRY_ASSIGN(const int connections, proxy.count_connections(step.endpoints));
    int old_workers = 0;
    if (step.mode == SwitchMode::reload) {
      TRY_ASSIGN(old_workers, proxy.count_old_workers());
    }
    quiet = connections == 0 && old_workers == 0 ? quiet + 1 : 0;
    if (quiet == 2) return Drained{0, took()};
    if (took() >= step.timeout && quiet == 0) return Drained{connections, took()};
    if (quiet == 0) world.reporter.progress(std::to_string(connections) + " connections left");
    world.clock.sleep(quiet > 0 ? a_worker_may_be_about_to_connect : pause, {});
  }
}

}  // namespace bluegreen
