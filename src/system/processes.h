// SPDX-License-Identifier: MIT
// Processes of this machine, as /proc has them (proc_pid_stat(5), proc_pid_cmdline(5)).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/outcome.h"

namespace bluegreen {

[[nodiscard]] std::string command_line_of(int pid);  // words separated by spaces; empty: there is none
[[nodiscard]] int parent_of(int pid);                // 0: there is no such process

// Those whose parent it is: pid, command line.
[[nodiscard]] Outcome<std::vector<std::pair<int, std::string>>> list_children(int pid);

}  // namespace bluegreen
