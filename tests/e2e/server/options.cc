// SPDX-License-Identifier: MIT
#include "server/options.h"

#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>
#include <string_view>

namespace bluegreen::server {
namespace {

std::optional<int> parse_int(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Each takes the text of its value (empty for those without one) and says whether that made sense.
using Setter = std::function<bool(Options&, const std::string&)>;

template <class T, class Parse>
Setter parsed(T Options::* member, Parse parse) {
  return [=](Options& options, const std::string& text) {
    const auto value = parse(text);
    if (value) options.*member = *value;
    return value.has_value();
  };
}

Setter text(std::string Options::* member) {
  return [=](Options& options, const std::string& value) {
    options.*member = value;
    return true;
  };
}

Setter flag(bool Options::* member) {
  return [=](Options& options, const std::string&) { return options.*member = true; };
}

struct Setting {
  const char* variable;  // nullptr: none
  bool has_value;
  Setter set;
};

const auto& settings() {
  static const std::map<std::string, Setting> all{
      {"--port", {"PORT", true, parsed(&Options::port, parse_int)}},
      {"--host", {"HOST", true, text(&Options::host)}},
      {"--release", {"RELEASE", true, text(&Options::release)}},
      {"--boot-delay", {"BOOT_DELAY", true, parsed(&Options::boot_delay, parse_duration)}},
      {"--exit", {"EXIT", true, parsed(&Options::exit, parse_int)}},
      {"--never-healthy", {"NEVER_HEALTHY", false, flag(&Options::never_healthy)}},
      {"--unhealthy-after", {"UNHEALTHY_AFTER", true, parsed(&Options::unhealthy_after, parse_duration)}},
      {"--ignore-term", {"IGNORE_TERM", false, flag(&Options::ignore_term)}},
      {"--healthcheck", {nullptr, true, text(&Options::healthcheck)}},
  };
  return all;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(const std::string& text) {
  std::string_view digits = text;
  int unit = 1;
  if (digits.ends_with("ms")) {
    digits.remove_suffix(2);
  } else if (digits.ends_with('s')) {
    digits.remove_suffix(1);
    unit = 1000;
  }
  const auto value = parse_int(digits);
  if (!value || *value < 0) return std::nullopt;
  return std::chrono::milliseconds(*value * unit);
}

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (const auto& [name, setting] : settings()) {
    const char* value = setting.variable == nullptr ? nullptr : std::getenv(setting.variable);
    if (value != nullptr && *value != '\0' && !setting.set(options, value)) return std::nullopt;
  }
  for (int i = 1; i < argc; ++i) {
    const auto found = settings().find(argv[i]);
    if (found == settings().end()) return std::nullopt;
    const bool has_value = found->second.has_value;
    if (has_value && i + 1 == argc) return std::nullopt;
    if (!found->second.set(options, has_value ? argv[++i] : "")) return std::nullopt;
  }
  return options;
}

}  // namespace bluegreen::server
