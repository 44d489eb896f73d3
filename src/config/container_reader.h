// SPDX-License-Identifier: MIT
// The keys of a service that go into its container as they are.
#pragma once

#include "config/context.h"
#include "config/map_reader.h"

namespace bluegreen {

void read_container(MapReader& service, ContainerSettings& container, Context& context);

}  // namespace bluegreen
