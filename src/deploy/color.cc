// SPDX-License-Identifier: MIT
#include "deploy/color.h"

namespace bluegreen {

std::optional<Color> parse_color(std::string_view text) {
  if (text == "BLUE" || text == "blue") return Color::blue;
  if (text == "GREEN" || text == "green") return Color::green;
  return std::nullopt;
}

}  // namespace bluegreen
