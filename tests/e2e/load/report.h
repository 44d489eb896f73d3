// SPDX-License-Identifier: MIT
// A finished run, for people and for programs. The JSON:
//   {"failed": 0,
//    "kinds": {"get": {"sent", "ok", "failed", "reused_reset", "idle_closed", "p50_ms", "p99_ms", "max_ms"}, ...},
//    "failures": [{"kind", "what", "count", "first_ms", "last_ms"}, ...],
//    "timeline": [{"at_ms": 0, "answers": {"1": 12}}, ...]}
// The timeline counts answered requests by the moment they began, in steps of 100 ms, and by who answered.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "load/tally.h"

namespace bluegreen::load {

using Tallies = std::vector<std::pair<std::string, Tally>>;  // by kind, in the order of the table

std::string render_text(Tallies tallies);
std::string render_json(Tallies tallies);

}  // namespace bluegreen::load
