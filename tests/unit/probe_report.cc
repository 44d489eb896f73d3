// SPDX-License-Identifier: MIT
// Figures: durations, who answered when, and what is said about it all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "probe/report.h"

namespace bluegreen::probe {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(ProbeHistogram, TellsPercentilesToItsBucketsWidth) {
  Histogram histogram;
  EXPECT_EQ(histogram.percentile_ms(0.5), 0);
  for (int us = 1; us <= 100'000; ++us) histogram.add(microseconds(us));
  EXPECT_EQ(histogram.count(), 100'000);
  for (const double share : {0.01, 0.1, 0.5, 0.9, 0.99}) {
    EXPECT_GE(histogram.percentile_ms(share), 100 * share);
    EXPECT_LE(histogram.percentile_ms(share), 100 * share * 1.016);
  }
  EXPECT_EQ(histogram.percentile_ms(1), 100);
}

TEST(ProbeHistogram, KnowsShortOnesExactlyAndTheLongestToo) {
  Histogram histogram;
  histogram.add(microseconds(3));
  histogram.add(microseconds(63));
  histogram.add(microseconds(127));
  EXPECT_EQ(histogram.percentile_ms(0.3), 0.003);
  EXPECT_EQ(histogram.percentile_ms(0.6), 0.063);
  Histogram other;
  other.add(std::chrono::hours(24 * 365));
  other.add(nanoseconds(-1));
  other.add(histogram);
  EXPECT_EQ(other.count(), 5);
  EXPECT_EQ(other.percentile_ms(1), 365 * 24 * 3600e3);
}

TEST(ProbeTimeline, CountsByTheMomentARequestBegan) {
  Timeline timeline;
  timeline.add_answer("1", milliseconds(99), milliseconds(500));
  timeline.add_answer("2", milliseconds(100), milliseconds(110));
  timeline.add_answer("1", milliseconds(30), milliseconds(40));
  timeline.add_failure(milliseconds(250));
  const auto track = timeline.track();
  ASSERT_EQ(track.steps.size(), 3);
  EXPECT_THAT(track.steps[0].answers, ElementsAre(std::pair(0, 2)));
  EXPECT_THAT(track.steps[1].answers, ElementsAre(std::pair(1, 1)));
  EXPECT_EQ(track.steps[2].failed, 1);
  const auto& one = track.responders.at(0);
  EXPECT_EQ(one.answers, 2);
  EXPECT_EQ(one.first_began, milliseconds(30));
  EXPECT_EQ(one.first_answered, milliseconds(40));
  EXPECT_EQ(one.last_began, milliseconds(99));
  EXPECT_EQ(one.last_answered, milliseconds(500));
}

TEST(ProbeTimeline, DoesNotGrowWithTheNamesOfThoseWhoAnswer) {
  Timeline timeline;
  for (int i = 0; i < 10'000; ++i) timeline.add_answer(std::to_string(i), milliseconds(1), milliseconds(2));
  const auto track = timeline.track();
  EXPECT_LE(track.responders.size(), 65);
  EXPECT_EQ(track.responders.back().name, "(others)");
  EXPECT_EQ(track.responders.back().answers, 10'000 - 64);
}

// Release 1 until the switch at 300 ms, then 2; one failure.
Report example() {
  Timeline requests;
  for (int ms = 0; ms < 300; ms += 10) requests.add_answer("1", milliseconds(ms), milliseconds(ms + 1));
  requests.add_answer("1", milliseconds(302), milliseconds(330));
  for (int ms = 304; ms < 600; ms += 10) requests.add_answer("2<", milliseconds(ms), milliseconds(ms + 1));
  requests.add_failure(milliseconds(310));
  Tally tally;
  tally.sent = 62;
  tally.ok = 61;
  tally.add_failure("status 502", milliseconds(310));
  return {.url = "http://localhost/?a&b",
          .took = milliseconds(600),
          .kinds = {{"get", tally}},
          .requests = requests.track(),
          .marks = {{"switch web to GREEN", milliseconds(300), milliseconds(320)}}};
}

TEST(ProbeReport, TellsWhomASwitchTookOverFrom) {
  const auto report = example();
  const auto handover = find_handover(report, report.marks[0]);
  ASSERT_TRUE(handover);
  EXPECT_EQ(handover->old_one, "1");
  EXPECT_EQ(handover->new_one, "2<");
  EXPECT_EQ(handover->first_of_new, milliseconds(5));
  EXPECT_EQ(handover->last_of_old, milliseconds(2));
}

TEST(ProbeReport, KnowsTheFirstOneThatAnswersForWhatItIs) {
  auto report = example();
  auto& responders = report.requests.responders;
  responders.erase(responders.begin());
  report.requests.steps.clear();  // they name the one that is gone
  EXPECT_THAT(render_summary(report),
              ElementsAre("62 requests, 1 failed", "switch web to GREEN at 0.3 s: first answer of 2< after 5.0 ms"));
  EXPECT_FALSE(render_json(report)["switches"][0].contains("from"));
}

TEST(ProbeReport, DoesNotGuessWhereTheAnswersDoNotTell) {
  auto report = example();
  report.requests.responders.resize(1);
  EXPECT_FALSE(find_handover(report, report.marks[0]));
  EXPECT_THAT(render_summary(report), ElementsAre("62 requests, 1 failed", HasSubstr("do not tell")));
}

TEST(ProbeReport, SaysItInALineForEachSwitch) {
  EXPECT_THAT(render_summary(example()),
              ElementsAre("62 requests, 1 failed",
                          "switch web to GREEN at 0.3 s: first answer of 2< after 5.0 ms, last request that went to 1 "
                          "begun 2.0 ms after"));
  auto report = example();
  report.requests.responders[0].last_began = milliseconds(290);
  report.kinds[0].second.sent = 1'234'567;
  EXPECT_THAT(render_summary(report), ElementsAre("1,234,567 requests, 1 failed", HasSubstr("begun 10.0 ms before")));
}

TEST(ProbeReport, IsATableAndATimelineForPeople) {
  const auto text = render_text(example());
  EXPECT_THAT(text, HasSubstr("failed: get: status 502 (1 times, first at 0.3 s, last at 0.3 s)\n"));
  EXPECT_THAT(text, HasSubstr("    0.0 - 0.3 s   1: 30\n    0.3 - 0.4 s   1: 1   2<: 10   failed: 1\n"
                              "    0.4 - 0.6 s   2<: 20\n"));
}

TEST(ProbeReport, HasItAllForPrograms) {
  const auto json = render_json(example());
  EXPECT_EQ(json["sent"], 62);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["kinds"]["get"]["ok"], 61);
  EXPECT_EQ(json["failures"][0]["what"], "status 502");
  EXPECT_EQ(json["timeline"][3].dump(), R"({"at_ms":300,"answers":{"1":1,"2<":10},"failed":1})");
  EXPECT_EQ(json["switches"][0]["last_of_old_ms"], 2.0);
  EXPECT_EQ(json["answered_by"][1]["first_answered_ms"], 305.0);
}

TEST(ProbeReport, IsAPageThatNeedsNothingElse) {
  const auto html = render_html(example());
  EXPECT_THAT(html, HasSubstr("1 of 62 requests failed"));
  EXPECT_THAT(html, HasSubstr("<svg"));
  EXPECT_THAT(html, HasSubstr("2&lt;"));
  EXPECT_THAT(html, HasSubstr("http://localhost/?a&amp;b"));
  EXPECT_THAT(html, HasSubstr("switch web to GREEN"));
  EXPECT_THAT(html, Not(HasSubstr("2<:")));
  EXPECT_FALSE(std::regex_search(html, std::regex("src=|href=|@import|url\\(")));
}

TEST(ProbeReport, DrawsALongRunInAFewBars) {
  Timeline requests;
  for (int step = 0; step < 36'000; ++step) requests.add_answer("1", timeline_step * step, timeline_step * step);
  Report report{.requests = requests.track()};
  EXPECT_LT(render_html(report).size(), 100'000);
  EXPECT_FALSE(render_html(Report{}).empty());
}

}  // namespace
}  // namespace bluegreen::probe
