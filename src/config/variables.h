// SPDX-License-Identifier: MIT
// ${VAR} in all the forms of https://docs.docker.com/reference/compose-file/interpolation/: $VAR, ${VAR}, :- - :? ? :+
// +, nested, and $$ for a dollar sign.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "config/node.h"

namespace bluegreen {

using Variables = std::map<std::string, std::string, std::less<>>;

struct Interpolated {
  std::string text;
  std::vector<std::string> unset;  // used without a default, and not set: they became empty
};

// Fails for what is no variable ("$1", "${A"), for ${A:?message}, and when the text would become longer than `limit`
// bytes.
[[nodiscard]] Outcome<Interpolated> interpolate(std::string_view text, const Variables& variables, std::size_t limit);

// Every value of the tree. Keys stay, as in Compose, and so do the values of x-... keys other than x-bluegreen.
void interpolate_tree(Node& root, const Variables& variables, Complaints& complaints);

}  // namespace bluegreen
