// SPDX-License-Identifier: MIT
// The engine's report of a pull: any bytes, in pieces of the size that the first byte says.
#include "docker/pull_progress.h"

#include "fuzz.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const auto piece_size = fuzz::take_byte(text);
  docker::PullProgress progress("image");
  docker::PullProgress::Time now{};
  fuzz::feed_in_pieces(text, piece_size, [&](std::string_view piece) {
    progress.feed(piece);
    if (const auto news = progress.news(now += std::chrono::seconds(1)))
      fuzz::require(news->starts_with("pulling image"), "news is about the image");
    return true;
  });
  progress.finish();
  return 0;
}
