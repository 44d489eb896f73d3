// SPDX-License-Identifier: MIT
// Small things with strings that every complaint needs: quoting, near misses, classes of characters. ASCII only, no
// locale.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bluegreen {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
[[nodiscard]] constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
[[nodiscard]] constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
[[nodiscard]] bool is_utf8(std::string_view text);  // valid, and without NUL

// For people, inside a message: in double quotes, control characters escaped, secrets redacted, at most 80 characters.
[[nodiscard]] std::string in_quotes(std::string_view text);

// The candidate that differs from `word` by a typing error; "" when none does.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace bluegreen
