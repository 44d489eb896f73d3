// SPDX-License-Identifier: MIT
// A whole run: its bounds, its end, what it counts from.
#include <gmock/gmock.h>

#include "probe/probe.h"
#include "probe_server.h"

namespace bluegreen::probe {
namespace {

using std::chrono::milliseconds;

void wait_for(const Probe& probe) {
  while (!probe.is_over()) std::this_thread::sleep_for(milliseconds(5));
}

TEST(ProbeRun, KeepsToItsTimeAndItsRate) {
  const ScriptedServer server({[](Peer& peer) { answer_all(peer); }});
  auto plan = server.plan(Kind::get);
  plan.clients.push_back({Kind::pipelined, "/"});
  plan.rate = 40;
  plan.connections = 2;
  plan.duration = milliseconds(500);
  Probe probe(plan);
  wait_for(probe);
  EXPECT_TRUE(probe.everyone_was_answered());
  const auto report = probe.stop();
  EXPECT_EQ(report.total().failed, 0);
  for (const auto& [kind, tally] : report.kinds) EXPECT_LE(tally.sent, 2 * 20 + 2 * requests_at_once) << kind;
  EXPECT_GE(report.total().sent, 20);  // however busy the machine is
}

TEST(ProbeRun, KeepsToItsNumberOfRequests) {
  const ScriptedServer server({[](Peer& peer) { answer_all(peer); }});
  auto plan = server.plan(Kind::get);
  plan.connections = 3;
  plan.requests = 50;
  Probe probe(plan);
  wait_for(probe);
  EXPECT_EQ(probe.stop().total().sent, 50);
}

TEST(ProbeRun, FinishesWhatIsUnderWayWhenItIsStopped) {
  std::latch asked(1);
  const ScriptedServer server({[&](Peer& peer) {
    peer.read_request();
    asked.count_down();
    std::this_thread::sleep_for(milliseconds(100));
    peer.answer("1");
    peer.wait();
  }});
  Probe probe(server.plan(Kind::slow));
  asked.wait();
  const auto report = probe.stop();
  EXPECT_EQ(report.total().ok, 1);
  EXPECT_EQ(report.total().failed, 0);
}

TEST(ProbeRun, EndsAStreamOfEventsThatIsHeldWithoutAFailure) {
  std::latch begun(1);
  const ScriptedServer server({[&](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
    begun.count_down();
    peer.wait();
  }});
  Probe probe(server.plan(Kind::sse));
  begun.wait();
  while (!probe.everyone_was_answered()) std::this_thread::sleep_for(milliseconds(5));
  const auto report = probe.stop();
  EXPECT_EQ(report.total().ok, 1);
  EXPECT_EQ(report.total().failed, 0);
}

TEST(ProbeRun, CountsFromTheFirstAnswerWhereItIsTold) {
  std::atomic<bool> serves = false;
  std::atomic<int> refused = 0;
  const ScriptedServer server({[&](Peer& peer) {
    while (peer.read_request()) {
      if (serves) {
        peer.answer("1");
      } else {
        ++refused;
        peer.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      }
    }
  }});
  auto plan = server.plan(Kind::get);
  plan.rate = 200;
  plan.count_from = CountFrom::first_answer;
  Probe probe(plan);
  while (refused < 3) std::this_thread::sleep_for(milliseconds(5));
  serves = true;
  while (!probe.everyone_was_answered()) std::this_thread::sleep_for(milliseconds(5));
  serves = false;
  const int before = refused;
  while (refused < before + 2) std::this_thread::sleep_for(milliseconds(5));
  const auto tally = probe.stop().total();
  EXPECT_GE(tally.ok, 1);
  EXPECT_GE(tally.failed, 2);
  EXPECT_LE(tally.failed, refused - 3);
}

TEST(ProbeRun, AsksOnceForALookBefore) {
  const ScriptedServer server({[](Peer& peer) { answer_all(peer); }});
  const auto plan = server.plan(Kind::get);
  EXPECT_EQ(ask_once(plan, Protocol::http_1_1, Peer::until()), "200");
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace bluegreen::probe
