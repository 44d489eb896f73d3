// SPDX-License-Identifier: MIT
// The proof: an environment is healthy when all its containers run without having restarted, every health check's own
// command succeeds (it is run here, not waited for: the engine's first probe comes a whole interval after the start),
// and every routed service answers its probe N times in a row through nginx, each replica of it. A failure is
// explained: exit code, memory, last log lines, last answer, "listens on 127.0.0.1 only", wrong port.
#pragma once

#include "deploy/plan.h"
#include "deploy/world.h"

namespace bluegreen {

// The containers of one environment, as the engine lists them now.
Outcome<std::vector<Container>> list_environment(Engine& engine, const std::string& project, const std::string& app,
                                                 Color color);

// Blocks until healthy or until the app's health timeout is over. Returns what was proved, for people.
Outcome<std::string> verify(World& world, Proxy& proxy, const Verify& step);

// The health check of one container, once, by its own command. True without a check.
Outcome<bool> run_health_check(Engine& engine, const ContainerDetail& container,
                               const std::optional<HealthCheck>& of_file, std::string& last_output);

// "exited with code 3", its last log lines indented below.
[[nodiscard]] Error explain_exit(Engine& engine, const ContainerDetail& container);

}  // namespace bluegreen
