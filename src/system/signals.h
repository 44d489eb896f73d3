// SPDX-License-Identifier: MIT
// Ctrl-C and SIGTERM become a stop request, looked at between steps and in waits. A second one ends the process at
// once.
#pragma once

#include <stop_token>
#include <thread>

namespace bluegreen {

class StopOnSignals {
 public:
  StopOnSignals();  // to be made before any other thread
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread listener_;
};

}  // namespace bluegreen
