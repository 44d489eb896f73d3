// SPDX-License-Identifier: MIT
// probe: requests of many kinds against one URL, and the account of them. Ctrl-C ends it early, with the figures so
// far.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/probe_plan.h"
#include "cli/reporters.h"
#include "system/clock.h"
#include "system/signals.h"

namespace bluegreen {
namespace {

constexpr Milliseconds between_looks{10};

// Until it is over or somebody ends it. Says once that every kind has been answered: others wait for that line.
void attend(const probe::Probe& probe, Reporter& reporter, const std::stop_token& stop) {
  SystemClock clock;
  bool said = false;
  while (!probe.is_over() && !stop.stop_requested()) {
    clock.sleep(between_looks, stop);
    if (said || !probe.everyone_was_answered()) continue;
    reporter.note("every kind of client has been answered");
    said = true;
  }
}

}  // namespace

Done run_probe(const Options& options) {
  const StopOnSignals signals;
  const auto reporter = make_reporter(options);
  TRY_ASSIGN(auto plan, make_probe_plan(options.probe));
  TRY(look_before(plan, options.probe, [&](const std::string& text) { reporter->warn(text); }));
  probe::Probe probe(std::move(plan));
  attend(probe, *reporter, signals.token());
  const auto report = probe.stop();
  if (options.json) {
    print_probe_event(report);
  } else if (!options.quiet) {
    fmt::print("{}", probe::render_text(report));
  }
  TRY(write_picture(report, options.probe));
  const auto total = report.total();
  if (total.ok > 0 && total.failed == 0) return {};
  return failure(total.failed > 0 ? probe::render_summary(report).front() : "no request was sent");
}

}  // namespace bluegreen
