// SPDX-License-Identifier: MIT
// Every call to a simulated port passes here: it is numbered, its effect is logged and shown to the one who checks the
// invariants, and at the n-th call happens what a test says: the call fails, the program dies, or something befalls the
// world. The ports of one world share one SimCalls, so that a test can walk through all calls of a deploy: 1, 2, 3,
// until nothing happens any more. Two programs have a number each, and count their calls and die by themselves.
#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/outcome.h"

namespace bluegreen {

// before_effect: the call has none. after_effect: it has its effect, but the caller gets no answer.
enum class FaultPoint { before_effect, after_effect };

class SimCalls {
 public:
  // Of the program that runs: only this one call fails.
  void fail_at(int call, FaultPoint point, ErrorKind kind = ErrorKind::failed);
  // From this call on nothing answers: what the world looks like when the program is killed there.
  void die_at(int call, FaultPoint point);
  void die();  // now
  // Just before this call something happens in the world that the program has not done.
  void disturb_at(int call, std::function<void()> event);
  // No faults any more, and the counting starts again.
  void revive();

  void run_as(int program);  // the calls from now on are this one's: 0 or 1

  [[nodiscard]] int count() const;                     // of calls since the beginning or the last revive
  [[nodiscard]] bool fault_happened() const;           // since then
  [[nodiscard]] bool is_dead() const;                  // the program that runs now
  [[nodiscard]] std::vector<std::string> log() const;  // operations that had an effect, oldest first: "start web-GREEN"
  void clear_log();

  // Called after each effect, with its operation, from the thread that made the call and without any lock held.
  std::function<void(const std::string& operation)> after_effect;
  // Called before each call: with two programs, where one waits for its turn.
  std::function<void()> before_call;
  // Called while something is held by the other program; true when it may be free. False, or no such function: nobody
  // will ever give it back.
  std::function<bool()> wait;

  // For the ports. A call that only reads has no `leave`.
  Done enter(const std::string& operation);
  Done leave(const std::string& operation);

 private:
  struct Fault {
    int call = 0;
    FaultPoint point = FaultPoint::before_effect;
    bool is_death = false;
    ErrorKind kind = ErrorKind::failed;
  };
  struct Program {
    std::optional<Fault> fault;
    std::optional<std::string> hit;  // the operation whose effect is followed by the fault
    std::optional<std::pair<int, std::function<void()>>> disturbance;
    int count = 0;
    bool happened = false;
    bool dead = false;
  };

  [[nodiscard]] std::unexpected<Error> fault(const std::string& operation);

  mutable std::mutex mutex_;
  std::array<Program, 2> programs_;
  Program* now_ = programs_.data();
  std::vector<std::string> log_;
};

}  // namespace bluegreen
