// SPDX-License-Identifier: MIT
#include "cli/reporters.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>

namespace bluegreen {

namespace {

using Json = nlohmann::ordered_json;

// Text of images, logs and files may hold any bytes; a terminal must not obey them, and JSON must stay JSON.
std::string printable(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= ' ' && byte != 0x7f) || c == '\n' || c == '\t') out += c;
  }
  return out;
}

class TextReporter : public TextOrJsonReporter {
 public:
  TextReporter(bool quiet, bool terminal, bool color) : quiet_(quiet), terminal_(terminal), color_(color) {}

  void begin(const StepInfo& step) override {
    const std::lock_guard guard(mutex_);
    current_ = step.text;
    redraw("");
  }

  void progress(const std::string& text) override {
    const std::lock_guard guard(mutex_);
    redraw(text);
  }

  void end(const StepInfo& step, const std::string& result, Milliseconds duration) override {
    line(paint("32", "✓"), step.text, render_duration(duration), result);
  }

  void fail(const StepInfo& step, Milliseconds duration) override {
    line(paint("31", "✗"), step.text, render_duration(duration), "failed");
  }

  void note(const std::string& text) override {
    const std::lock_guard guard(mutex_);
    clear();
    if (!quiet_) fmt::print("  {}\n", printable(text));
    std::fflush(stdout);
  }

  void warn(const std::string& text) override {
    const std::lock_guard guard(mutex_);
    clear();
    std::fflush(stdout);
    fmt::print(stderr, "{} {}\n", paint("33", "warning:"), printable(text));
  }

  void released(const Released& released, Milliseconds took) override {
    const std::lock_guard guard(mutex_);
    clear();
    if (quiet_) return;
    const auto color = std::string(name_of(released.color));
    const auto painted = paint(released.color == Color::blue ? "34;1" : "32;1", color);
    if (!released.changed) {
      fmt::print("{}: {} {} serves already, nothing to do\n", released.app, painted, released.release);
    } else if (released.active) {
      fmt::print("{}: {} {} serves, after {}\n", released.app, painted, released.release, render_duration(took));
    } else {
      fmt::print("{}: {} {} is up and healthy, not switched to\n", released.app, painted, released.release);
      for (const auto& host : released.preview_hosts) {
        if (!released.preview.empty())
          fmt::print("  look at it:  curl -H 'Host: {}' http://{}/\n", host, released.preview);
      }
      fmt::print("  switch:      bluegreen switch {} {}\n", released.app, color);
    }
    std::fflush(stdout);
  }

 private:
  std::string paint(const char* code, const std::string& text) const {
    return color_ ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
  }

  void line(const std::string& mark, const std::string& text, const std::string& duration, const std::string& result) {
    const std::lock_guard guard(mutex_);
    clear();
    current_.clear();
    if (quiet_) return;
    fmt::print("  {} {:<52} {:>8}  {}\n", mark, printable(text), duration, printable(result));
    std::fflush(stdout);
  }

  void redraw(const std::string& detail) {
    if (!terminal_ || quiet_ || current_.empty()) return;
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 8;
    const std::size_t width = known ? size.ws_col - 5u : 75;
    auto text = printable(current_) + (detail.empty() ? "" : "  " + printable(detail));
    std::erase(text, '\n');
    fmt::print("\r\033[K  … {}", text.substr(0, width));
    std::fflush(stdout);
    drawn_ = true;
  }

  void clear() {
    if (drawn_) fmt::print("\r\033[K");
    drawn_ = false;
  }

  const bool quiet_, terminal_, color_;
  std::mutex mutex_;
  std::string current_;
  bool drawn_ = false;
};

class JsonReporter : public TextOrJsonReporter {
 public:
  explicit JsonReporter(bool quiet) : quiet_(quiet) {}

  void begin(const StepInfo& step) override { step_event(step, "begin", "", {}); }
  void progress(const std::string& text) override { write({{"event", "progress"}, {"text", text}}); }
  void end(const StepInfo& step, const std::string& result, Milliseconds duration) override {
    step_event(step, "done", result, duration);
  }
  void fail(const StepInfo& step, Milliseconds duration) override { step_event(step, "failed", "", duration); }
  void note(const std::string& text) override { write({{"event", "note"}, {"text", text}}); }
  void warn(const std::string& text) override { write({{"event", "warning"}, {"text", text}}); }

  void released(const Released& released, Milliseconds took) override {
    Json event{{"event", "released"},         {"app", released.app},
               {"release", released.release}, {"color", name_of(released.color)},
               {"active", released.active},   {"changed", released.changed},
               {"ms", took.count()}};
    if (!released.preview.empty())
      event.update({{"preview", released.preview}, {"preview_hosts", released.preview_hosts}});
    write(event, true);
  }

 private:
  void step_event(const StepInfo& step, const char* state, const std::string& result,
                  std::optional<Milliseconds> duration) {
    Json event{{"event", "step"}, {"state", state}, {"step", step.kind}, {"text", step.text}};
    if (!step.app.empty()) event["app"] = step.app;
    if (!result.empty()) event["result"] = result;
    if (duration) event["ms"] = duration->count();
    write(event);
  }

  void write(const Json& event, bool always = false) {
    if (quiet_ && !always) return;
    const std::lock_guard guard(mutex_);
    fmt::print("{}\n", event.dump(-1, ' ', false, Json::error_handler_t::replace));
    std::fflush(stdout);
  }

  const bool quiet_;
  std::mutex mutex_;
};

}  // namespace

std::string render_duration(Milliseconds duration) {
  const auto ms = duration.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 120'000) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  return fmt::format("{} min", ms / 60'000);
}

bool use_color(const Options& options, int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
  const char* term = std::getenv("TERM");
  return !options.no_color && (no_color == nullptr || *no_color == '\0') && ::isatty(descriptor) == 1 &&
         (term == nullptr || std::string(term) != "dumb");
}

std::unique_ptr<TextOrJsonReporter> make_reporter(const Options& options) {
  if (options.json) return std::make_unique<JsonReporter>(options.quiet);
  const bool color = use_color(options, STDOUT_FILENO);
  return std::make_unique<TextReporter>(options.quiet, color || (::isatty(STDOUT_FILENO) == 1 && !options.no_color),
                                        color);
}

void print_error(const Error& error, const Options& options) {
  const auto message = printable(error.message);
  if (options.json) {
    Json event{{"event", "error"}, {"exit_code", exit_code(error.kind)}, {"message", message}};
    if (!error.hint.empty()) event["hint"] = error.hint;
    fmt::print("{}\n", event.dump(-1, ' ', false, Json::error_handler_t::replace));
    return;
  }
  const bool color = use_color(options, STDERR_FILENO);
  fmt::print(stderr, "{} {}\n", color ? "\033[31;1mbluegreen:\033[0m" : "bluegreen:", message);
  if (!error.hint.empty()) fmt::print(stderr, "{}\n", printable(error.hint));
}

}  // namespace bluegreen
