// SPDX-License-Identifier: MIT
// Several requests at once on one connection: which of them are lost when it ends.
#include <gmock/gmock.h>

#include "probe_server.h"

namespace bluegreen::probe {
namespace {

TEST(ProbePipeline, WritesAllRequestsBeforeItReadsTheAnswers) {
  const ScriptedServer server({[](Peer& peer) {
    for (int i = 0; i < requests_at_once; ++i) EXPECT_TRUE(peer.read_request());
    for (int i = 0; i < requests_at_once; ++i) peer.answer("1");
    peer.wait();
  }});
  Client client(server.plan(Kind::pipelined));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, requests_at_once);
}

TEST(ProbePipeline, CountsAllThatWereUnansweredWhenTheConnectionIsClosedInTheMiddle) {
  const ScriptedServer server({[](Peer& peer) {
                                 for (int i = 0; i < requests_at_once; ++i) peer.read_request();
                                 peer.answer("1");
                               },
                               [](Peer& peer) { answer_all(peer); }});
  Client client(server.plan(Kind::pipelined));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 1);
  EXPECT_EQ(client.tally().failed, requests_at_once - 1);
  EXPECT_EQ(client.tally().repeated, 0);
  EXPECT_EQ(client.failure(), "closed without an answer");
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 1 + requests_at_once);
}

TEST(ProbePipeline, RepeatsWhatTheServerAnnouncedNotToTake) {
  const ScriptedServer server({[](Peer& peer) {
                                 for (int i = 0; i < requests_at_once; ++i) peer.read_request();
                                 peer.answer("1");
                                 peer.answer("1", "Connection: close\r\n");
                               },
                               [](Peer& peer) { answer_all(peer); }});
  Client client(server.plan(Kind::pipelined));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, requests_at_once);
  EXPECT_EQ(client.tally().failed, 0);
  EXPECT_EQ(client.tally().repeated, requests_at_once - 2);
  EXPECT_EQ(server.connections(), 2);
}

TEST(ProbePipeline, CountsTheAnswerThatIsCutAndThoseBehindIt) {
  const ScriptedServer server({[](Peer& peer) {
    for (int i = 0; i < requests_at_once; ++i) peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1");
  }});
  Client client(server.plan(Kind::pipelined));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 0);
  EXPECT_EQ(client.tally().failures.at("closed in the middle of the answer").count, 1);
  EXPECT_EQ(client.tally().failures.at("closed without an answer").count, requests_at_once - 1);
}

TEST(ProbePipeline, CountsAWholeTurnThatAClosedKeptConnectionTook) {
  const ScriptedServer server({[](Peer& peer) {
    for (int i = 0; i < requests_at_once; ++i) {
      peer.read_request();
      peer.answer("1");
    }
    for (int i = 0; i < requests_at_once; ++i) peer.read_request();
  }});
  Client client(server.plan(Kind::pipelined));
  client.take_turn();
  client.take_turn();
  EXPECT_EQ(client.tally().reused_reset, requests_at_once);
}

}  // namespace
}  // namespace bluegreen::probe
