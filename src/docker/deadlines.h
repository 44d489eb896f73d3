// SPDX-License-Identifier: MIT
// How long the engine may take. An engine that hangs must end a command with an error, and one that is merely slow must
// not; tests have less time than people.
#pragma once

#include <chrono>

namespace bluegreen {

struct EngineDeadlines {
  std::chrono::milliseconds answer{30'000};        // to a question
  std::chrono::milliseconds work{120'000};         // creating, starting, removing on a busy machine
  std::chrono::milliseconds beyond_grace{30'000};  // stopping, after the container's own grace
  std::chrono::milliseconds log{60'000};           // all that a container has written
  std::chrono::milliseconds silence{15'000};       // in a stream; then the engine is asked whether it still lives
  std::chrono::milliseconds silent_pull{600'000};  // a pull of which nothing is heard, from an engine that lives
};

}  // namespace bluegreen
