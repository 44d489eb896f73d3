// SPDX-License-Identifier: MIT
#include "nginx/words.h"

#include <algorithm>

namespace bluegreen {

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string word(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("/-._*").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string server_names(const std::vector<std::string>& hosts) {
  std::string names;
  for (const auto& host : hosts) names += host.empty() ? " \"\" ~^" : " " + word(host);
  return names;
}

}  // namespace bluegreen
