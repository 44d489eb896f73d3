// SPDX-License-Identifier: MIT
// The command table: one function for each verb, one small file for each function. They return what main prints and
// exits with; none of them ends the process.
#pragma once

#include "base/outcome.h"
#include "cli/options.h"

namespace bluegreen {

Done run_deploy(const Options& options);
Done run_apply(const Options& options);
Done run_plan(const Options& options);
Done run_up(const Options& options);
Done run_down(const Options& options);
Done run_status(const Options& options);
Done run_switch(const Options& options);
Done run_rollback(const Options& options);
Done run_repair(const Options& options);
Done run_probe(const Options& options);
Done run_reload(const Options& options);
Done run_maintenance(const Options& options);
Done run_config(const Options& options);
Done run_logs(const Options& options);

}  // namespace bluegreen
