// SPDX-License-Identifier: MIT
// Durations on the command line: 500ms, 8s, 2m, 1m30s, 1h.
#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "deploy/project.h"

namespace bluegreen {

// An option whose value goes to `set`; a usage error for what is no duration.
CLI::Option* add_duration(CLI::App* sub, const char* name, const char* what,
                          const std::function<void(Milliseconds)>& set);

}  // namespace bluegreen
