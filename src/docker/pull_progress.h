// SPDX-License-Identifier: MIT
// The engine reports a pull as JSON lines, one for each step of each layer; people get one line for the whole, a few
// times a second. Pure: time comes in from outside.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "docker/stream.h"

namespace bluegreen::docker {

class PullProgress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit PullProgress(std::string image) : image_(std::move(image)) {}

  void feed(std::string_view piece);
  void finish();

  // "pulling python:3: 34 of 120 MB", if that is news and the last one is at least 200 ms ago.
  [[nodiscard]] std::optional<std::string> news(Time now);
  // What the engine gave up with, inside the stream.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct Layer {
    std::int64_t current = 0;
    std::int64_t total = 0;
    bool downloaded = false;
  };

  void take(const std::string& line);
  [[nodiscard]] std::string text() const;

  std::string image_;
  LineSplitter lines_;
  std::map<std::string, Layer> layers_;
  std::string error_;
  std::string last_text_;
  std::optional<Time> last_time_;
};

}  // namespace bluegreen::docker
