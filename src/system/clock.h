// SPDX-License-Identifier: MIT
// The real clock.
#pragma once

#include "deploy/ports.h"

namespace bluegreen {

class SystemClock : public Clock {
 public:
  std::chrono::steady_clock::time_point now() override;
  WallTime wall() override;
  void sleep(Milliseconds duration, const std::stop_token& stop) override;
};

}  // namespace bluegreen
