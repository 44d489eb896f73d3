// SPDX-License-Identifier: MIT
// The scalars of a Compose file: text in, value out, or a message that says what is wanted instead. Pure.
// Formats: https://docs.docker.com/reference/compose-file/extension/#specifying-durations and #specifying-byte-values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "deploy/project.h"

namespace bluegreen {

[[nodiscard]] Outcome<std::string> parse_text(std::string_view text);       // anything but nothing
[[nodiscard]] Outcome<std::string> parse_any_text(std::string_view text);   // anything
[[nodiscard]] Outcome<bool> parse_bool(std::string_view text);              // true false yes no on off
[[nodiscard]] Outcome<Milliseconds> parse_duration(std::string_view text);  // "1m30s"; below 1 ms becomes 1 ms
[[nodiscard]] Outcome<Milliseconds> parse_positive_duration(std::string_view text);
[[nodiscard]] Outcome<std::int64_t> parse_bytes(std::string_view text);  // "64m", "1gb", "1024"
[[nodiscard]] Outcome<std::uint16_t> parse_port(std::string_view text);  // 1 to 65535
[[nodiscard]] Outcome<std::string> parse_image(std::string_view text);
[[nodiscard]] Outcome<std::string> parse_ipv4(std::string_view text);
[[nodiscard]] Outcome<std::string> parse_subnet(std::string_view text);  // IPv4 in CIDR notation, no host bits
[[nodiscard]] Outcome<std::string> parse_absolute_path(std::string_view text);
[[nodiscard]] Outcome<RestartPolicy> parse_restart(std::string_view text);

[[nodiscard]] std::function<Outcome<int>(std::string_view)> integer_between(int least, int most);

struct PortRange {
  std::uint16_t first = 0, last = 0;
};
[[nodiscard]] Outcome<PortRange> parse_port_range(std::string_view text);  // "80" or "8000-8010"

// A string command into words as Compose splits it: quotes and backslashes, no shell.
[[nodiscard]] Outcome<std::vector<std::string>> split_command(std::string_view text);

}  // namespace bluegreen
