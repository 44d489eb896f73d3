// SPDX-License-Identifier: MIT
#include "cli/deploy_probe.h"

#include <functional>
#include <utility>

#include "system/clock.h"

namespace bluegreen {
namespace {

constexpr int connections = 2;  // of each kind: it shows what is lost, and is not to be a load
constexpr Milliseconds longest{6 * 3'600'000};
constexpr Milliseconds patience{5000};  // for the first answer of every kind
constexpr Milliseconds between_looks{10};

void wait_for_everyone(const probe::Probe& probe, const std::stop_token& stop) {
  SystemClock clock;
  const auto until = clock.now() + patience;
  while (!probe.everyone_was_answered() && clock.now() < until && !stop.stop_requested())
    clock.sleep(between_looks, stop);
}

}  // namespace

// Hands everything on, and remembers when the switches were.
class SwitchWatch : public TextOrJsonReporter {
 public:
  struct Seen {
    std::string text;
    probe::TimePoint began, ended;
  };

  explicit SwitchWatch(std::unique_ptr<TextOrJsonReporter> inner) : inner_(std::move(inner)) {}

  // Once, right before the first switch.
  void before_the_switch(std::function<void()> what) { before_the_switch_ = std::move(what); }

  void begin(const StepInfo& step) override {
    inner_->begin(step);
    if (step.kind == "switch" && before_the_switch_) std::exchange(before_the_switch_, nullptr)();
    began_ = wire::Clock::now();
  }
  void end(const StepInfo& step, const std::string& result, Milliseconds duration) override {
    if (step.kind == "switch") switches_.push_back({step.text, began_, wire::Clock::now()});
    inner_->end(step, result, duration);
  }
  void progress(const std::string& text) override { inner_->progress(text); }
  void fail(const StepInfo& step, Milliseconds duration) override { inner_->fail(step, duration); }
  void note(const std::string& text) override { inner_->note(text); }
  void warn(const std::string& text) override { inner_->warn(text); }
  void released(const Released& released, Milliseconds took) override { inner_->released(released, took); }

  [[nodiscard]] std::vector<probe::Mark> marks_since(probe::TimePoint start) const {
    std::vector<probe::Mark> marks;
    for (const auto& one : switches_) marks.push_back({one.text, one.began - start, one.ended - start});
    return marks;
  }

 private:
  std::unique_ptr<TextOrJsonReporter> inner_;
  std::function<void()> before_the_switch_;
  probe::TimePoint began_;
  std::vector<Seen> switches_;
};

DeployProbe::DeployProbe(Options options) : options_(std::move(options)) {
  if (options_.probe.url.empty()) return;
  options_.hooks.wrap_reporter = [this,
                                  wrap = options_.hooks.wrap_reporter](std::unique_ptr<TextOrJsonReporter> inner) {
    if (wrap) inner = wrap(std::move(inner));
    auto watch = std::make_unique<SwitchWatch>(std::move(inner));
    watch_ = watch.get();
    return watch;
  };
}

DeployProbe::~DeployProbe() = default;

Done DeployProbe::start(Reporter& reporter, const std::stop_token& stop) {
  if (options_.probe.url.empty()) return {};
  auto& settings = options_.probe;
  settings.connections = connections;
  settings.duration = longest;
  TRY_ASSIGN(auto plan, make_probe_plan(settings));
  const auto say = [&](const std::string& text) { reporter.note("probe: " + text); };
  TRY_ASSIGN(const auto answering, look_before(plan, settings, say));
  if (answering == Answering::not_yet) {
    // Not now: nginx may not run yet, and what asks a container that is just being started can wait for seconds.
    plan.count_from = probe::CountFrom::first_answer;
    say("begins with the switch, and counts from the first answer on");
    watch_->before_the_switch(
        [this, plan = std::move(plan)]() mutable { probe_ = std::make_unique<probe::Probe>(std::move(plan)); });
    return {};
  }
  probe_ = std::make_unique<probe::Probe>(std::move(plan));
  wait_for_everyone(*probe_, stop);
  return {};
}

void DeployProbe::finish(Reporter& reporter, const std::stop_token& stop) {
  if (!probe_) return;
  wait_for_everyone(*probe_, stop);  // it may have begun with the switch, a moment ago
  const auto report = probe_->stop(watch_->marks_since(probe_->started()));
  probe_.reset();
  const auto total = report.total();
  if (options_.json) print_probe_event(report);
  for (const auto& line : probe::render_summary(report)) {
    if (options_.json) break;
    reporter.note("probe: " + line);
  }
  if (total.ok == 0) reporter.warn("probe: " + options_.probe.url + " never answered");
  if (total.failed > 0) reporter.warn("probe: requests were lost\n" + probe::render_failures(report));
  if (const auto written = write_picture(report, options_.probe); !written) reporter.warn(written.error().message);
}

}  // namespace bluegreen
