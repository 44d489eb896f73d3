// SPDX-License-Identifier: MIT
// What happened to the requests of one kind. Each connection keeps its own, so that nothing is shared while the load
// runs; they are added up at the end.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace bluegreen::load {

inline constexpr std::chrono::milliseconds timeline_step{100};

struct Failures {
  long count = 0;
  long first_ms = 0;  // since the start of the run
  long last_ms = 0;
};

struct Tally {
  long sent = 0;
  long ok = 0;
  long failed = 0;
  long reused_reset =
      0;  // of the failed: a reused connection ended after the request was written, without one byte of answer
  long idle_closed = 0;  // not failed: an idle connection was seen to be closed before anything was written to it
  std::vector<float> latencies_ms;           // of the ok
  std::map<std::string, Failures> failures;  // by what happened
  // When the request began, in steps; then who answered: how often.
  std::map<long, std::map<std::string, long>> timeline;

  void add_ok(const std::string& release, std::chrono::nanoseconds began, std::chrono::nanoseconds took);
  void add_failure(const std::string& what, std::chrono::nanoseconds began);
  void add(const Tally& other);

  // The latency that `share` (0..1) of the ok requests did not exceed; 0 where there are none. Sorts.
  float percentile_ms(double share);
};

}  // namespace bluegreen::load
