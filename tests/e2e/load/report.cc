// SPDX-License-Identifier: MIT
#include "load/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>

namespace bluegreen::load {
namespace {

Tally total_of(const Tallies& tallies) {
  Tally total;
  for (const auto& [kind, tally] : tallies) total.add(tally);
  return total;
}

std::string row(const std::string& kind, Tally& tally) {
  const float p50 = tally.percentile_ms(0.5);
  return fmt::format("{:<8}{:>9}{:>9}{:>8}{:>14}{:>13}{:>10.1f}{:>9.1f}{:>9.1f}\n", kind, tally.sent, tally.ok,
                     tally.failed, tally.reused_reset, tally.idle_closed, p50, tally.percentile_ms(0.99),
                     tally.percentile_ms(1));
}

// A WebSocket stays with whom it was opened to, and its frames would hide who gets new requests.
Tally requests_of(const Tallies& tallies) {
  Tally total;
  for (const auto& [kind, tally] : tallies) {
    if (kind != "ws") total.add(tally);
  }
  return total;
}

bool same_keys(const std::map<std::string, long>& one, const std::map<std::string, long>& other) {
  return std::ranges::equal(one | std::views::keys, other | std::views::keys);
}

// Steps in which the same ones answered are one line.
std::string render_timeline(const Tally& total) {
  struct Span {
    long first, last;
    std::map<std::string, long> answers;
  };
  std::vector<Span> spans;
  for (const auto& [step, answers] : total.timeline) {
    if (spans.empty() || !same_keys(spans.back().answers, answers)) {
      spans.push_back({step, step, answers});
      continue;
    }
    spans.back().last = step;
    for (const auto& [release, count] : answers) spans.back().answers[release] += count;
  }
  std::string text = "who answered the requests begun at\n";
  const double step_s = std::chrono::duration<double>(timeline_step).count();
  for (const Span& span : spans) {
    text += fmt::format("{:>7.1f} - {:.1f} s", static_cast<double>(span.first) * step_s,
                        static_cast<double>(span.last + 1) * step_s);
    for (const auto& [release, count] : span.answers) text += fmt::format("   {}: {}", release, count);
    text += '\n';
  }
  return text;
}

}  // namespace

std::string render_text(Tallies tallies) {
  Tally total = total_of(tallies);
  std::string text = fmt::format("{:<8}{:>9}{:>9}{:>8}{:>14}{:>13}{:>10}{:>9}{:>9}\n", "kind", "sent", "ok", "failed",
                                 "reused-reset", "idle-closed", "p50 ms", "p99 ms", "max ms");
  for (auto& [kind, tally] : tallies) text += row(kind, tally);
  text += row("all", total);
  for (const auto& [kind, tally] : tallies) {
    for (const auto& [what, seen] : tally.failures) {
      text += fmt::format("failed: {}: {} ({} times, first at {:.1f} s, last at {:.1f} s)\n", kind, what, seen.count,
                          static_cast<double>(seen.first_ms) / 1000, static_cast<double>(seen.last_ms) / 1000);
    }
  }
  return text + render_timeline(requests_of(tallies));
}

std::string render_json(Tallies tallies) {
  const Tally total = total_of(tallies);
  nlohmann::ordered_json json{{"failed", total.failed},
                              {"kinds", nlohmann::ordered_json::object()},
                              {"failures", nlohmann::ordered_json::array()},
                              {"timeline", nlohmann::ordered_json::array()}};
  for (auto& [kind, tally] : tallies) {
    json["kinds"][kind] = {{"sent", tally.sent},
                           {"ok", tally.ok},
                           {"failed", tally.failed},
                           {"reused_reset", tally.reused_reset},
                           {"idle_closed", tally.idle_closed},
                           {"p50_ms", tally.percentile_ms(0.5)},
                           {"p99_ms", tally.percentile_ms(0.99)},
                           {"max_ms", tally.percentile_ms(1)}};
    for (const auto& [what, seen] : tally.failures) {
      json["failures"].push_back({{"kind", kind},
                                  {"what", what},
                                  {"count", seen.count},
                                  {"first_ms", seen.first_ms},
                                  {"last_ms", seen.last_ms}});
    }
  }
  for (const auto& [step, answers] : total.timeline) {
    json["timeline"].push_back({{"at_ms", step * timeline_step.count()}, {"answers", answers}});
  }
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace bluegreen::load
