// SPDX-License-Identifier: MIT
// nginx's configuration language, read as nginx itself reads it (ngx_conf_read_token in
// https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c): what stands in a generated text, and not what
// it looks like. Knows words, quotes, comments and blocks; no directive has a meaning here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"

namespace bluegreen::test {

struct Directive {
  std::vector<std::string> words;  // without quotes and escapes, the name first
  bool is_block = false;
  std::vector<Directive> body;
};

[[nodiscard]] Outcome<std::vector<Directive>> parse_nginx(std::string_view text);

// One line for each directive, every word in quotes: two texts are equal exactly if the directives are.
[[nodiscard]] std::string dump(const std::vector<Directive>& directives, const std::string& indent = "");

}  // namespace bluegreen::test
