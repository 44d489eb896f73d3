// SPDX-License-Identifier: MIT
#include "config/merge.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "config/text.h"

namespace bluegreen {
namespace {

enum class Rule { merge, replace, by_target };

// Keys of a service, below "services.NAME.".
Rule rule_of(const std::string& path) {
  static constexpr std::array replaced = {"command", "entrypoint", "healthcheck.test"};
  if (std::ranges::find(replaced, path) != replaced.end()) return Rule::replace;
  return path == "volumes" ? Rule::by_target : Rule::merge;
}

bool all_scalars(const Node& list) {
  return std::ranges::all_of(list.items, [](const Node& item) { return item.kind == Node::Kind::scalar; });
}

Entry entry_of(const std::string& key, const Position& at) { return {key, at, Node{.at = at}}; }

// ["A=1", "B"] -> {A: "1", B: null}; without a separator the items are keys alone.
void list_to_map(Node& node, std::string_view separator) {
  if (node.kind != Node::Kind::sequence || !all_scalars(node)) return;
  std::unordered_map<std::string, std::size_t> index;
  for (auto& item : node.items) {
    const auto cut = separator.empty() ? std::string::npos : item.text.find(separator);
    auto entry = entry_of(item.text.substr(0, cut), item.at);
    if (cut != std::string::npos) {
      entry.value.kind = Node::Kind::scalar;
      entry.value.text = item.text.substr(cut + 1);
    }
    const auto [known, added] = index.emplace(entry.key, node.entries.size());
    if (added)
      node.entries.push_back(std::move(entry));
    else
      node.entries[known->second] = std::move(entry);  // the later one counts
  }
  node.items.clear();
  node.kind = Node::Kind::map;
}

void value_to_list(Node& node) {
  if (node.kind != Node::Kind::scalar) return;
  Node list{.kind = Node::Kind::sequence, .overlay = node.overlay, .at = node.at};
  node.overlay = Node::Overlay::merge;
  list.items.push_back(std::move(node));
  node = std::move(list);
}

void normalise_service(Node& service) {
  for (auto& [key, at, value] : service.entries) {
    if (key == "environment" || key == "labels") list_to_map(value, "=");
    if (key == "networks" || key == "depends_on") list_to_map(value, "");
    if (key == "env_file") value_to_list(value);
  }
}

std::string mount_target(const Node& mount) {
  if (mount.kind == Node::Kind::map) {
    const auto* target = mount.find("target");
    return target ? target->value.text : "";
  }
  const auto parts = split(mount.text, ':');
  return parts.size() == 1 ? parts[0] : parts[1];
}

void merge_mounts(Node& base, Node over) {
  for (auto& mount : over.items) {
    const auto same = std::ranges::find(base.items, mount_target(mount), mount_target);
    if (same == base.items.end())
      base.items.push_back(std::move(mount));
    else
      *same = std::move(mount);
  }
}

std::string below(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

void merge_nodes(Node& base, Node over, Rule rule, const std::string& path, int service_depth);

// Depth 0: the document, 1: `services`, 2: a service, whose keys have rules; -1: no service.
void merge_maps(Node& base, Node over, const std::string& path, int depth) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < base.entries.size(); ++i) index.emplace(base.entries[i].key, i);
  for (auto& entry : over.entries) {
    const auto [known, added] = index.emplace(entry.key, base.entries.size());
    if (added) {
      base.entries.push_back(std::move(entry));
      continue;
    }
    auto& existing = base.entries[known->second];
    const bool in_service = depth >= 2;
    const auto inner_path = in_service ? below(path, entry.key) : "";
    const int inner_depth = depth < 0 || (depth == 0 && entry.key != "services") ? -1 : depth + 1;
    if (existing.value.kind != Node::Kind::map || entry.value.kind != Node::Kind::map) existing.at = entry.at;
    merge_nodes(existing.value, std::move(entry.value), in_service ? rule_of(inner_path) : Rule::merge, inner_path,
                inner_depth);
  }
}

void merge_nodes(Node& base, Node over, Rule rule, const std::string& path, int depth) {
  const bool container = base.kind == Node::Kind::map || base.kind == Node::Kind::sequence;
  const bool nothing = over.kind == Node::Kind::null && over.overlay == Node::Overlay::merge;
  if (rule != Rule::replace && container && nothing) return;
  if (over.overlay != Node::Overlay::merge || base.overlay == Node::Overlay::reset || rule == Rule::replace ||
      base.kind != over.kind || !container) {
    base = std::move(over);
  } else if (base.kind == Node::Kind::map) {
    merge_maps(base, std::move(over), path, depth);
  } else if (rule == Rule::by_target) {
    merge_mounts(base, std::move(over));
  } else {
    std::ranges::move(over.items, std::back_inserter(base.items));
  }
}

}  // namespace

void normalise(Node& document) {
  for (auto& [section, at, value] : document.entries) {
    for (auto& entry : value.entries) {
      if (section == "services") normalise_service(entry.value);
      if (section == "networks" || section == "volumes")
        for (auto& attribute : entry.value.entries)
          if (attribute.key == "labels") list_to_map(attribute.value, "=");
    }
  }
}

void merge_documents(Node& base, Node over) { merge_nodes(base, std::move(over), Rule::merge, "", 0); }

void remove_resets(Node& node) {
  std::erase_if(node.entries, [](const Entry& entry) { return entry.value.overlay == Node::Overlay::reset; });
  std::erase_if(node.items, [](const Node& item) { return item.overlay == Node::Overlay::reset; });
  for (auto& entry : node.entries) remove_resets(entry.value);
  for (auto& item : node.items) remove_resets(item);
}

}  // namespace bluegreen
