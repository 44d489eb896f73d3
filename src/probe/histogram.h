// SPDX-License-Identifier: MIT
// Durations, counted in buckets that are at most 1.6 % wide: percentiles of any number of them in a fixed 30 KiB.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bluegreen::probe {

class Histogram {
 public:
  void add(std::chrono::nanoseconds duration);
  void add(const Histogram& other);

  // What `share` (0..1) of them did not exceed, to the bucket's width; the longest one exactly. 0 where there are none.
  [[nodiscard]] double percentile_ms(double share) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr std::size_t steps = 64;  // buckets for each doubling
  static constexpr std::size_t doublings = 58;

  std::array<std::uint64_t, steps * doublings> buckets_{};  // of microseconds
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds longest_{0};
};

}  // namespace bluegreen::probe
