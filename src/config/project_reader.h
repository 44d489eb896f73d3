// SPDX-License-Identifier: MIT
// A merged document into the Project.
#pragma once

#include <map>
#include <string>

#include "config/context.h"
#include "config/node.h"

namespace bluegreen {

// `images` replaces images by app or service. What is wrong goes to the context's complaints; then the result means
// nothing.
[[nodiscard]] Project read_project(const Node& document, const std::map<std::string, std::string>& images,
                                   Context& context);

}  // namespace bluegreen
