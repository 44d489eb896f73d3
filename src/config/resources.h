// SPDX-License-Identifier: MIT
// The top-level `networks` and `volumes`: https://docs.docker.com/reference/compose-file/networks/ and .../volumes/.
// An engine's name is <project>_<key> unless the file has `name` or `external`.
#pragma once

#include <map>
#include <string>

#include "config/context.h"
#include "config/map_reader.h"

namespace bluegreen {

// By key; "default" is always there.
[[nodiscard]] std::map<std::string, Network> read_networks(const std::optional<Field>& field, Context& context);
[[nodiscard]] std::map<std::string, Volume> read_volumes(const std::optional<Field>& field, Context& context);

}  // namespace bluegreen
