// SPDX-License-Identifier: MIT
// Every call to a simulated port passes here: it is numbered, its effect is logged and shown to the one who checks the
// invariants, and the n-th call fails where a test says so, before its effect or after it. The ports of one world share
// one SimCalls, so that a test can walk through all calls of a deploy: 1, 2, 3, until none fails any more.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/outcome.h"

namespace bluegreen {

enum class FaultPoint { before_effect, after_effect };

class SimCalls {
 public:
  // Only this one call fails.
  void fail_at(int call, FaultPoint point) { plan(call, point, false); }
  // From this call on nothing answers: what the world looks like when the program is killed there.
  void die_at(int call, FaultPoint point) { plan(call, point, true); }
  // No faults any more, and the counting starts again.
  void revive();

  [[nodiscard]] int count() const;                     // of calls since the beginning or the last revive
  [[nodiscard]] bool fault_happened() const;           // since then
  [[nodiscard]] std::vector<std::string> log() const;  // operations that had an effect, oldest first: "start web-GREEN"
  void clear_log();

  // Called after each effect, with its operation, from the thread that made the call and without any lock held.
  std::function<void(const std::string& operation)> after_effect;

  // For the ports. A call that only reads has no `leave`.
  Done enter(const std::string& operation);
  Done leave(const std::string& operation);

 private:
  struct Fault {
    int call = 0;
    FaultPoint point = FaultPoint::before_effect;
    bool is_death = false;
  };

  void plan(int call, FaultPoint point, bool is_death);
  [[nodiscard]] std::unexpected<Error> fault(const std::string& operation);

  mutable std::mutex mutex_;
  std::optional<Fault> fault_;
  std::optional<std::string> hit_;  // the operation whose effect is followed by the fault
  std::vector<std::string> log_;
  int count_ = 0;
  bool happened_ = false;
  bool dead_ = false;
};

}  // namespace bluegreen
