// SPDX-License-Identifier: MIT
// Words of nginx's language. Pure. Only for the files that render it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bluegreen {

[[nodiscard]] std::string lower(std::string_view text);

// As one word, quoted where it has to be. Inside double quotes only the quote and the backslash are special; `$` is
// not, in the places where these words stand (server_name, location).
[[nodiscard]] std::string word(std::string_view text);

// What comes after `server_name`, each name after a space. Every host is the empty name, which a request without a Host
// header has, and a regex that matches all others and is asked only when no literal name of any server fits.
[[nodiscard]] std::string server_names(const std::vector<std::string>& hosts);

}  // namespace bluegreen
