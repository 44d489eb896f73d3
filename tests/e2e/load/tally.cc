// SPDX-License-Identifier: MIT
#include "load/tally.h"

#include <algorithm>
#include <cmath>

namespace bluegreen::load {
namespace {

long in_ms(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

void merge(Failures& into, const Failures& other) {
  into.first_ms = into.count == 0 ? other.first_ms : std::min(into.first_ms, other.first_ms);
  into.last_ms = std::max(into.last_ms, other.last_ms);
  into.count += other.count;
}

}  // namespace

void Tally::add_ok(const std::string& release, std::chrono::nanoseconds began, std::chrono::nanoseconds took) {
  ++ok;
  latencies_ms.push_back(std::chrono::duration<float, std::milli>(took).count());
  ++timeline[began / timeline_step][release];
}

void Tally::add_failure(const std::string& what, std::chrono::nanoseconds began) {
  ++failed;
  merge(failures[what], {1, in_ms(began), in_ms(began)});
}

void Tally::add(const Tally& other) {
  sent += other.sent;
  ok += other.ok;
  failed += other.failed;
  reused_reset += other.reused_reset;
  idle_closed += other.idle_closed;
  latencies_ms.insert(latencies_ms.end(), other.latencies_ms.begin(), other.latencies_ms.end());
  for (const auto& [what, seen] : other.failures) merge(failures[what], seen);
  for (const auto& [step, answers] : other.timeline) {
    for (const auto& [release, count] : answers) timeline[step][release] += count;
  }
}

float Tally::percentile_ms(double share) {
  if (latencies_ms.empty()) return 0;
  std::ranges::sort(latencies_ms);
  const auto last = static_cast<double>(latencies_ms.size() - 1);
  return latencies_ms[static_cast<std::size_t>(std::ceil(share * last))];
}

}  // namespace bluegreen::load
