// SPDX-License-Identifier: MIT
#include "config/map_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

bool expect(const Field& field, Node::Kind kind, Complaints& complaints) {
  if (field.node->kind == kind || field.node->kind == Node::Kind::null) return true;
  complaints.add(field.place, fmt::format("expected {}, not {}", kind_name(kind), kind_name(field.node->kind)));
  return false;
}

}  // namespace

std::vector<Field> read_list(const Field& field, Complaints& complaints) {
  std::vector<Field> items;
  if (expect(field, Node::Kind::sequence, complaints))
    for (const auto& item : field.node->items) items.push_back(field_of(item, field.place, items.size()));
  return items;
}

std::vector<std::pair<std::string, Field>> read_map(const Field& field, Complaints& complaints) {
  std::vector<std::pair<std::string, Field>> entries;
  if (expect(field, Node::Kind::map, complaints))
    for (const auto& entry : field.node->entries) entries.emplace_back(entry.key, field_of(entry, field.place));
  return entries;
}

std::vector<std::string> read_texts(const Field& field, Complaints& complaints) {
  std::vector<std::string> texts;
  std::string text;
  if (field.node->kind == Node::Kind::scalar) {
    if (read_scalar(field, complaints, text, parse_any_text)) texts.push_back(text);
    return texts;
  }
  for (const auto& item : read_list(field, complaints))
    if (read_scalar(item, complaints, text, parse_any_text)) texts.push_back(text);
  return texts;
}

std::map<std::string, std::string> read_text_map(const Field& field, Complaints& complaints) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : read_map(field, complaints)) {
    auto& text = texts[key];
    if (value.node->kind != Node::Kind::null) read_scalar(value, complaints, text, parse_any_text);
  }
  return texts;
}

MapReader::MapReader(const Field& field, Complaints& complaints) : field_(field), complaints_(complaints) {
  expect(field_, Node::Kind::map, complaints_);
}

std::optional<Field> MapReader::take(std::string_view key) {
  known_.emplace_back(key);
  const auto* entry = field_.node->find(key);
  if (!entry) return std::nullopt;
  return field_of(*entry, field_.place);
}

void MapReader::refuse(std::string_view key, std::string_view what, std::string_view hint) {
  if (take(key)) complaints_.add(place_of(field_, key), what, hint);
  known_.pop_back();  // no suggestion for others
  refused_.emplace_back(key);
}

void MapReader::finish(std::span<const std::string_view> unimplemented) {
  for (const auto& entry : field_.node->entries) {
    const auto is = [&](const auto& names) { return std::ranges::find(names, entry.key) != names.end(); };
    if (complaints_.full() || is(known_) || is(refused_)) continue;
    const auto place = key_place(entry, field_.place);
    if (entry.key.starts_with("x-")) {  // an extension of somebody else, unless it is ours misspelt
      if (nearest(entry.key, known_) == "x-bluegreen")
        complaints_.add(place, "unknown key", "did you mean \"x-bluegreen\"?");
      continue;
    }
    if (is(unimplemented)) {
      complaints_.add(place, "bluegreen does not implement this Compose key",
                      "remove it, or keep the service out of this file");
      continue;
    }
    const auto near = nearest(entry.key, known_);
    complaints_.add(place, "unknown key",
                    near.empty() ? "known here: " + join(known_, ", ") : fmt::format("did you mean \"{}\"?", near));
  }
}

}  // namespace bluegreen
