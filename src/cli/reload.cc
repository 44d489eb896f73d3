// SPDX-License-Identifier: MIT
// reload: nginx reads its files again, tested first. What an ACME client calls when it has renewed a certificate.
#include "cli/commands.h"
#include "cli/session.h"

namespace bluegreen {

Done run_reload(const Options& options) {
  TRY_ASSIGN(auto project, read_project(options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "reload", Access::change));
  TRY_WITHIN("reload", reload(session->world(), session->project()));
  return {};
}

}  // namespace bluegreen
