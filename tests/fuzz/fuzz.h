// SPDX-License-Identifier: MIT
// What the fuzzers share: the input as text, the way to fail, cutting a stream into pieces.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bluegreen::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline void require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what.c_str());
  std::abort();
}

// The first byte, taken off the text; 0 when there is none.
inline std::uint8_t take_byte(std::string_view& text) {
  if (text.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(text.front());
  text.remove_prefix(1);
  return byte;
}

// As a network delivers it: `size` bytes at a time, 0 for all at once. `feed` says whether more is wanted.
template <class Feed>
void feed_in_pieces(std::string_view text, std::size_t size, const Feed& feed) {
  if (size == 0) size = std::max<std::size_t>(text.size(), 1);
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
    if (!feed(text.substr(0, size))) return;
}

}  // namespace bluegreen::fuzz
