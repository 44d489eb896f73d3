// SPDX-License-Identifier: MIT
// From the command line's word on the probe to its plan, and what comes of a run.
#pragma once

#include <functional>

#include "cli/options.h"
#include "deploy/ports.h"
#include "probe/probe.h"

namespace bluegreen {

// Errors: usage, where the URL, its address or a certificate file cannot be used.
Outcome<probe::Plan> make_probe_plan(const ProbeOptions& options);

enum class Answering { yes, not_yet };

// One look at the URL before the run, so that a certificate that nobody trusts is one error and not thousands, and
// HTTP/2 that the server does not speak is left out where it was not asked for. Error: usage.
Outcome<Answering> look_before(probe::Plan& plan, const ProbeOptions& options,
                               const std::function<void(const std::string&)>& say);

// The event `probe` of --json.
void print_probe_event(const probe::Report& report);

// Where --html says so. Error: it cannot be written.
Done write_picture(const probe::Report& report, const ProbeOptions& options);

}  // namespace bluegreen
