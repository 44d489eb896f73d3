// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/report.h"

namespace bluegreen::probe {
namespace {

constexpr std::array colors{"#3b6fd4", "#36a35c", "#8a63c9", "#d99a20", "#2aa5b5", "#8b8f99"};
constexpr auto red = "#d1242f";
constexpr double left = 60, width = 920, top = 40, height = 260;  // of the plot, in the picture's own units
constexpr std::size_t most_bars = 460;

constexpr auto head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>bluegreen probe</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; max-width: 1000px; margin: 2em auto; padding: 0 1em }}
h1 {{ font-size: 1.4em }} h1.bad {{ color: {red} }} svg {{ width: 100%; height: auto }} svg text {{ font-size: 12px; fill: #57606a }}
table {{ border-collapse: collapse; margin-top: 1em }} td, th {{ padding: .2em .8em; text-align: right; border-bottom: 1px solid #d8dee4 }}
td:first-child, th:first-child {{ text-align: left }} .bad {{ color: {red}; font-weight: bold }}
</style></head><body>
)";

std::string escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (byte >= ' ' && byte != 0x7f) {
      escaped += c;
    }
  }
  return escaped;
}

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

const char* color_of(std::size_t responder) { return colors[std::min(responder, colors.size() - 1)]; }

// The steps of the track, several in one where there are many.
struct Bars {
  std::vector<std::vector<long>> answers;  // by bar, then by responder
  std::vector<long> failed;
  double seconds_each = 0;
  long highest = 1;
};

Bars make_bars(const Track& track) {
  const auto steps_each = std::max<std::size_t>(1, (track.steps.size() + most_bars - 1) / most_bars);
  Bars bars;
  bars.seconds_each = seconds(timeline_step * steps_each);
  for (std::size_t i = 0; i < track.steps.size(); ++i) {
    if (i % steps_each == 0) {
      bars.answers.emplace_back(track.responders.size());
      bars.failed.push_back(0);
    }
    for (const auto& [who, count] : track.steps[i].answers) bars.answers.back()[who] += count;
    bars.failed.back() += track.steps[i].failed;
  }
  for (std::size_t i = 0; i < bars.answers.size(); ++i) {
    long sum = bars.failed[i];
    for (const long count : bars.answers[i]) sum += count;
    bars.highest = std::max(bars.highest, sum);
  }
  return bars;
}

class Picture {
 public:
  explicit Picture(const Report& report) : report_(report), bars_(make_bars(report.requests)) {}

  std::string render() {
    svg_ = fmt::format(
        R"(<svg viewBox="0 0 1000 {}" shape-rendering="crispEdges" role="img" aria-label="requests over time">)",
        top + height + 60);
    for (std::size_t i = 0; i < bars_.answers.size(); ++i) draw_bar(i);
    draw_axes();
    for (const auto& mark : report_.marks) draw_mark(mark);
    draw_legend();
    return svg_ + "</svg>\n";
  }

 private:
  [[nodiscard]] double bar_width() const {
    return width / static_cast<double>(std::max<std::size_t>(1, bars_.answers.size()));
  }
  [[nodiscard]] double duration() const {
    return bars_.seconds_each * static_cast<double>(std::max<std::size_t>(1, bars_.answers.size()));
  }
  [[nodiscard]] double x_of(double time) const { return left + width * time / duration(); }
  [[nodiscard]] double height_of(long count) const {
    return height * static_cast<double>(count) / static_cast<double>(bars_.highest);
  }

  void draw_bar(std::size_t i) {
    double y = top + height;
    const auto draw = [&](long count, const char* color, const std::string& what) {
      if (count == 0) return;
      y -= height_of(count);
      svg_ += fmt::format(
          R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" fill="{}"><title>{:.1f} s: {}: {}</title></rect>)",
          left + bar_width() * static_cast<double>(i), y, bar_width(), height_of(count), color,
          bars_.seconds_each * static_cast<double>(i), what, count);
    };
    for (std::size_t who = 0; who < bars_.answers[i].size(); ++who)
      draw(bars_.answers[i][who], color_of(who), escape(report_.requests.responders[who].name));
    draw(bars_.failed[i], red, "failed");
  }

  void draw_axes() {
    const double bottom = top + height;
    svg_ +=
        fmt::format(R"(<path d="M{0} {1}V{2}H{3}" fill="none" stroke="#8b8f99"/>)", left, top, bottom, left + width);
    for (int i = 0; i <= 5; ++i) {
      const double time = duration() * i / 5;
      svg_ +=
          fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{:.1f} s</text>)", x_of(time), bottom + 18, time);
    }
    svg_ +=
        fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{}</text><text x="{}" y="{}" text-anchor="end">0</text>)",
                    left - 8, top + 10, bars_.highest, left - 8, bottom);
    svg_ += fmt::format(R"(<text x="{}" y="{}">requests begun in {:.1f} s</text>)", left, top - 22, bars_.seconds_each);
  }

  void draw_mark(const Mark& mark) {
    const double x = x_of(seconds(mark.began));
    svg_ += fmt::format(
        R"(<path d="M{0:.1f} {1}V{2}" stroke="#1f2328" stroke-dasharray="4 3"/><text x="{3:.1f}" y="{4}" text-anchor="{5}">{6}</text>)",
        x, top - 14, top + height, x + (x > 800 ? -6 : 6), top - 4, x > 800 ? "end" : "start", escape(mark.text));
  }

  void draw_legend() {
    double x = left;
    const double y = top + height + 44;
    const auto draw = [&](const char* color, const std::string& text) {
      svg_ +=
          fmt::format(R"(<rect x="{0}" y="{1}" width="12" height="12" fill="{2}"/><text x="{3}" y="{4}">{5}</text>)", x,
                      y - 10, color, x + 18, y, escape(text));
      x += 40 + 7.5 * static_cast<double>(text.size());
    };
    const auto& responders = report_.requests.responders;
    for (std::size_t who = 0; who < std::min(responders.size(), colors.size()); ++who)
      draw(color_of(who),
           who + 1 == colors.size() && responders.size() > colors.size() ? "others" : responders[who].name);
    draw(red, "failed");
  }

  const Report& report_;
  const Bars bars_;
  std::string svg_;
};

std::string row(const std::string& kind, const Tally& tally) {
  const auto& times = tally.latencies;
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td>{}</td><td{}>{}</td><td>{:.1f}</td><td>{:.1f}</td><td>{:.1f}</td><td>{:.1f}</td></"
      "tr>\n",
      kind, tally.sent, tally.ok, tally.failed > 0 ? " class=\"bad\"" : "", tally.failed, times.percentile_ms(0.5),
      times.percentile_ms(0.9), times.percentile_ms(0.99), times.percentile_ms(1));
}

}  // namespace

std::string render_html(const Report& report) {
  const auto total = report.total();
  std::string html = fmt::format(head, fmt::arg("red", red));
  html += fmt::format("<h1{}>{} of {} requests failed</h1>\n<p>{}, {:.1f} s</p>\n",
                      total.failed > 0 ? " class=\"bad\"" : "", total.failed, total.sent, escape(report.url),
                      seconds(report.took));
  html += Picture(report).render();
  const auto lines = render_summary(report);
  for (std::size_t i = 1; i < lines.size(); ++i) html += "<p>" + escape(lines[i]) + "</p>\n";
  html +=
      "<table><tr><th>kind of client</th><th>sent</th><th>ok</th><th>failed</th><th>p50 ms</th><th>p90 ms</th>"
      "<th>p99 ms</th><th>max ms</th></tr>\n";
  for (const auto& [kind, tally] : report.kinds) html += row(kind, tally);
  html += row("all", total) + "</table>\n";
  for (const auto& [kind, tally] : report.kinds) {
    for (const auto& [what, seen] : tally.failures)
      html += fmt::format("<p class=\"bad\">{}: {}: {} times</p>\n", kind, escape(what), seen.count);
  }
  return html + "</body></html>\n";
}

}  // namespace bluegreen::probe
