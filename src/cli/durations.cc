// SPDX-License-Identifier: MIT
#include "cli/durations.h"

#include <CLI/CLI.hpp>
#include <charconv>

namespace bluegreen {
namespace {

// Nothing for what is none.
std::optional<Milliseconds> parse_duration(std::string_view text) {
  Milliseconds total{0};
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0 || number > 1'000'000) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = text.substr(0, text.find_first_of("0123456789"));
    if (unit == "ms")
      total += Milliseconds{number};
    else if (unit == "s")
      total += Milliseconds{number * 1000};
    else if (unit == "m")
      total += Milliseconds{number * 60'000};
    else if (unit == "h")
      total += Milliseconds{number * 3'600'000};
    else
      return std::nullopt;
    text.remove_prefix(unit.size());
  }
  return total;
}

}  // namespace

CLI::Option* add_duration(CLI::App* sub, const char* name, const char* what,
                          const std::function<void(Milliseconds)>& set) {
  const CLI::callback_t take = [set, name](const CLI::results_t& words) {
    const auto& text = words.back();
    const auto duration = parse_duration(text);
    if (!duration)
      throw CLI::ValidationError(std::string(name) + " " + text + ": not a duration such as 8s, 500ms or 2m");
    set(*duration);
    return true;
  };
  return sub->add_option(name, take, what)->type_name("DURATION");
}

}  // namespace bluegreen
