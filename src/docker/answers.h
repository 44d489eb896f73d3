// SPDX-License-Identifier: MIT
// The engine's answers, read into the values of deploy/ports.h. Pure; any JSON at all gives a value or an error, never
// a crash, and what says nothing about the thing asked for is an error. Facts:
// https://docs.docker.com/reference/api/engine/version/v1.41/.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deploy/ports.h"

namespace bluegreen::docker {

[[nodiscard]] Outcome<std::vector<Container>> read_container_list(std::string_view body);
[[nodiscard]] Outcome<ContainerDetail> read_container(std::string_view body);
[[nodiscard]] Outcome<bool> read_has_terminal(std::string_view container_body);  // its output is one raw stream then
[[nodiscard]] Outcome<std::vector<std::pair<int, std::string>>> read_processes(std::string_view body);
[[nodiscard]] Outcome<std::vector<EngineNetwork>> read_networks(std::string_view body);
[[nodiscard]] Outcome<std::vector<std::pair<std::string, Labels>>> read_volumes(std::string_view body);
[[nodiscard]] Outcome<ImageDetail> read_image(std::string_view body);
[[nodiscard]] Outcome<std::string> read_id(std::string_view body);
[[nodiscard]] Outcome<std::string> read_version(std::string_view body);

struct ExecState {
  bool running = false;
  int exit_code = 0;
};
[[nodiscard]] Outcome<ExecState> read_exec(std::string_view body);

// The engine's own words in an error answer: its "message", or the body's first line.
[[nodiscard]] std::string error_message(std::string_view body);

// What the answers of several kinds have in common.
[[nodiscard]] std::unexpected<Error> senseless();
[[nodiscard]] RunState run_state(const std::string& word);
[[nodiscard]] std::string without_slash(std::string name);  // the engine's names begin with one

// 2026-11-23T00:28:56.618410266Z; anything else is the epoch.
[[nodiscard]] WallTime parse_time(const std::string& text);

}  // namespace bluegreen::docker
