// SPDX-License-Identifier: MIT
// Draining: counted, not guessed. What is left in an environment is the number of established TCP connections from
// nginx to its addresses; in reload mode also the workers of the old configuration, which may still choose it.
#pragma once

#include "deploy/plan.h"
#include "deploy/world.h"

namespace bluegreen {

struct Drained {
  int cut = 0;  // connections that were left when the time was over
  Milliseconds took{0};
};

// Waits until nothing is left, or for the step's timeout. Ctrl-C does not shorten it: a request is worth more.
Outcome<Drained> drain(World& world, Proxy& proxy, const Drain& step);

}  // namespace bluegreen
