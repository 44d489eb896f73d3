// SPDX-License-Identifier: MIT
#include "probe/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace bluegreen::probe {
namespace {

// Values below 64 have a bucket each; from there on every doubling is divided into 64.
constexpr int digits = 6;

std::size_t bucket_of(std::uint64_t value) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - digits - 1);
  return (static_cast<std::size_t>(shift) << digits) + (value >> shift);
}

// The largest value of a bucket.
std::uint64_t top_of(std::size_t bucket) {
  const auto shift = bucket < 2U << digits ? 0 : (bucket >> digits) - 1;
  return ((bucket - (shift << digits) + 1) << shift) - 1;
}

}  // namespace

void Histogram::add(std::chrono::nanoseconds duration) {
  const auto us = std::max<std::int64_t>(0, duration.count() / 1000);
  ++buckets_[std::min(bucket_of(static_cast<std::uint64_t>(us)), buckets_.size() - 1)];
  ++count_;
  longest_ = std::max(longest_, duration);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  longest_ = std::max(longest_, other.longest_);
}

double Histogram::percentile_ms(double share) const {
  const double longest = std::chrono::duration<double, std::milli>(longest_).count();
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size() && rank < count_; ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(rank, 1)) return std::min(static_cast<double>(top_of(i)) / 1000, longest);
  }
  return longest;
}

}  // namespace bluegreen::probe
