// SPDX-License-Identifier: MIT
#include "probe/ledger.h"

namespace bluegreen::probe {

void Ledger::answered(const std::string& who, TimePoint began) {
  const auto now = wire::Clock::now();
  auto none = TimePoint::max();
  run_.first_answer.compare_exchange_strong(none, now);
  has_answers_ = true;
  if (!who.empty()) answers_.add_answer(who, began - run_.start, now - run_.start);
  const std::lock_guard lock(mutex_);
  ++tally_.sent;
  ++tally_.ok;
  tally_.latencies.add(now - began);
}

void Ledger::failed(const std::string& what, TimePoint began) {
  if (count_from_ == CountFrom::first_answer && began < run_.first_answer.load()) return;
  failures_.add_failure(began - run_.start);
  const std::lock_guard lock(mutex_);
  ++tally_.sent;
  tally_.add_failure(what, began - run_.start);
}

void Ledger::reused_reset(TimePoint began) {
  failed("a reused connection was closed after the request was written", began);
  const std::lock_guard lock(mutex_);
  ++tally_.reused_reset;
}

void Ledger::idle_closed() {
  const std::lock_guard lock(mutex_);
  ++tally_.idle_closed;
}

void Ledger::repeated() {
  const std::lock_guard lock(mutex_);
  ++tally_.repeated;
}

Tally Ledger::tally() const {
  const std::lock_guard lock(mutex_);
  return tally_;
}

}  // namespace bluegreen::probe
