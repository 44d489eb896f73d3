// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "docker/pull_progress.h"

namespace bluegreen::docker {
namespace {

using namespace std::chrono_literals;

constexpr PullProgress::Time kStart{};

std::string downloading(const char* id, long current, long total) {
  return std::string(R"({"status":"Downloading","id":")") + id + R"(","progressDetail":{"current":)" +
         std::to_string(current) + R"(,"total":)" + std::to_string(total) + "}}\r\n";
}

TEST(PullProgress, AddsUpTheLayers) {
  PullProgress pull("python:3");
  pull.feed(downloading("a", 30'000'000, 100'000'000) + downloading("b", 4'000'000, 20'000'000));
  EXPECT_EQ(pull.news(kStart), "pulling python:3: 34 of 120 MB");
  pull.feed("{\"status\":\"Download complete\",\"id\":\"a\"}\n{\"status\":\"Pull complete\",\"id\":\"b\"}\n");
  EXPECT_EQ(pull.news(kStart + 1s), "pulling python:3: unpacking 120 MB");
}

TEST(PullProgress, SpeaksOnlyOfNewsAndNotTooOften) {
  PullProgress pull("x");
  pull.feed(downloading("a", 1'000'000, 9'000'000));
  EXPECT_TRUE(pull.news(kStart));
  pull.feed(downloading("a", 2'000'000, 9'000'000));
  EXPECT_FALSE(pull.news(kStart + 100ms));
  EXPECT_TRUE(pull.news(kStart + 200ms));
  EXPECT_FALSE(pull.news(kStart + 900ms));
}

TEST(PullProgress, FindsTheErrorInsideTheStream) {
  PullProgress pull("x");
  pull.feed("{\"errorDetail\":{\"message\":\"manifest unknown\"},\"error\":\"manifest");
  EXPECT_EQ(pull.error(), "");
  pull.feed(" unknown\"}");
  pull.finish();
  EXPECT_EQ(pull.error(), "manifest unknown");
}

TEST(PullProgress, SurvivesNonsense) {
  PullProgress pull("x");
  pull.feed("garbage\n[]\n{\"id\":3}\nnull\n");
  for (int i = 0; i < 3; ++i) pull.feed(downloading("a", -5, 9'000'000'000'000'000'000));
  for (int i = 0; i < 5000; ++i) pull.feed(downloading(std::to_string(i).c_str(), 9'000'000'000'000'000'000, 1));
  EXPECT_TRUE(pull.news(kStart));
}

}  // namespace
}  // namespace bluegreen::docker
