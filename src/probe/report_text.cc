// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "probe/report.h"

namespace bluegreen::probe {
namespace {

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

std::string in_ms(std::chrono::nanoseconds time) {
  return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(time).count());
}

// 1234567 -> 1,234,567
std::string grouped(long number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<long>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string row(const std::string& kind, const Tally& tally) {
  return fmt::format("{:<10}{:>9}{:>9}{:>8}{:>13}{:>12}{:>9}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.1f}\n", kind, tally.sent,
                     tally.ok, tally.failed, tally.reused_reset, tally.idle_closed, tally.repeated,
                     tally.latencies.percentile_ms(0.5), tally.latencies.percentile_ms(0.9),
                     tally.latencies.percentile_ms(0.99), tally.latencies.percentile_ms(1));
}

// Steps in which the same ones answered are one line.
std::string render_timeline(const Track& track) {
  struct Span {
    std::size_t first, last;
    std::map<std::uint16_t, long> answers;
    long failed;
  };
  std::vector<Span> spans;
  for (std::size_t i = 0; i < track.steps.size(); ++i) {
    const auto& step = track.steps[i];
    if (step.answers.empty() && step.failed == 0) continue;
    Span now{i, i, {}, step.failed};
    for (const auto& [who, count] : step.answers) now.answers[who] += count;
    const auto same = [&](const Span& last) {
      return (last.failed > 0) == (now.failed > 0) &&
             std::ranges::equal(
                 last.answers, now.answers, {}, [](auto& one) { return one.first; },
                 [](auto& one) { return one.first; });
    };
    if (spans.empty() || !same(spans.back())) {
      spans.push_back(std::move(now));
      continue;
    }
    spans.back().last = i;
    spans.back().failed += now.failed;
    for (const auto& [who, count] : now.answers) spans.back().answers[who] += count;
  }
  std::string text = "who answered the requests begun at\n";
  for (const auto& span : spans) {
    text += fmt::format("{:>7.1f} - {:.1f} s", seconds(timeline_step * span.first),
                        seconds(timeline_step * (span.last + 1)));
    for (const auto& [who, count] : span.answers) text += fmt::format("   {}: {}", track.responders[who].name, count);
    if (span.failed > 0) text += fmt::format("   failed: {}", span.failed);
    text += '\n';
  }
  return text;
}

std::string describe(const Report& report, const Mark& mark) {
  const auto handover = find_handover(report, mark);
  auto text = fmt::format("{} at {:.1f} s: ", mark.text, seconds(mark.began));
  if (!handover) return text + "the answers do not tell who gave them";
  text += fmt::format("first answer of {} after {}", handover->new_one, in_ms(handover->first_of_new));
  if (handover->old_one.empty()) return text;
  const auto last = handover->last_of_old;
  return text + fmt::format(", last request that went to {} begun {} {}", handover->old_one,
                            in_ms(last.count() < 0 ? -last : last), last.count() < 0 ? "before" : "after");
}

}  // namespace

std::string render_failures(const Report& report) {
  std::string text;
  for (const auto& [kind, tally] : report.kinds) {
    for (const auto& [what, seen] : tally.failures) {
      text += fmt::format("failed: {}: {} ({} times, first at {:.1f} s, last at {:.1f} s)\n", kind, what, seen.count,
                          static_cast<double>(seen.first_ms) / 1000, static_cast<double>(seen.last_ms) / 1000);
    }
  }
  return text;
}

std::string render_text(const Report& report) {
  auto text = fmt::format("{:<10}{:>9}{:>9}{:>8}{:>13}{:>12}{:>9}{:>9}{:>9}{:>9}{:>9}\n", "kind", "sent", "ok",
                          "failed", "reused-reset", "idle-closed", "repeated", "p50 ms", "p90 ms", "p99 ms", "max ms");
  for (const auto& [kind, tally] : report.kinds) text += row(kind, tally);
  text += row("all", report.total());
  return text + render_failures(report) + render_timeline(report.requests);
}

std::vector<std::string> render_summary(const Report& report) {
  const auto total = report.total();
  std::vector<std::string> lines{fmt::format("{} requests, {} failed", grouped(total.sent), grouped(total.failed))};
  for (const auto& mark : report.marks) {
    if (total.ok > 0) lines.push_back(describe(report, mark));
  }
  return lines;
}

}  // namespace bluegreen::probe
