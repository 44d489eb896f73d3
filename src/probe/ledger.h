// SPDX-License-Identifier: MIT
// The account of one kind of client: every connection of that kind writes into it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "probe/plan.h"
#include "probe/tally.h"
#include "probe/timeline.h"
#include "wire/socket.h"

namespace bluegreen::probe {

using TimePoint = wire::Clock::time_point;

// Shared by all connections of a run.
struct Run {
  TimePoint start;
  TimePoint end;
  int stop_fd;  // readable: send nothing more
  std::atomic<long> requests_left;
  std::atomic<TimePoint> first_answer{TimePoint::max()};  // when it came
};

class Ledger {
 public:
  // `answers` gets who answered, `failures` what failed: the timelines of the run.
  Ledger(Run& run, CountFrom count_from, Timeline& answers, Timeline& failures)
      : run_(run), count_from_(count_from), answers_(answers), failures_(failures) {}

  // `who` may be unknown: empty.
  void answered(const std::string& who, TimePoint began);
  void failed(const std::string& what, TimePoint began);
  // failed(): a reused connection was closed after the request was written, without one byte of answer.
  void reused_reset(TimePoint began);
  void idle_closed();
  void repeated();

  [[nodiscard]] bool has_answers() const { return has_answers_; }
  [[nodiscard]] Tally tally() const;

 private:
  Run& run_;
  const CountFrom count_from_;
  Timeline& answers_;
  Timeline& failures_;
  mutable std::mutex mutex_;
  Tally tally_;
  std::atomic<bool> has_answers_ = false;
};

}  // namespace bluegreen::probe
