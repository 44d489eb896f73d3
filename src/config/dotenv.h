// SPDX-License-Identifier: MIT
// .env and env_file text: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/
// (syntax).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/variables.h"

namespace bluegreen {

struct DotenvLine {
  std::string name;
  std::optional<std::string> value;  // nothing: a name alone, whose value comes from outside
};

// In order, later lines of one name after earlier ones. ${VAR} in values looks into `outer` first, then at the lines
// above. `file` is the name in complaints.
[[nodiscard]] std::vector<DotenvLine> parse_dotenv(std::string_view text, const std::string& file,
                                                   const Variables& outer, Complaints& complaints);

}  // namespace bluegreen
