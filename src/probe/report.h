// SPDX-License-Identifier: MIT
// A finished run, for people, for programs and as a picture.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "probe/tally.h"
#include "probe/timeline.h"

namespace bluegreen::probe {

// Something that happened meanwhile, e.g. a switch: it began and was done.
struct Mark {
  std::string text;
  std::chrono::nanoseconds began{0};  // since the start of the run
  std::chrono::nanoseconds ended{0};
};

struct Report {
  std::string url;
  std::chrono::system_clock::time_point started;
  std::chrono::nanoseconds took{0};
  std::vector<std::pair<std::string, Tally>> kinds;  // by name, in the order of the table
  Track requests;                                    // who answered new requests, and every failure
  Track held;                                        // who answered on connections that were open already: ws, sse
  std::vector<Mark> marks;

  [[nodiscard]] Tally total() const;
};

// Whom a switch took over from, as the clients saw it. Nothing where the answers do not tell: not exactly one answered
// for the first time after the mark began.
struct Handover {
  std::string old_one;  // empty: nobody answered before
  std::string new_one;
  std::chrono::nanoseconds first_of_new{0};  // answered; since the mark began
  std::chrono::nanoseconds last_of_old{0};   // when the last request that it got began; may be negative
};
std::optional<Handover> find_handover(const Report& report, const Mark& mark);

// A table of the kinds, the failures explained, who answered when.
std::string render_text(const Report& report);
// A line for each kind and reason; empty where nothing failed.
std::string render_failures(const Report& report);
// "1,234 requests, 0 failed" and what there is to say about each mark.
std::vector<std::string> render_summary(const Report& report);
// The keys are in docs/manual.md.
nlohmann::ordered_json render_json(const Report& report);
// One page that needs nothing else: an SVG of the requests over time, by who answered, failures in red.
std::string render_html(const Report& report);

}  // namespace bluegreen::probe
