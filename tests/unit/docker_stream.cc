// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "docker/stream.h"

namespace bluegreen::docker {
namespace {

using testing::ElementsAre;

std::string frame(char kind, const std::string& data) {
  std::string header{kind, 0, 0, 0, 0, 0, static_cast<char>(data.size() >> 8), static_cast<char>(data.size())};
  return header + data;
}

TEST(Demultiplexer, JoinsFramesHoweverTheyAreCut) {
  const auto stream = frame(1, "out ") + frame(2, "") + frame(2, std::string(300, 'e')) + frame(1, "\n");
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    Demultiplexer frames;
    std::string text;
    for (std::size_t at = 0; at < stream.size(); at += size)
      ASSERT_TRUE(frames.feed(std::string_view(stream).substr(at, size), [&](std::string_view data) { text += data; }));
    EXPECT_EQ(text, "out " + std::string(300, 'e') + "\n") << "cut into " << size;
  }
}

TEST(Demultiplexer, StopsAtWhatIsNoFrame) {
  Demultiplexer frames;
  std::string text;
  const auto take = [&](std::string_view data) { text += data; };
  EXPECT_FALSE(frames.feed(frame(1, "a") + "HTTP/1.1 400 Bad", take));
  EXPECT_FALSE(frames.feed(frame(1, "b"), take));
  EXPECT_EQ(text, "a");
}

TEST(Demultiplexer, TakesTheLargestSizeWithoutMemoryForIt) {
  Demultiplexer frames;
  std::size_t seen = 0;
  const std::string header{1, 0, 0, 0, '\xff', '\xff', '\xff', '\xff'};
  EXPECT_TRUE(frames.feed(header + "abc", [&](std::string_view data) { seen += data.size(); }));
  EXPECT_EQ(seen, 3u);
}

std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  const auto take = [&](const std::string& line) { lines.push_back(line); };
  for (const auto& piece : pieces) splitter.feed(piece, take);
  splitter.finish(take);
  return lines;
}

TEST(LineSplitter, CutsAtNewlinesAndKeepsTheRest) {
  EXPECT_THAT(lines_of({"a\nb", "c\r", "\n", "\n", "end"}), ElementsAre("a", "bc", "", "end"));
  EXPECT_THAT(lines_of({}), ElementsAre());
}

TEST(LineSplitter, CutsALineWithoutEnd) {
  const auto lines = lines_of({std::string(LineSplitter::kLongestLine + 5, 'x')});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].size(), LineSplitter::kLongestLine);
  EXPECT_EQ(lines[1].size(), 5u);
}

TEST(Tail, KeepsTheEnd) {
  Tail tail(4);
  for (int i = 0; i < 100; ++i) tail.add("abcdefghijk");
  tail.add("xy");
  EXPECT_EQ(tail.take(), "jkxy");
}

}  // namespace
}  // namespace bluegreen::docker
