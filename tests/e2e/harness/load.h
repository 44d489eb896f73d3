// SPDX-License-Identifier: MIT
// `bluegreen probe` at work while a scenario goes on, and its verdict.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "harness/machine.h"
#include "harness/process.h"

namespace bluegreen::e2e {

struct LoadReport {
  nlohmann::json json;  // of the event `probe`, as docs/manual.md says

  [[nodiscard]] long failed() const { return json.value("failed", -1L); }
  // The same without those that met the end of a kept connection: nginx before 1.27.4 closes idle ones at a reload, the
  // next request perhaps already on its way.
  [[nodiscard]] long failed_but_reused() const;
  [[nodiscard]] long count(const std::string& kind, const std::string& column) const;
  [[nodiscard]] std::string failures() const { return json.value("failures", nlohmann::json()).dump(1); }
  // Who answered the requests that began in [from, to), since the start of the load.
  [[nodiscard]] std::set<std::string> answered_by(Milliseconds from = Milliseconds(0),
                                                  Milliseconds to = Milliseconds::max()) const;
};

class Load {
 public:
  // `options`: further arguments of `bluegreen probe`, whose kinds of client have the paths of the test server; without
  // --kinds: get, post, connect, slow, upload. Returns when every kind has had an answer (or the load ended).
  // `machine`: where it runs, if not on this one.
  Load(const std::string& url, const std::filesystem::path& directory, const std::vector<std::string>& options,
       const Machine* machine = nullptr);

  [[nodiscard]] Milliseconds running_for() const;
  // Ends it; requests under way are finished.
  LoadReport stop();

 private:
  std::chrono::steady_clock::time_point started_;
  std::unique_ptr<Process> process_;
};

}  // namespace bluegreen::e2e
