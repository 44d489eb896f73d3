// SPDX-License-Identifier: MIT
// A request target, "/slow?ms=20", taken apart. Nothing in it is percent-decoded: tests do without.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace bluegreen::server {

struct Target {
  std::string path;
  std::map<std::string, std::string> query;

  [[nodiscard]] int number(const std::string& key, int otherwise) const;
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise = {}) const;
};

Target parse_target(std::string_view text);

}  // namespace bluegreen::server
