// SPDX-License-Identifier: MIT
// A container's output as the engine frames it: the same lines in whatever pieces it arrives. The first byte says how
// large these are.
#include <vector>

#include "docker/stream.h"
#include "fuzz.h"

using namespace bluegreen;

namespace {

struct Read {
  bool broken = false;
  std::vector<std::string> lines;
  std::string tail;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view text, std::size_t piece) {
  Read result;
  docker::Demultiplexer frames;
  docker::LineSplitter lines;
  docker::Tail tail(100);
  const auto keep = [&](const std::string& line) { result.lines.push_back(line); };
  fuzz::feed_in_pieces(text, piece, [&](std::string_view bytes) {
    result.broken = !frames.feed(bytes, [&](std::string_view data) {
      lines.feed(data, keep);
      tail.add(data);
    });
    return !result.broken;
  });
  lines.finish(keep);
  result.tail = tail.take();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const std::size_t piece = std::size_t{1} + fuzz::take_byte(text);
  fuzz::require(read(text, 0) == read(text, piece), "lines do not depend on pieces");
  return 0;
}
