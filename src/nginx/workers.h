// SPDX-License-Identifier: MIT
// nginx's processes as the engine lists them, by the titles that nginx gives them (src/os/unix/ngx_process_cycle.c),
// and what its log says about a configuration that it did not take. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bluegreen {

using Processes = std::vector<std::pair<int, std::string>>;  // pid, command line

struct Workers {
  std::set<int> current;        // take new connections
  std::set<int> shutting_down;  // finish what they have
};

[[nodiscard]] Workers find_workers(const Processes& processes);

// True once the master has taken a configuration: there are workers that were not there before, and none of those that
// were takes connections any more (for about 100 ms both do).
[[nodiscard]] bool are_replaced(const std::set<int>& before, const Workers& now);

// "-c file" and "-p prefix" of the master's command line, which decide what `nginx -t` has to read.
[[nodiscard]] std::vector<std::string> master_options(const Processes& processes);

// Of a log, or of what nginx printed; without the newlines.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

// The lines with "[emerg]", oldest first, without the time and process id in front.
[[nodiscard]] std::vector<std::string> find_refusals(const std::vector<std::string>& log_lines);

// The last of these lines, if it was not there before. Lines carry their second, and a log may have lost its beginning.
[[nodiscard]] std::optional<std::string> find_new_refusal(const std::vector<std::string>& before,
                                                          const std::vector<std::string>& now);

// "1.22.1" out of "nginx version: nginx/1.22.1"; {0, 0, 0} when it is not there.
struct NginxVersion {
  int major = 0, minor = 0, patch = 0;
  auto operator<=>(const NginxVersion&) const = default;
};
[[nodiscard]] NginxVersion parse_version(std::string_view text);
// What is known to go wrong when this nginx is reloaded; empty: nothing. Source: nginx.org/en/CHANGES, 1.23.1: "a
// proxied response might be truncated during reconfiguration on Linux; the bug had appeared in 1.17.5".
[[nodiscard]] std::string reload_hazard(const NginxVersion& version);

}  // namespace bluegreen
