// SPDX-License-Identifier: MIT
// The command line: options, help with an example for every command, and which command to run.
#pragma once

#include "cli/hooks.h"

namespace bluegreen {

// The exit code: 0 done; 1 not deployed, the old release still serves; 2 usage or configuration, nothing touched; 3
// locked by another; 70 a bug; 130 interrupted.
int run_command_line(int argc, char** argv, Hooks hooks = {});

}  // namespace bluegreen
