// SPDX-License-Identifier: MIT
#include "config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "config/text.h"

namespace bluegreen {
namespace {

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// Digits with an optional fraction at the front, removed from the text.
std::optional<double> take_decimal(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, [](char c) { return is_digit(c) || c == '.'; });
  const auto length = static_cast<std::size_t>(end - text.begin());
  double number{};
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + length, number, std::chars_format::fixed);
  if (problem != std::errc{} || stop != text.data() + length || length == 0) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

struct Unit {
  std::string_view name;
  double size;
};

// The longest unit at the front, removed from the text.
template <std::size_t N>
std::optional<double> take_unit(std::string_view& text, const std::array<Unit, N>& units) {
  const auto end = std::ranges::find_if(text, [](char c) { return is_digit(c) || c == '.'; });
  const auto name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  text.remove_prefix(name.size());
  return unit->size;
}

std::optional<std::uint32_t> to_ipv4(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  std::uint32_t address = 0;
  for (const auto& part : parts) {
    const auto number = to_number<std::uint8_t>(part);
    if (!number || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return std::nullopt;
    address = address << 8 | *number;
  }
  return address;
}

}  // namespace

Outcome<std::string> parse_text(std::string_view text) {
  if (text.empty()) return failure("is empty; give it a value or remove the key");
  return std::string(text);
}

Outcome<std::string> parse_any_text(std::string_view text) { return std::string(text); }

Outcome<bool> parse_bool(std::string_view text) {
  const auto word = lower_case(text);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return failure(fmt::format("{} is neither true nor false", in_quotes(text)));
}

Outcome<Milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array<Unit, 8> units{
      {{"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}}};
  const auto wrong = [&] {
    return failure(fmt::format("{} is not a duration; write e.g. 500ms, 30s or 1m30s", in_quotes(text)));
  };
  if (text == "0") return Milliseconds{0};
  if (text.empty()) return wrong();
  double total = 0;
  for (auto rest = text; !rest.empty();) {
    const auto number = take_decimal(rest);
    const auto unit = number ? take_unit(rest, units) : std::nullopt;
    if (!unit) return wrong();
    total += *number * *unit;
  }
  if (total > 366 * 8.64e7) return failure(fmt::format("{} is longer than a year", in_quotes(text)));
  return Milliseconds{static_cast<std::int64_t>(std::ceil(total - 1e-6))};
}

Outcome<Milliseconds> parse_positive_duration(std::string_view text) {
  TRY_ASSIGN(const auto duration, parse_duration(text));
  if (duration.count() == 0) return failure("must be longer than 0");
  return duration;
}

Outcome<std::int64_t> parse_bytes(std::string_view text) {
  static constexpr std::array<Unit, 8> units{{{"", 1},
                                              {"b", 1},
                                              {"k", 1024},
                                              {"kb", 1024},
                                              {"m", 1048576},
                                              {"mb", 1048576},
                                              {"g", 1073741824},
                                              {"gb", 1073741824}}};
  const auto word = lower_case(text);
  std::string_view rest = word;
  const auto number = take_decimal(rest);
  const auto unit = number ? take_unit(rest, units) : std::nullopt;
  if (!unit || !rest.empty() || *number * *unit > 1e15)
    return failure(fmt::format("{} is not a size; write e.g. 64m or 1gb", in_quotes(text)));
  return static_cast<std::int64_t>(*number * *unit);
}

Outcome<std::uint16_t> parse_port(std::string_view text) {
  const auto port = to_number<std::uint16_t>(text);
  if (!port || *port == 0)
    return failure(fmt::format("{} is not a port; write a number from 1 to 65535", in_quotes(text)));
  return *port;
}

Outcome<PortRange> parse_port_range(std::string_view text) {
  const auto dash = text.find('-');
  TRY_ASSIGN(const auto first, parse_port(text.substr(0, dash)));
  if (dash == std::string_view::npos) return PortRange{first, first};
  TRY_ASSIGN(const auto last, parse_port(text.substr(dash + 1)));
  if (last < first) return failure(fmt::format("the range {} runs backwards", in_quotes(text)));
  if (last - first >= 1000) return failure(fmt::format("the range {} has more than 1000 ports", in_quotes(text)));
  return PortRange{first, last};
}

Outcome<std::string> parse_image(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("._-/:@").find(c) != std::string_view::npos;
  });
  if (text.empty() || !plain || !(is_letter(text.front()) || is_digit(text.front())))
    return failure(fmt::format("{} is not an image reference; write e.g. nginx:1.27", in_quotes(text)));
  return std::string(text);
}

Outcome<std::string> parse_ipv4(std::string_view text) {
  if (!to_ipv4(text)) return failure(fmt::format("{} is not an IPv4 address", in_quotes(text)));
  return std::string(text);
}

Outcome<std::string> parse_subnet(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = to_ipv4(text.substr(0, slash));
  const auto bits = slash == std::string_view::npos ? std::nullopt : to_number<unsigned>(text.substr(slash + 1));
  if (!address || !bits || *bits < 1 || *bits > 30)
    return failure(fmt::format("{} is not an IPv4 subnet; write e.g. 10.213.8.0/24", in_quotes(text)));
  if (*address & (0xFFFFFFFFu >> *bits))
    return failure(fmt::format("{} has host bits set; the part beyond /{} must be 0", in_quotes(text), *bits));
  return std::string(text);
}

Outcome<std::string> parse_absolute_path(std::string_view text) {
  if (!text.starts_with('/'))
    return failure(fmt::format("{} is not an absolute path in the container", in_quotes(text)));
  std::string path(text);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Outcome<RestartPolicy> parse_restart(std::string_view text) {
  if (text == "no" || text == "always" || text == "unless-stopped" || text == "on-failure")
    return RestartPolicy{std::string(text), 0};
  constexpr std::string_view counted = "on-failure:";
  if (text.starts_with(counted))
    if (const auto retries = to_number<int>(text.substr(counted.size())); retries && *retries >= 0)
      return RestartPolicy{"on-failure", *retries};
  return failure(fmt::format("{} is not a restart policy; write no, always, unless-stopped, on-failure or on-failure:3",
                             in_quotes(text)));
}

std::function<Outcome<int>(std::string_view)> integer_between(int least, int most) {
  return [=](std::string_view text) -> Outcome<int> {
    const auto number = to_number<int>(text);
    if (!number || *number < least || *number > most)
      return failure(fmt::format("{} is not a whole number from {} to {}", in_quotes(text), least, most));
    return *number;
  };
}

Outcome<std::vector<std::string>> split_command(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'') {
      if (++i == text.size()) return failure("ends with a backslash");
      if (!word) word.emplace();
      *word += text[i];
    } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? '\0' : c;
      if (!word) word.emplace();
    } else if (quote == 0 && is_space(c)) {
      if (word) words.push_back(std::move(*word));
      word.reset();
    } else if (quote == 0 && std::string_view(";&|<>()`").find(c) != std::string_view::npos) {
      return failure(fmt::format("has an unquoted {}, but no shell reads it; write [\"sh\", \"-c\", \"...\"]", c));
    } else {
      if (!word) word.emplace();
      *word += c;
    }
  }
  if (quote != 0) return failure("the closing quote is missing");
  if (word) words.push_back(std::move(*word));
  return words;
}

}  // namespace bluegreen
