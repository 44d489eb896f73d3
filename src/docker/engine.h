// SPDX-License-Identifier: MIT
// The Engine port over the Docker Engine API. Nothing is asked of the engine before the first call, except that ssh://
// opens its relay.
#pragma once

#include <memory>

#include "deploy/ports.h"
#include "docker/address.h"
#include "docker/deadlines.h"

namespace bluegreen {

[[nodiscard]] Outcome<std::unique_ptr<Engine>> connect_docker(const DockerAddress& address,
                                                              const EngineDeadlines& deadlines = {});

}  // namespace bluegreen
