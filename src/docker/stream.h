// SPDX-License-Identifier: MIT
// The engine's output streams: frames of eight bytes of header (kind, three zeros, size as big endian) and data, cut
// anywhere by the network. Pure. Facts: https://docs.docker.com/reference/api/engine/version/v1.41/ (ContainerAttach).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bluegreen::docker {

// Standard output and error, in the order they arrive. Never holds more than a header: hostile sizes cost nothing.
class Demultiplexer {
 public:
  // Hands the data in `piece` to `sink`; false: this is no such stream, and no more is read.
  bool feed(std::string_view piece, const std::function<void(std::string_view)>& sink);

 private:
  std::string header_;
  std::uint32_t left_ = 0;  // of the frame under way
  bool broken_ = false;
};

// Cuts text into lines, without "\n" or "\r\n". A line longer than the limit is cut there.
class LineSplitter {
 public:
  static constexpr std::size_t kLongestLine = 64 << 10;

  void feed(std::string_view piece, const std::function<void(const std::string&)>& line);
  void finish(const std::function<void(const std::string&)>& line);  // the rest, if it is not empty

 private:
  std::string rest_;
};

// The end of a text of any length.
class Tail {
 public:
  explicit Tail(std::size_t limit) : limit_(limit) {}
  void add(std::string_view piece);
  std::string take();

 private:
  std::size_t limit_;
  std::string text_;
};

}  // namespace bluegreen::docker
