// SPDX-License-Identifier: MIT
// x-bluegreen.tls: where nginx finds the certificate of a service's hosts, and what else HTTPS means for them. Only
// for bluegreen_reader.cc.
#pragma once

#include <optional>
#include <string>

#include "config/map_reader.h"
#include "deploy/project.h"

namespace bluegreen {

[[nodiscard]] std::optional<Tls> read_tls(const Field& field, Complaints& complaints);

// An absolute path as nginx sees it, of characters that stand for themselves there. Never shows the value: somebody
// may have put a key in its place.
[[nodiscard]] Outcome<std::string> parse_nginx_path(std::string_view text);

}  // namespace bluegreen
