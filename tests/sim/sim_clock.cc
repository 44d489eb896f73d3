// SPDX-License-Identifier: MIT
#include "sim_clock.h"

namespace bluegreen {
namespace {

constexpr auto kFirstDay = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

}  // namespace

std::chrono::steady_clock::time_point SimClock::now() {
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::time_point(elapsed_);
}

WallTime SimClock::wall() {
  const std::lock_guard lock(mutex_);
  return WallTime(kFirstDay) + elapsed_ + offset_;
}

void SimClock::sleep(Milliseconds duration, const std::stop_token& stop) {
  if (!stop.stop_requested()) advance(duration);
}

void SimClock::become(const SimClock& other) {
  elapsed_ = other.elapsed_;
  offset_ = other.offset_;
}

void SimClock::advance(Milliseconds duration) {
  const std::lock_guard lock(mutex_);
  elapsed_ += duration;
}

void SimClock::jump(Milliseconds distance) {
  const std::lock_guard lock(mutex_);
  offset_ += distance;
}

}  // namespace bluegreen
