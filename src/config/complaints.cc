// SPDX-License-Identifier: MIT
#include "config/complaints.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace bluegreen {
namespace {

std::string in_front(const Place& place) {
  const auto position = to_string(place.at);
  return position + (position.empty() ? "" : ": ") + place.path + (place.path.empty() ? "" : ": ");
}

}  // namespace

std::string to_string(const Position& position) {
  if (!position.file) return {};
  if (position.line == 0) return *position.file;
  return fmt::format("{}:{}:{}", *position.file, position.line, position.column);
}

void Complaints::add(const Place& place, std::string_view what, std::string_view hint) {
  if (full()) return;
  auto text = fmt::format("{}{}{}{}", in_front(place), what, hint.empty() ? "" : "; ", hint);
  // The same line reached through two aliases is one complaint.
  if (std::ranges::any_of(lines_, [&](const Line& line) { return line.text == text; })) return;
  lines_.push_back({place.at, std::move(text)});
}

void Complaints::warn(const Place& place, std::string_view what) {
  auto text = fmt::format("{}{}", in_front(place), what);
  if (warnings_.size() < most && std::ranges::find(warnings_, text) == warnings_.end())
    warnings_.push_back(std::move(text));
}

Error Complaints::error() const {
  auto lines = lines_;
  std::vector<std::string> files;  // in the order they were first complained about
  for (const auto& line : lines)
    if (line.at.file && std::ranges::find(files, *line.at.file) == files.end()) files.push_back(*line.at.file);
  const auto key = [&](const Line& line) {
    const auto file = line.at.file ? std::ranges::find(files, *line.at.file) - files.begin() : -1;
    return std::tuple(file, line.at.line, line.at.column);
  };
  std::ranges::stable_sort(lines, std::less{}, key);
  std::string message;
  for (std::size_t i = 0; i < lines.size() && i < most; ++i) message += (message.empty() ? "" : "\n") + lines[i].text;
  if (lines.size() > most) message += "\nand more";
  return {ErrorKind::usage, message, {}};
}

}  // namespace bluegreen
