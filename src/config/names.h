// SPDX-License-Identifier: MIT
// Names, hosts, paths and nginx directives that come from the file and reach the nginx configuration or the engine.
// Whatever passes here cannot break out of the block that it is put into. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/outcome.h"

namespace bluegreen {

// A DNS label has 63 characters, and an app's containers add "-GREEN-99".
inline constexpr std::size_t longest_name = 63;
inline constexpr std::size_t longest_app_name = 54;

// [A-Za-z0-9][A-Za-z0-9_.-]*
[[nodiscard]] Outcome<std::string> parse_resource_name(std::string_view text);
[[nodiscard]] Outcome<std::string> parse_service_name(std::string_view text);  // the same, at most 63 characters
[[nodiscard]] Outcome<std::string> parse_app_name(std::string_view text);      // the same, at most 54

[[nodiscard]] Outcome<std::string> parse_project_name(std::string_view text);  // [a-z0-9][a-z0-9_-]*
// As Compose makes it from a directory's name: lower case, other characters dropped. May be empty.
[[nodiscard]] std::string project_name_from(std::string_view directory);

// nginx server_name without regular expressions: "example.org", "*.example.org". In lower case.
[[nodiscard]] Outcome<std::string> parse_host(std::string_view text);
// Without a wildcard, a port allowed: what a Host header may be.
[[nodiscard]] Outcome<std::string> parse_host_header(std::string_view text);

// A prefix of request paths: begins with "/", no doubled or trailing slash, no dots as a segment.
[[nodiscard]] Outcome<std::string> parse_route_path(std::string_view text);
// What a probe asks for: path and query.
[[nodiscard]] Outcome<std::string> parse_probe_path(std::string_view text);

// nginx size: digits and one of k, m, g.
[[nodiscard]] Outcome<std::string> parse_body_size(std::string_view text);

// Whole nginx directives: braces and quotes balance as nginx reads them, and the last directive is ended. The result
// ends with a newline, so that a comment cannot swallow what follows.
[[nodiscard]] Outcome<std::string> parse_snippet(std::string_view text);

// The name as a part of an nginx variable: everything outside [A-Za-z0-9_] becomes "_".
[[nodiscard]] std::string variable_name(std::string_view name);

}  // namespace bluegreen
