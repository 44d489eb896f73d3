// SPDX-License-Identifier: MIT
#include "system/clock.h"

#include <condition_variable>
#include <mutex>

namespace bluegreen {

std::chrono::steady_clock::time_point SystemClock::now() { return std::chrono::steady_clock::now(); }

WallTime SystemClock::wall() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

void SystemClock::sleep(Milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, duration, [] { return false; });
}

}  // namespace bluegreen
