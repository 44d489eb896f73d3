// SPDX-License-Identifier: MIT
#include "probe/timeline.h"

#include <algorithm>

namespace bluegreen::probe {
namespace {

constexpr std::size_t most_responders = 64;
constexpr auto all_others = "(others)";

}  // namespace

void Timeline::add_answer(const std::string& who, std::chrono::nanoseconds began, std::chrono::nanoseconds answered) {
  const std::lock_guard lock(mutex_);
  const auto index = index_of(who);
  auto& responder = track_.responders[index];
  const bool first = responder.answers++ == 0;
  responder.first_began = first ? began : std::min(responder.first_began, began);
  responder.first_answered = first ? answered : std::min(responder.first_answered, answered);
  responder.last_began = std::max(responder.last_began, began);
  responder.last_answered = std::max(responder.last_answered, answered);
  auto& answers = step_at(began).answers;
  const auto counted = std::ranges::find(answers, index, &std::pair<std::uint16_t, std::uint32_t>::first);
  if (counted != answers.end()) {
    ++counted->second;
  } else {
    answers.emplace_back(index, 1);
  }
}

void Timeline::add_failure(std::chrono::nanoseconds began) {
  const std::lock_guard lock(mutex_);
  ++step_at(began).failed;
}

Track Timeline::track() const {
  const std::lock_guard lock(mutex_);
  return track_;
}

TimelineStep& Timeline::step_at(std::chrono::nanoseconds began) {
  const auto step = static_cast<std::size_t>(began / timeline_step);
  if (step >= track_.steps.size()) track_.steps.resize(step + 1);
  return track_.steps[step];
}

std::uint16_t Timeline::index_of(const std::string& who) {
  auto& responders = track_.responders;
  const std::string name = responders.size() >= most_responders ? all_others : who;
  auto found = std::ranges::find(responders, who, &Responder::name);
  if (found == responders.end()) found = std::ranges::find(responders, name, &Responder::name);
  if (found == responders.end()) found = responders.insert(responders.end(), Responder{.name = name});
  return static_cast<std::uint16_t>(found - responders.begin());
}

}  // namespace bluegreen::probe
