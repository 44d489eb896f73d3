// SPDX-License-Identifier: MIT
// Two programs at once in one simulated world, one call at a time: who makes the next call is said by the test, so that
// every interleaving can be had, and had again.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "sim_calls.h"

namespace bluegreen {

class TwoPrograms {
 public:
  using Program = std::function<void()>;

  // The first makes turns[0] calls, the second turns[1], the first turns[2] ...; after the last the one whose turn it
  // would be goes to its end, then the other. Who waits for the other gives its turn away. Returns when both have
  // ended.
  TwoPrograms(SimCalls& calls, std::vector<int> turns, const Program& first, const Program& second);
  TwoPrograms(const TwoPrograms&) = delete;
  TwoPrograms& operator=(const TwoPrograms&) = delete;

 private:
  void run(int me, const Program& program);
  void before_call();
  bool wait();
  void hand_over(std::unique_lock<std::mutex>& lock);

  SimCalls& calls_;
  std::vector<int> turns_;
  std::size_t next_turn_ = 0;
  int left_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int current_ = 0;
  std::array<bool, 2> ended_{};
};

}  // namespace bluegreen
