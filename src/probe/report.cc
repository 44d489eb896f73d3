// SPDX-License-Identifier: MIT
#include "probe/report.h"

#include <algorithm>

namespace bluegreen::probe {

Tally Report::total() const {
  Tally total;
  for (const auto& [kind, tally] : kinds) total.add(tally);
  return total;
}

std::optional<Handover> find_handover(const Report& report, const Mark& mark) {
  auto until = std::chrono::nanoseconds::max();  // what the next mark changes is its own
  for (const auto& other : report.marks) {
    if (other.began > mark.began) until = std::min(until, other.began);
  }
  const Responder* newcomer = nullptr;
  const Responder* old = nullptr;
  int newcomers = 0;
  for (const auto& one : report.requests.responders) {
    if (one.first_answered >= mark.began && one.first_answered < until) {
      newcomer = &one;
      ++newcomers;
    }
    if (one.first_answered < mark.began && (old == nullptr || one.last_began > old->last_began)) old = &one;
  }
  if (newcomers != 1) return std::nullopt;
  const auto first_of_new = newcomer->first_answered - mark.began;
  if (old == nullptr) return Handover{.new_one = newcomer->name, .first_of_new = first_of_new};
  if (old->last_began >= until) return std::nullopt;
  return Handover{old->name, newcomer->name, first_of_new, old->last_began - mark.began};
}

}  // namespace bluegreen::probe
