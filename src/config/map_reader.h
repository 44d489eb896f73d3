// SPDX-License-Identifier: MIT
// Reads a map key by key and complains of every key that nobody asked for. The one way all readers of this room use, so
// that nothing in a file can be ignored silently.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"

namespace bluegreen {

// Puts `parse` of a scalar into the target; else complains and leaves the target as it was.
template <class Target, class Parse>
bool read_scalar(const Field& field, Complaints& complaints, Target& target, const Parse& parse) {
  if (field.node->kind != Node::Kind::scalar) {
    const bool nothing = field.node->kind == Node::Kind::null;
    complaints.add(field.place, nothing ? std::string("is empty; give it a value or remove the key")
                                        : "expected a value, not " + std::string(kind_name(field.node->kind)));
    return false;
  }
  auto value = parse(field.node->text);
  if (!value) {
    complaints.add(field.place, value.error().message);
    return false;
  }
  target = std::move(*value);
  return true;
}

// The items of a list; none, and a complaint, when it is no list. Nothing at all is an empty list.
[[nodiscard]] std::vector<Field> read_list(const Field& field, Complaints& complaints);

// The entries of a map; the same rules.
[[nodiscard]] std::vector<std::pair<std::string, Field>> read_map(const Field& field, Complaints& complaints);

// The texts of a list, or the single text that stands in its place.
[[nodiscard]] std::vector<std::string> read_texts(const Field& field, Complaints& complaints);

// Text for each key; a key without a value has an empty text.
[[nodiscard]] std::map<std::string, std::string> read_text_map(const Field& field, Complaints& complaints);

class MapReader {
 public:
  MapReader(const Field& field, Complaints& complaints);

  // The value of the key, if it is there.
  std::optional<Field> take(std::string_view key);

  template <class Target, class Parse>
  bool read(std::string_view key, Target& target, const Parse& parse) {
    const auto field = take(key);
    return field && read_scalar(*field, complaints_, target, parse);
  }

  // Complains if the key is there.
  void refuse(std::string_view key, std::string_view what, std::string_view hint = {});

  // Complains of all keys that were not taken, x-... ones aside. `unimplemented` are right in Compose, but not ours.
  void finish(std::span<const std::string_view> unimplemented = {});

  [[nodiscard]] const Field& field() const { return field_; }

 private:
  Field field_;
  Complaints& complaints_;
  std::vector<std::string> known_, refused_;
};

}  // namespace bluegreen
