// SPDX-License-Identifier: MIT
// config: the project as bluegreen understands it, secrets redacted.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "config/json.h"

namespace bluegreen {

Done run_config(const Options& options) {
  TRY_ASSIGN(const auto project, read_project(options));
  const auto text =
      options.json ? project_to_json(project, Secrets::hidden) + "\n" : project_to_yaml(project, Secrets::hidden);
  fmt::print("{}", text);
  return {};
}

}  // namespace bluegreen
