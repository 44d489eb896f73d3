// SPDX-License-Identifier: MIT
#include "sim_calls.h"

namespace bluegreen {

void SimCalls::plan(int call, FaultPoint point, bool is_death) {
  const std::lock_guard lock(mutex_);
  fault_ = Fault{call, point, is_death};
}

void SimCalls::revive() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
  hit_.reset();
  count_ = 0;
  happened_ = dead_ = false;
}

int SimCalls::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool SimCalls::fault_happened() const {
  const std::lock_guard lock(mutex_);
  return happened_;
}

std::vector<std::string> SimCalls::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

void SimCalls::clear_log() {
  const std::lock_guard lock(mutex_);
  log_.clear();
}

std::unexpected<Error> SimCalls::fault(const std::string& operation) {
  happened_ = true;
  dead_ = fault_->is_death;
  return failure("simulated fault at call " + std::to_string(count_) + " (" + operation + ")");
}

Done SimCalls::enter(const std::string& operation) {
  const std::lock_guard lock(mutex_);
  if (dead_) return failure("the simulated program is dead");
  ++count_;
  if (!fault_ || fault_->call != count_) return {};
  if (fault_->point == FaultPoint::before_effect) return fault(operation);
  hit_ = operation;
  return {};
}

Done SimCalls::leave(const std::string& operation) {
  {
    const std::lock_guard lock(mutex_);
    log_.push_back(operation);
  }
  if (after_effect) after_effect(operation);
  const std::lock_guard lock(mutex_);
  if (hit_ != operation) return {};
  hit_.reset();
  return fault(operation);
}

}  // namespace bluegreen
