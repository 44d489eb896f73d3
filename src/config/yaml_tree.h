// SPDX-License-Identifier: MIT
// YAML text into nodes. Refuses what no Compose file needs and what is dangerous: duplicate keys, several documents,
// own tags, aliases that blow up, deep nesting. The only room for yaml-cpp is this file's .cc.
#pragma once

#include <string>

#include "config/node.h"

namespace bluegreen {

inline constexpr std::size_t largest_file = std::size_t{1024} * 1024;
inline constexpr int deepest_nesting = 50;
inline constexpr std::size_t most_nodes = 100'000;  // aliases expanded

// The document; an empty text is an empty map. What is wrong goes to the complaints; then the result is incomplete.
[[nodiscard]] Node parse_yaml(const std::string& text, const std::string& file, Complaints& complaints);

}  // namespace bluegreen
