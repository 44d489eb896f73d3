// SPDX-License-Identifier: MIT
#include "docker/stream.h"

#include <algorithm>

namespace bluegreen::docker {
namespace {

constexpr std::size_t kHeaderSize = 8;

bool is_header(const std::string& header) {
  return header[0] >= 0 && header[0] <= 3 && header[1] == 0 && header[2] == 0 && header[3] == 0;
}

std::uint32_t size_in(const std::string& header) {
  std::uint32_t size = 0;
  for (std::size_t i = 4; i < kHeaderSize; ++i) size = size << 8 | static_cast<unsigned char>(header[i]);
  return size;
}

}  // namespace

bool Demultiplexer::feed(std::string_view piece, const std::function<void(std::string_view)>& sink) {
  while (!broken_ && !piece.empty()) {
    if (left_ > 0) {
      const auto data = piece.substr(0, left_);
      sink(data);
      left_ -= static_cast<std::uint32_t>(data.size());
      piece.remove_prefix(data.size());
      continue;
    }
    const auto part = piece.substr(0, kHeaderSize - header_.size());
    header_ += part;
    piece.remove_prefix(part.size());
    if (header_.size() < kHeaderSize) break;
    broken_ = !is_header(header_);
    left_ = size_in(header_);
    header_.clear();
  }
  return !broken_;
}

void LineSplitter::feed(std::string_view piece, const std::function<void(const std::string&)>& line) {
  while (!piece.empty()) {
    const auto room = kLongestLine - rest_.size();
    const auto end = piece.substr(0, room).find('\n');
    if (end == std::string_view::npos) {
      rest_ += piece.substr(0, room);
      piece.remove_prefix(std::min(room, piece.size()));
      if (rest_.size() < kLongestLine) return;
    } else {
      rest_ += piece.substr(0, end);
      piece.remove_prefix(end + 1);
      if (rest_.ends_with('\r')) rest_.pop_back();
    }
    line(rest_);
    rest_.clear();
  }
}

void LineSplitter::finish(const std::function<void(const std::string&)>& line) {
  if (!rest_.empty()) line(rest_);
  rest_.clear();
}

void Tail::add(std::string_view piece) {
  text_ += piece;
  if (text_.size() > 2 * limit_) text_.erase(0, text_.size() - limit_);
}

std::string Tail::take() {
  if (text_.size() > limit_) text_.erase(0, text_.size() - limit_);
  return std::move(text_);
}

}  // namespace bluegreen::docker
