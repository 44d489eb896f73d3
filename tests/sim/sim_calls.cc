// SPDX-License-Identifier: MIT
#include "sim_calls.h"

#include <utility>

namespace bluegreen {

void SimCalls::fail_at(int call, FaultPoint point, ErrorKind kind) {
  const std::lock_guard lock(mutex_);
  now_->fault = Fault{call, point, false, kind};
}

void SimCalls::die_at(int call, FaultPoint point) {
  const std::lock_guard lock(mutex_);
  now_->fault = Fault{call, point, true};
}

void SimCalls::die() {
  const std::lock_guard lock(mutex_);
  now_->happened = now_->dead = true;
}

void SimCalls::disturb_at(int call, std::function<void()> event) {
  const std::lock_guard lock(mutex_);
  now_->disturbance.emplace(call, std::move(event));
}

void SimCalls::revive() {
  const std::lock_guard lock(mutex_);
  *now_ = {};
}

void SimCalls::run_as(int program) {
  const std::lock_guard lock(mutex_);
  now_ = &programs_.at(static_cast<std::size_t>(program));
}

int SimCalls::count() const {
  const std::lock_guard lock(mutex_);
  return now_->count;
}

bool SimCalls::fault_happened() const {
  const std::lock_guard lock(mutex_);
  return now_->happened;
}

bool SimCalls::is_dead() const {
  const std::lock_guard lock(mutex_);
  return now_->dead;
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
  now_->happened = true;
  now_->dead = now_->fault->is_death;
  return failure(now_->fault->kind, "simulated fault at call " + std::to_string(now_->count) + " (" + operation + ")");
}

Done SimCalls::enter(const std::string& operation) {
  if (before_call) before_call();
  std::function<void()> event;
  {
    const std::lock_guard lock(mutex_);
    if (now_->dead) return failure("the simulated program is dead");
    ++now_->count;
    if (now_->disturbance && now_->disturbance->first == now_->count) {
      now_->happened = true;
      event = std::exchange(now_->disturbance, std::nullopt)->second;
    }
  }
  if (event) event();
  const std::lock_guard lock(mutex_);
  if (now_->dead) return failure("the simulated program is dead");
  if (!now_->fault || now_->fault->call != now_->count) return {};
  if (now_->fault->point == FaultPoint::before_effect) return fault(operation);
  now_->hit = operation;
  return {};
}

Done SimCalls::leave(const std::string& operation) {
  {
    const std::lock_guard lock(mutex_);
    log_.push_back(operation);
  }
  if (after_effect) after_effect(operation);
  const std::lock_guard lock(mutex_);
  if (now_->hit != operation) return {};
  now_->hit.reset();
  return fault(operation);
}

}  // namespace bluegreen
