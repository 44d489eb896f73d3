// SPDX-License-Identifier: MIT
// How the test server should behave, well or badly: flags, and before them the environment (PORT, RELEASE, HOST,
// BOOT_DELAY, EXIT, NEVER_HEALTHY, UNHEALTHY_AFTER, IGNORE_TERM), which Compose files set more easily.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace bluegreen::server {

struct Options {
  int port = 8000;
  std::string host = "0.0.0.0";  // 127.0.0.1: reachable from nowhere else, a mistake that people make
  std::string release = "unnamed";
  std::chrono::milliseconds boot_delay{0};
  std::optional<int> exit;  // at once, with this code
  bool never_healthy = false;
  std::optional<std::chrono::milliseconds> unhealthy_after;  // since the start
  bool ignore_term = false;                                  // only SIGKILL ends it
  std::string healthcheck;  // a path: be the client that a HEALTHCHECK runs, not the server
};

inline constexpr const char* usage =
    "bluegreen-test-server [--port N] [--host ADDRESS] [--release NAME] [--boot-delay 500ms] [--exit CODE]\n"
    "                      [--never-healthy] [--unhealthy-after 2s] [--ignore-term]\n"
    "bluegreen-test-server --healthcheck PATH [--port N]\n"
    "paths: / /slow?ms=N /busy /healthz /status?code=N /big?bytes=N /upload /echo /ws /stream?ms=N&n=N "
    "/peer?host=H&port=N&path=P\n"
    "       /env?name=X /headers /whoami /exit?code=N\n";

// Nothing if the arguments are wrong.
std::optional<Options> parse_options(int argc, char** argv);

// "500ms", "2s", "250" (ms)
std::optional<std::chrono::milliseconds> parse_duration(const std::string& text);

}  // namespace bluegreen::server
