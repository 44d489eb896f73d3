// SPDX-License-Identifier: MIT
// Time that passes only when somebody sleeps or says so: minutes of waiting cost nothing, and every run is the same.
#pragma once

#include <mutex>

#include "deploy/ports.h"

namespace bluegreen {

class SimClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() override;
  WallTime wall() override;
  void sleep(Milliseconds duration, const std::stop_token& stop) override;  // advances; does nothing after a stop

  void become(const SimClock& other);
  void advance(Milliseconds duration);
  void jump(Milliseconds distance);  // of the time of day alone: somebody set it, or a battery is empty

 private:
  std::mutex mutex_;
  Milliseconds elapsed_{0}, offset_{0};
};

}  // namespace bluegreen
