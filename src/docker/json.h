// SPDX-License-Identifier: MIT
// Reading JSON that somebody else wrote: a field that is missing, null or of another type reads as empty, never as a
// crash. Used inside this room only.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bluegreen::docker {

using nlohmann::json;

[[nodiscard]] std::optional<json> parse_json(std::string_view text);
[[nodiscard]] std::string dump_json(const json& value);  // broken UTF-8 is replaced

// The value at the end of a path of member names; null where there is none.
[[nodiscard]] const json& member(const json& value, std::initializer_list<const char*> path);

[[nodiscard]] std::string text_of(const json& value);
[[nodiscard]] std::int64_t number_of(const json& value);
[[nodiscard]] bool flag_of(const json& value);
[[nodiscard]] std::vector<std::string> texts_of(const json& value);
[[nodiscard]] std::map<std::string, std::string> text_map_of(const json& value);

[[nodiscard]] inline std::string text_at(const json& v, std::initializer_list<const char*> p) {
  return text_of(member(v, p));
}
[[nodiscard]] inline std::int64_t number_at(const json& v, std::initializer_list<const char*> p) {
  return number_of(member(v, p));
}
[[nodiscard]] inline bool flag_at(const json& v, std::initializer_list<const char*> p) { return flag_of(member(v, p)); }

}  // namespace bluegreen::docker
