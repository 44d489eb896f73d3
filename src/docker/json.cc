// SPDX-License-Identifier: MIT
#include "docker/json.h"

#include <limits>

namespace bluegreen::docker {

std::optional<json> parse_json(std::string_view text) {
  auto value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return {};
  return value;
}

std::string dump_json(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

const json& member(const json& value, std::initializer_list<const char*> path) {
  static const json nothing;
  const json* current = &value;
  for (const auto* name : path) {
    if (!current->is_object()) return nothing;
    const auto found = current->find(name);
    if (found == current->end()) return nothing;
    current = &*found;
  }
  return *current;
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

std::int64_t number_of(const json& value) {
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return 0;
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

bool flag_of(const json& value) { return value.is_boolean() && value.get<bool>(); }

std::vector<std::string> texts_of(const json& value) {
  std::vector<std::string> texts;
  if (!value.is_array()) return texts;
  for (const auto& item : value)
    if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

std::map<std::string, std::string> text_map_of(const json& value) {
  std::map<std::string, std::string> texts;
  if (!value.is_object()) return texts;
  for (const auto& [name, item] : value.items()) texts[name] = text_of(item);
  return texts;
}

}  // namespace bluegreen::docker
