// SPDX-License-Identifier: MIT
// A service's `volumes`: https://docs.docker.com/reference/compose-file/services/#volumes
#pragma once

#include <vector>

#include "config/context.h"
#include "config/map_reader.h"

namespace bluegreen {

// Both forms. Bind sources become absolute, named volumes get the engine's name; a volume that the file does not
// declare, or two mounts at one target, are complaints.
[[nodiscard]] std::vector<Mount> read_mounts(const Field& field, Context& context);

}  // namespace bluegreen
