// SPDX-License-Identifier: MIT
// A program of this machine, run to its end: what it printed, and how it ended.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/outcome.h"

namespace bluegreen {

// For this program alone, `directory` is what stands at `target` (mount_namespaces(7)). Only root may.
struct LaidOver {
  std::string directory, target;
};

struct ProgramResult {
  int exit_code = 0;   // 128 + N after signal N
  std::string output;  // standard output and error, in order
};

// `command`: the program's path first. In a session of its own, so that Ctrl-C does not cut it short. Killed, and an
// error, where it takes longer than `timeout` or prints more than 64 MiB.
[[nodiscard]] Outcome<ProgramResult> run_program(const std::vector<std::string>& command,
                                                 std::chrono::milliseconds timeout,
                                                 const std::optional<LaidOver>& laid_over = std::nullopt);

}  // namespace bluegreen
