// SPDX-License-Identifier: MIT
#include "probe/tally.h"

#include <algorithm>

namespace bluegreen::probe {
namespace {

void merge(Failures& into, const Failures& other) {
  into.first_ms = into.count == 0 ? other.first_ms : std::min(into.first_ms, other.first_ms);
  into.last_ms = std::max(into.last_ms, other.last_ms);
  into.count += other.count;
}

}  // namespace

void Tally::add_failure(const std::string& what, std::chrono::nanoseconds began) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(began).count();
  ++failed;
  merge(failures[what], {1, ms, ms});
}

void Tally::add(const Tally& other) {
  sent += other.sent;
  ok += other.ok;
  failed += other.failed;
  reused_reset += other.reused_reset;
  idle_closed += other.idle_closed;
  repeated += other.repeated;
  latencies.add(other.latencies);
  for (const auto& [what, seen] : other.failures) merge(failures[what], seen);
}

}  // namespace bluegreen::probe
