// SPDX-License-Identifier: MIT
// The two environments of an app, and the only two.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace bluegreen {

enum class Color { blue, green };

inline constexpr std::array both_colors{Color::blue, Color::green};

[[nodiscard]] constexpr Color other(Color color) { return color == Color::blue ? Color::green : Color::blue; }

[[nodiscard]] constexpr std::string_view name_of(Color color) { return color == Color::blue ? "BLUE" : "GREEN"; }

// "BLUE" or "GREEN", in upper or lower case; anything else is nothing.
[[nodiscard]] std::optional<Color> parse_color(std::string_view text);

// A pair of things, one for each color.
template <class T>
struct PerColor {
  T blue{};
  T green{};
  T& operator[](Color color) { return color == Color::blue ? blue : green; }
  const T& operator[](Color color) const { return color == Color::blue ? blue : green; }
  bool operator==(const PerColor&) const = default;
};

}  // namespace bluegreen
