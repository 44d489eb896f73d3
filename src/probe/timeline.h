// SPDX-License-Identifier: MIT
// Who answered the requests that began when, in steps of 100 ms, and when each answered first and last. Takes what
// every connection of a run has to say, from any thread. Its memory grows with the run's time and with nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace bluegreen::probe {

inline constexpr std::chrono::milliseconds timeline_step{100};

// One that answered. All times are since the start of the run.
struct Responder {
  std::string name;
  long answers = 0;
  std::chrono::nanoseconds first_began{0}, first_answered{0};  // of its requests: the earliest of either
  std::chrono::nanoseconds last_began{0}, last_answered{0};    // the latest
};

struct TimelineStep {
  std::vector<std::pair<std::uint16_t, std::uint32_t>> answers;  // index of the responder, how often
  std::uint32_t failed = 0;
};

struct Track {
  std::vector<Responder> responders;
  std::vector<TimelineStep> steps;
};

class Timeline {
 public:
  void add_answer(const std::string& who, std::chrono::nanoseconds began, std::chrono::nanoseconds answered);
  void add_failure(std::chrono::nanoseconds began);

  [[nodiscard]] Track track() const;

 private:
  TimelineStep& step_at(std::chrono::nanoseconds began);
  std::uint16_t index_of(const std::string& who);

  mutable std::mutex mutex_;
  Track track_;
};

}  // namespace bluegreen::probe
