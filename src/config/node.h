// SPDX-License-Identifier: MIT
// A YAML document as plain values that know where they stand. Aliases are copied and merge keys (<<) applied already;
// maps keep the order of the file. Made by yaml_tree.cc, the only file that knows yaml-cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/complaints.h"

namespace bluegreen {

struct Entry;

struct Node {
  enum class Kind { null, scalar, sequence, map };
  // What a file asks for when it is laid over another: !reset removes, !override replaces.
  enum class Overlay { merge, reset, replace };

  Kind kind = Kind::null;
  Overlay overlay = Overlay::merge;
  std::string text;            // of a scalar
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a map
  Position at;

  [[nodiscard]] const Entry* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Position at;  // of the key
  Node value;
};

// "a map", "a list", "a value", "nothing".
[[nodiscard]] std::string_view kind_name(Node::Kind kind);

// A node and the way to it.
struct Field {
  const Node* node = nullptr;
  Place place;
};

[[nodiscard]] Field field_of(const Entry& entry, const Place& parent);
[[nodiscard]] Field field_of(const Node& item, const Place& parent, std::size_t index);
[[nodiscard]] Place key_place(const Entry& entry, const Place& parent);

// Where that key of a map stands, else where the map itself does.
[[nodiscard]] Place place_of(const Field& map, std::string_view key);

}  // namespace bluegreen
