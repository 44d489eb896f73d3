// SPDX-License-Identifier: MIT
#include "probe/plan.h"

#include <algorithm>
#include <array>

namespace bluegreen::probe {
namespace {

constexpr std::array kinds{Kind::get,  Kind::connect, Kind::pipelined, Kind::h2, Kind::post,
                           Kind::slow, Kind::upload,  Kind::ws,        Kind::sse};

std::string path_of(Kind kind, const Target& target, const KindPaths& paths) {
  switch (kind) {
    case Kind::get:
    case Kind::connect:
    case Kind::pipelined:
      return target.path;
    case Kind::h2:
      return target.scheme == Scheme::https ? target.path : "";
    case Kind::post:
      return paths.post;
    case Kind::slow:
      return paths.slow;
    case Kind::upload:
      return paths.upload;
    case Kind::ws:
      return paths.ws;
    case Kind::sse:
      return paths.sse;
  }
  return {};
}

Outcome<Clients> named_clients(const std::string& name, const Target& target, const KindPaths& paths) {
  const auto kind = std::ranges::find(kinds, name, name_of);
  if (kind == kinds.end()) {
    return failure(ErrorKind::usage, "there is no kind of client called " + name,
                   "The kinds are get, connect, pipelined, h2, post, slow, upload, ws and sse.");
  }
  auto path = path_of(*kind, target, paths);
  if (path.empty() && *kind == Kind::h2)
    return failure(ErrorKind::usage, "h2: HTTP/2 needs TLS, and an https:// URL for it");
  if (path.empty()) return failure(ErrorKind::usage, name + ": which path?", "Give it with --" + name + " PATH");
  return Clients{*kind, std::move(path)};
}

}  // namespace

std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, kinds.size()> names{"get",  "connect", "pipelined", "h2", "post",
                                                             "slow", "upload",  "ws",        "sse"};
  return names[static_cast<std::size_t>(kind)];
}

bool is_held(Kind kind) { return kind == Kind::ws || kind == Kind::sse; }

bool Plan::accepts(std::string_view status) const {
  return std::ranges::any_of(accepted, [&](const std::string& one) {
    return one == status || (one.ends_with("xx") && status.size() == 3 && one.front() == status.front());
  });
}

Outcome<std::vector<Clients>> make_clients(const std::vector<std::string>& names, const Target& target,
                                           const KindPaths& paths) {
  std::vector<Clients> clients;
  for (const auto& name : names) {
    TRY_ASSIGN(auto named, named_clients(name, target, paths));
    clients.push_back(std::move(named));
  }
  if (!names.empty()) return clients;
  for (const auto kind : kinds) {
    if (auto path = path_of(kind, target, paths); !path.empty()) clients.push_back({kind, std::move(path)});
  }
  return clients;
}

}  // namespace bluegreen::probe
