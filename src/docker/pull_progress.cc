// SPDX-License-Identifier: MIT
#include "docker/pull_progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "docker/json.h"

namespace bluegreen::docker {
namespace {

constexpr auto kBetweenNews = std::chrono::milliseconds(200);
constexpr std::size_t kMostLayers = 1000;
constexpr std::int64_t kMegabyte = 1'000'000;

// Not more than a petabyte: sums of what a stranger says must not overflow.
std::int64_t size_at(const json& value, const char* name) {
  return std::clamp<std::int64_t>(number_at(value, {"progressDetail", name}), 0, 1'000'000'000'000'000);
}

}  // namespace

void PullProgress::feed(std::string_view piece) {
  lines_.feed(piece, [this](const std::string& line) { take(line); });
}

void PullProgress::finish() {
  lines_.finish([this](const std::string& line) { take(line); });
}

void PullProgress::take(const std::string& line) {
  const auto value = parse_json(line);
  if (!value) return;
  auto reason = text_at(*value, {"errorDetail", "message"});
  if (reason.empty()) reason = text_at(*value, {"error"});
  if (!reason.empty()) error_ = reason;

  const auto id = text_at(*value, {"id"});
  const auto status = text_at(*value, {"status"});
  if (id.empty() || (layers_.size() >= kMostLayers && !layers_.contains(id))) return;
  if (status == "Downloading") {
    layers_[id].current = size_at(*value, "current");
    layers_[id].total = size_at(*value, "total");
  } else if (status == "Download complete" || status == "Pull complete" || status == "Extracting") {
    auto& layer = layers_[id];
    layer.downloaded = true;
    layer.current = layer.total;
  } else if (status == "Pulling fs layer" || status == "Waiting") {
    layers_.try_emplace(id);
  }
}

std::string PullProgress::text() const {
  std::int64_t current = 0, total = 0;
  for (const auto& [id, layer] : layers_) {
    current += layer.current;
    total += layer.total;
  }
  if (total == 0) return fmt::format("pulling {}", image_);
  if (std::ranges::all_of(layers_, [](const auto& entry) { return entry.second.downloaded; }))
    return fmt::format("pulling {}: unpacking {} MB", image_, (total + kMegabyte - 1) / kMegabyte);
  return fmt::format("pulling {}: {} of {} MB", image_, current / kMegabyte, (total + kMegabyte - 1) / kMegabyte);
}

std::optional<std::string> PullProgress::news(Time now) {
  if (last_time_ && now - *last_time_ < kBetweenNews) return {};
  auto words = text();
  if (words == last_text_) return {};
  last_time_ = now;
  last_text_ = words;
  return words;
}

}  // namespace bluegreen::docker
