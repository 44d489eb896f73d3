// SPDX-License-Identifier: MIT
#include "config/node.h"

#include <fmt/format.h>

#include <algorithm>

namespace bluegreen {

const Entry* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &*found;
}

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::scalar:
      return "a value";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::null:
      break;
  }
  return "nothing";
}

Place key_place(const Entry& entry, const Place& parent) {
  return {entry.at, parent.path.empty() ? entry.key : parent.path + "." + entry.key};
}

Field field_of(const Entry& entry, const Place& parent) {
  auto place = key_place(entry, parent);
  if (entry.value.kind != Node::Kind::null) place.at = entry.value.at;
  return {&entry.value, std::move(place)};
}

Field field_of(const Node& item, const Place& parent, std::size_t index) {
  return {&item, {item.at, fmt::format("{}[{}]", parent.path, index)}};
}

Place place_of(const Field& map, std::string_view key) {
  const auto* entry = map.node->find(key);
  return entry ? key_place(*entry, map.place) : map.place;
}

}  // namespace bluegreen
