// SPDX-License-Identifier: MIT
// up: infrastructure that is missing, in depends_on order, nothing else.
#include "cli/commands.h"
#include "cli/session.h"

namespace bluegreen {

Done run_up(const Options& options) {
  TRY_ASSIGN(auto project, read_project(options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "up", Access::change));
  TRY_WITHIN("up", bring_up(session->world(), session->project()));
  session->reporter().note("infrastructure is up");
  return {};
}

}  // namespace bluegreen
