// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>

#include "probe/report.h"

namespace bluegreen::probe {
namespace {

using Json = nlohmann::ordered_json;

// With three decimals.
double in_ms(std::chrono::nanoseconds time) { return std::round(static_cast<double>(time.count()) / 1e3) / 1e3; }

Json kind_json(const Tally& tally) {
  return {{"sent", tally.sent},
          {"ok", tally.ok},
          {"failed", tally.failed},
          {"reused_reset", tally.reused_reset},
          {"idle_closed", tally.idle_closed},
          {"repeated", tally.repeated},
          {"p50_ms", tally.latencies.percentile_ms(0.5)},
          {"p90_ms", tally.latencies.percentile_ms(0.9)},
          {"p99_ms", tally.latencies.percentile_ms(0.99)},
          {"max_ms", tally.latencies.percentile_ms(1)}};
}

Json timeline_json(const Track& track) {
  auto timeline = Json::array();
  for (std::size_t i = 0; i < track.steps.size(); ++i) {
    const auto& step = track.steps[i];
    if (step.answers.empty() && step.failed == 0) continue;
    auto answers = Json::object();
    for (const auto& [who, count] : step.answers) answers[track.responders[who].name] = count;
    Json one{{"at_ms", static_cast<long>(i) * timeline_step.count()}, {"answers", std::move(answers)}};
    if (step.failed > 0) one["failed"] = step.failed;
    timeline.push_back(std::move(one));
  }
  return timeline;
}

Json mark_json(const Report& report, const Mark& mark) {
  Json json{{"what", mark.text}, {"began_ms", in_ms(mark.began)}, {"ended_ms", in_ms(mark.ended)}};
  if (const auto handover = find_handover(report, mark)) {
    json.update({{"to", handover->new_one}, {"first_of_new_ms", in_ms(handover->first_of_new)}});
    if (!handover->old_one.empty())
      json.update({{"from", handover->old_one}, {"last_of_old_ms", in_ms(handover->last_of_old)}});
  }
  return json;
}

}  // namespace

nlohmann::ordered_json render_json(const Report& report) {
  const auto total = report.total();
  const auto started = std::chrono::duration<double, std::milli>(report.started.time_since_epoch()).count();
  Json json{{"url", report.url},
            {"started_ms", std::round(started * 1e3) / 1e3},
            {"took_ms", in_ms(report.took)},
            {"sent", total.sent},
            {"failed", total.failed},
            {"kinds", Json::object()},
            {"failures", Json::array()},
            {"answered_by", Json::array()},
            {"switches", Json::array()},
            {"timeline", timeline_json(report.requests)},
            {"held_timeline", timeline_json(report.held)}};
  for (const auto& [kind, tally] : report.kinds) {
    json["kinds"][kind] = kind_json(tally);
    for (const auto& [what, seen] : tally.failures) {
      json["failures"].push_back({{"kind", kind},
                                  {"what", what},
                                  {"count", seen.count},
                                  {"first_ms", seen.first_ms},
                                  {"last_ms", seen.last_ms}});
    }
  }
  for (const auto& one : report.requests.responders) {
    json["answered_by"].push_back({{"who", one.name},
                                   {"answers", one.answers},
                                   {"first_began_ms", in_ms(one.first_began)},
                                   {"first_answered_ms", in_ms(one.first_answered)},
                                   {"last_began_ms", in_ms(one.last_began)},
                                   {"last_answered_ms", in_ms(one.last_answered)}});
  }
  for (const auto& mark : report.marks) json["switches"].push_back(mark_json(report, mark));
  return json;
}

}  // namespace bluegreen::probe
