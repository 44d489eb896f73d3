// SPDX-License-Identifier: MIT
#include "server/target.h"

#include <cstdlib>

namespace bluegreen::server {

int Target::number(const std::string& key, int otherwise) const {
  const auto found = query.find(key);
  return found == query.end() ? otherwise : std::atoi(found->second.c_str());
}

std::string Target::text(const std::string& key, const std::string& otherwise) const {
  const auto found = query.find(key);
  return found == query.end() ? otherwise : found->second;
}

Target parse_target(std::string_view text) {
  const std::size_t question = text.find('?');
  Target target{std::string(text.substr(0, question)), {}};
  if (question == std::string_view::npos) return target;
  text.remove_prefix(question + 1);
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    const std::size_t equals = pair.find('=');
    target.query[std::string(pair.substr(0, equals))] =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return target;
}

}  // namespace bluegreen::server
