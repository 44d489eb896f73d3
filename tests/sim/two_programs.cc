// SPDX-License-Identifier: MIT
#include "two_programs.h"

#include <limits>
#include <utility>

namespace bluegreen {

namespace {

thread_local int this_program = 0;

}  // namespace

TwoPrograms::TwoPrograms(SimCalls& calls, std::vector<int> turns, const Program& first, const Program& second)
    : calls_(calls), turns_(std::move(turns)) {
  turns_.push_back(std::numeric_limits<int>::max());
  left_ = turns_[next_turn_++];
  calls_.before_call = [this] { before_call(); };
  calls_.wait = [this] { return wait(); };
  calls_.run_as(0);
  {
    const std::jthread one([&] { run(0, first); });
    const std::jthread other([&] { run(1, second); });
  }
  calls_.before_call = nullptr;
  calls_.wait = nullptr;
  calls_.run_as(0);
}

void TwoPrograms::run(int me, const Program& program) {
  this_program = me;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return current_ == me; });
  }
  program();
  std::unique_lock lock(mutex_);
  ended_.at(static_cast<std::size_t>(me)) = true;
  current_ = 1 - me;
  calls_.run_as(current_);
  changed_.notify_all();
}

void TwoPrograms::before_call() {
  std::unique_lock lock(mutex_);
  while (left_ == 0) hand_over(lock);
  --left_;
}

bool TwoPrograms::wait() {
  std::unique_lock lock(mutex_);
  if (ended_.at(static_cast<std::size_t>(1 - this_program))) return false;
  hand_over(lock);
  return true;
}

// To the other one, if it has not ended; returns when it is this one's turn again.
void TwoPrograms::hand_over(std::unique_lock<std::mutex>& lock) {
  const int me = this_program;
  left_ = next_turn_ < turns_.size() ? turns_[next_turn_++] : std::numeric_limits<int>::max();
  if (ended_.at(static_cast<std::size_t>(1 - me))) return;
  current_ = 1 - me;
  calls_.run_as(current_);
  changed_.notify_all();
  changed_.wait(lock, [&] { return current_ == me; });
}

}  // namespace bluegreen
