// SPDX-License-Identifier: MIT
// Starts a helper program (ssh, docker-credential-*) with one descriptor as its standard input and output, in a session
// of its own: Ctrl-C ends our work in an orderly way, so it must not cut the connection that this work needs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/outcome.h"

namespace bluegreen::docker {

// Looks the program up in PATH. Standard error goes to `error_output` (a descriptor). The caller reaps the child.
[[nodiscard]] Outcome<pid_t> start_child(const std::vector<std::string>& command, int input_and_output,
                                         int error_output);

// Runs it, writes `input`, and returns what it writes, at most 1 MiB, if it ends with 0 within ten seconds.
[[nodiscard]] Outcome<std::string> run_child(const std::vector<std::string>& command, const std::string& input);

}  // namespace bluegreen::docker
