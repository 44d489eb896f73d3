// SPDX-License-Identifier: MIT
// deploy --probe: requests go on while the deploy does, and the evidence goes into its report.
#pragma once

#include <memory>

#include "cli/options.h"
#include "cli/probe_plan.h"
#include "cli/reporters.h"

namespace bluegreen {

class SwitchWatch;

class DeployProbe {
 public:
  explicit DeployProbe(Options options);
  ~DeployProbe();

  // For the session: its reporter also sees the switches.
  [[nodiscard]] const Options& options() const { return options_; }

  // Returns when every kind of client has been answered, or at once where the URL does not answer yet: then the probe
  // begins with the switch, and nothing is counted before its first answer. Error: usage; nothing was started.
  Done start(Reporter& reporter, const std::stop_token& stop);
  // Ends it and reports. What failed is a warning: the exit code is that of the deploy.
  void finish(Reporter& reporter, const std::stop_token& stop);

 private:
  Options options_;
  SwitchWatch* watch_ = nullptr;  // owned by the session
  std::unique_ptr<probe::Probe> probe_;
};

}  // namespace bluegreen
