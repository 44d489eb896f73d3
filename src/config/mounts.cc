// SPDX-License-Identifier: MIT
#include "config/mounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "config/files.h"
#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

constexpr std::array propagations = {"rprivate", "private", "rshared", "shared", "rslave", "slave"};
// https://docs.docker.com/engine/storage/bind-mounts/: consistency has no effect on Linux.
constexpr std::array consistencies = {"consistent", "cached", "delegated"};

bool is_one_of(std::string_view word, const auto& words) { return std::ranges::find(words, word) != words.end(); }

Outcome<std::string> resolve_source(std::string_view source, const Context& context) {
  std::string path(source);
  if (path == "~" || path.starts_with("~/")) {
    const auto home = context.variables.find("HOME");
    if (home == context.variables.end() || !home->second.starts_with('/'))
      return failure("~ needs the variable HOME; write an absolute path");
    path = home->second + path.substr(1);
  } else if (path.starts_with('~')) {
    return failure(fmt::format("{}: another user's home is not supported; write an absolute path", in_quotes(source)));
  }
  return absolute_path(path, context.directory);
}

Outcome<std::string> resolve_volume(std::string_view key, const Context& context) {
  const auto declared = context.volumes.find(std::string(key));
  if (declared != context.volumes.end()) return declared->second.name;
  return failure(
      fmt::format("the volume {} is not declared; add it under the top-level volumes, or write ./{} for a directory",
                  in_quotes(key), key));
}

bool looks_like_path(std::string_view source) {
  return source.starts_with('/') || source.starts_with('.') || source.starts_with('~');
}

Done apply_option(std::string_view option, Mount& mount) {
  if (option == "ro")
    mount.read_only = true;
  else if (option == "nocopy")
    mount.no_copy = true;
  else if (is_one_of(option, propagations))
    mount.propagation = option;
  else if (option == "z" || option == "Z")
    return failure("SELinux labels (:z, :Z) are not implemented; label the directory yourself");
  else if (option != "rw" && !is_one_of(option, consistencies))
    return failure(
        fmt::format("{} is not an option of a mount; write ro, rw, nocopy or a propagation", in_quotes(option)));
  return {};
}

Outcome<Mount> parse_short_mount(std::string_view text, const Context& context) {
  const auto parts = split(text, ':');
  if (parts.size() > 3) return failure(fmt::format("{} has too many colons; write SOURCE:TARGET:ro", in_quotes(text)));
  Mount mount;
  TRY_ASSIGN(mount.target, parse_absolute_path(parts.size() == 1 ? parts[0] : parts[1]));
  if (parts.size() == 1) {
    mount.kind = Mount::Kind::volume;
    return mount;
  }
  if (parts[0].empty()) return failure(fmt::format("{} has no source before the colon", in_quotes(text)));
  mount.kind = looks_like_path(parts[0]) ? Mount::Kind::bind : Mount::Kind::volume;
  TRY_ASSIGN(mount.source,
             mount.kind == Mount::Kind::bind ? resolve_source(parts[0], context) : resolve_volume(parts[0], context));
  if (parts.size() == 3)
    for (const auto& option : split(parts[2], ',')) TRY(apply_option(option, mount));
  return mount;
}

Outcome<Mount::Kind> parse_kind(std::string_view text) {
  if (text == "bind") return Mount::Kind::bind;
  if (text == "volume") return Mount::Kind::volume;
  if (text == "tmpfs") return Mount::Kind::tmpfs;
  return failure(fmt::format("{} is not implemented; write bind, volume or tmpfs", in_quotes(text)));
}

Outcome<std::string> parse_propagation(std::string_view text) {
  if (is_one_of(text, propagations)) return std::string(text);
  return failure(fmt::format("{} is not a propagation; write e.g. rprivate or rshared", in_quotes(text)));
}

// The maps `bind`, `volume` and `tmpfs` of the long form; each belongs to its own type.
void read_kind_options(MapReader& map, Mount& mount, Complaints& complaints) {
  const auto options = [&](std::string_view key, Mount::Kind kind, auto read) {
    const auto field = map.take(key);
    if (!field) return;
    if (mount.kind != kind) complaints.add(field->place, "does not fit the mount's type");
    MapReader inner(*field, complaints);
    read(inner);
    inner.finish();
  };
  options("bind", Mount::Kind::bind, [&](MapReader& inner) {
    inner.read("create_host_path", mount.create_source, parse_bool);
    inner.read("propagation", mount.propagation, parse_propagation);
    inner.refuse("selinux", "SELinux labels are not implemented", "label the directory yourself");
  });
  options("volume", Mount::Kind::volume, [&](MapReader& inner) { inner.read("nocopy", mount.no_copy, parse_bool); });
  options("tmpfs", Mount::Kind::tmpfs, [&](MapReader& inner) { inner.read("size", mount.tmpfs_bytes, parse_bytes); });
}

void read_source(MapReader& map, Mount& mount, Context& context) {
  const auto source = map.take("source");
  if (!source) {
    if (mount.kind == Mount::Kind::bind) context.complaints.add(map.field().place, "a bind mount needs source");
    return;
  }
  if (mount.kind == Mount::Kind::tmpfs) return context.complaints.add(source->place, "a tmpfs has no source");
  read_scalar(*source, context.complaints, mount.source, [&](std::string_view text) {
    return mount.kind == Mount::Kind::bind ? resolve_source(text, context) : resolve_volume(text, context);
  });
}

Mount read_long_mount(const Field& field, Context& context) {
  MapReader map(field, context.complaints);
  Mount mount;
  std::string unused;
  if (!map.read("type", mount.kind, parse_kind) && !field.node->find("type"))
    context.complaints.add(field.place, "needs type", "write bind, volume or tmpfs");
  if (!map.read("target", mount.target, parse_absolute_path) && !field.node->find("target"))
    context.complaints.add(field.place, "needs target, the path in the container");
  read_source(map, mount, context);
  map.read("read_only", mount.read_only, parse_bool);
  map.read("consistency", unused, parse_text);
  read_kind_options(map, mount, context.complaints);
  map.finish();
  return mount;
}

}  // namespace

std::vector<Mount> read_mounts(const Field& field, Context& context) {
  std::vector<Mount> mounts;
  std::set<std::string> targets;
  for (const auto& item : read_list(field, context.complaints)) {
    Mount mount;
    if (item.node->kind == Node::Kind::map)
      mount = read_long_mount(item, context);
    else if (!read_scalar(item, context.complaints, mount,
                          [&](const auto& text) { return parse_short_mount(text, context); }))
      continue;
    if (!targets.insert(mount.target).second && !mount.target.empty())
      context.complaints.add(item.place, fmt::format("a second mount at {}", mount.target), "keep one of the two");
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace bluegreen
