// SPDX-License-Identifier: MIT
// Draining: counted, not guessed. What is left in an environment is the number of established TCP connections from
// nginx to its addresses; in reload mode also the workers of the old configuration, which may still choose it.
//
// What does not end by itself, WebSockets and long downloads, is left by policy:
// - wait: until it ends, or the time is over.
// - cut: what is short gets its second, and no more.
// - spread: the replicas are stopped one after the other, evenly over the time, so that thousands of clients do not
//   come back in one instant. Each replica closes its connections in its own way, when it gets its stop signal.
#pragma once

#include <functional>

#include "deploy/plan.h"
#include "deploy/world.h"

namespace bluegreen {

struct Drained {
  int cut = 0;     // connections that were left when the time was over
  int closed = 0;  // before that, with the replicas that were stopped
  Milliseconds took{0};
};

// Stops one container, by the app's own signal and grace.
using StopReplica = std::function<Done(const Container& replica)>;

// Waits until nothing is left, or for as long as the step says. Ctrl-C does not shorten it: a request is worth more.
Outcome<Drained> drain(World& world, Proxy& proxy, const Drain& step, const StopReplica& stop = {});

// How long there is for what remains: `cut` waits for no more than short requests.
[[nodiscard]] Milliseconds time_to_drain(DrainPolicy policy, Milliseconds timeout);

// When replica `index` of `count` is stopped, since the beginning: evenly, the last one when the time is over, and none
// as long as short requests may be under way.
[[nodiscard]] Milliseconds time_to_stop(std::size_t index, std::size_t count, Milliseconds timeout);

}  // namespace bluegreen
