// SPDX-License-Identifier: MIT
// What counts as a lost request, one at a time.
#include <gmock/gmock.h>

#include "probe_server.h"

namespace bluegreen::probe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ProbeRequests, CountsAWholeAnswerAndWhoGaveIt) {
  const ScriptedServer server({[](Peer& peer) { answer_all(peer, "Hello\nworld\n"); }});
  Client client(server.plan(Kind::get));
  for (int i = 0; i < 3; ++i) client.take_turn();
  EXPECT_EQ(client.tally().ok, 3);
  EXPECT_EQ(client.tally().sent, 3);
  ASSERT_EQ(client.track().responders.size(), 1);
  EXPECT_EQ(client.track().responders[0].name, "Hello");
  EXPECT_EQ(server.connections(), 1);
}

TEST(ProbeRequests, BelievesTheHeaderBeforeTheBody) {
  const ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.answer("body\n", "x-release: 7\r\n");
  }});
  Client client(server.plan(Kind::get));
  client.take_turn();
  EXPECT_EQ(client.track().responders.at(0).name, "7");
}

TEST(ProbeRequests, DoesNotCountAConnectionThatWasClosedWhileItWasIdle) {
  std::latch closed(1);
  const ScriptedServer server({[&](Peer& peer) {
                                 peer.read_request();
                                 peer.answer("1");
                                 peer.close();
                                 closed.count_down();
                               },
                               [](Peer& peer) { answer_all(peer); }});
  Client client(server.plan(Kind::get));
  client.take_turn();
  closed.wait();
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 2);
  EXPECT_EQ(client.tally().failed, 0);
  EXPECT_EQ(client.tally().idle_closed, 1);
}

TEST(ProbeRequests, CountsAConnectionThatIsClosedAfterTheRequestWasWritten) {
  for (const auto kind : {Kind::get, Kind::post}) {
    const ScriptedServer server({[](Peer& peer) {
                                   peer.read_request();
                                   peer.answer("1");
                                   peer.read_request();
                                 },
                                 [](Peer& peer) { answer_all(peer); }});
    Client client(server.plan(kind));
    for (int i = 0; i < 3; ++i) client.take_turn();
    EXPECT_EQ(client.tally().failed, 1);
    EXPECT_EQ(client.tally().reused_reset, 1);
    EXPECT_THAT(client.failure(), HasSubstr("after the request was written"));
    EXPECT_EQ(client.tally().ok, 2);  // and nothing was sent again: one of each turn
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST(ProbeRequests, CountsAResetAsItCountsAnEnd) {
  const ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.reset();
  }});
  Client client(server.plan(Kind::get));
  client.take_turn();
  EXPECT_EQ(client.failure(), "closed without an answer");
  EXPECT_EQ(client.tally().reused_reset, 0);  // a new connection
}

struct CutAnswer {
  const char* text;
  const char* failure;
};

class ProbeCutAnswers : public testing::TestWithParam<CutAnswer> {};

TEST_P(ProbeCutAnswers, AreFailures) {
  const ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.write(GetParam().text);
  }});
  Client client(server.plan(Kind::get));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 0);
  EXPECT_EQ(client.failure(), GetParam().failure);
}

constexpr auto in_the_middle = "closed in the middle of the answer";
INSTANTIATE_TEST_SUITE_P(
    Probe, ProbeCutAnswers,
    testing::Values(CutAnswer{"HTTP/1.1 200 OK\r\nContent-Le", in_the_middle},
                    CutAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", in_the_middle},
                    CutAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHell", in_the_middle},
                    CutAnswer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n", in_the_middle},
                    CutAnswer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHel", in_the_middle},
                    CutAnswer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", in_the_middle},
                    CutAnswer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "malformed answer"},
                    CutAnswer{"HTTP/1.1 100 Continue\r\n\r\n", "closed without an answer"},
                    CutAnswer{"SSH-2.0-OpenSSH_9.2\r\n\r\n", "malformed answer"}));

TEST(ProbeRequests, TakesTheEndOfTheConnectionForTheEndOfAnAnswerWithoutALength) {
  const ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n\r\nHello\n");
  }});
  Client client(server.plan(Kind::get));
  client.take_turn();
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 2);
  EXPECT_EQ(client.tally().idle_closed, 0);
}

TEST(ProbeRequests, DoesNotTakeAResetForTheEndOfAnAnswerWithoutALength) {
  std::latch read(1);
  const ScriptedServer server({[&](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n\r\nHel");
    read.wait();
    peer.reset();
  }});
  Client client(server.plan(Kind::get));
  const std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the client has read what there is
    read.count_down();
  });
  client.take_turn();
  EXPECT_EQ(client.failure(), in_the_middle);
}

TEST(ProbeRequests, CountsAWrongStatusAndKeepsTheConnection) {
  const ScriptedServer server({[](Peer& peer) {
    while (peer.read_request()) peer.write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nBad");
  }});
  Client client(server.plan(Kind::get));
  client.take_turn();
  client.take_turn();
  EXPECT_EQ(client.failure(), "status 502");
  EXPECT_EQ(client.tally().failed, 2);
  EXPECT_EQ(server.connections(), 1);
}

TEST(ProbeRequests, AcceptsTheStatusesThatItIsTold) {
  const ScriptedServer server({[](Peer& peer) {
    while (peer.read_request()) peer.write("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
  }});
  auto plan = server.plan(Kind::get);
  plan.accepted = {"404", "3xx"};
  Client client(plan);
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 1);
}

TEST(ProbeRequests, CountsAnAnswerThatIsNotWholeInTime) {
  const ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel");
    peer.wait();
  }});
  auto plan = server.plan(Kind::slow);
  plan.timeout = std::chrono::milliseconds(500);
  Client client(plan);
  client.take_turn();
  EXPECT_EQ(client.failure(), "no answer in time");
}

TEST(ProbeRequests, CountsARefusedConnection) {
  Plan plan;
  {
    const ScriptedServer server({[](Peer& peer) { answer_all(peer); }});
    plan = server.plan(Kind::get);
  }
  Client client(plan);
  client.take_turn();
  EXPECT_THAT(client.failure(), StartsWith("cannot connect: "));
}

TEST(ProbeRequests, TakesANewConnectionForEachRequestOfTheKindConnect) {
  const ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    EXPECT_EQ(peer.request().header("connection"), "close");
    peer.answer("1", "Connection: close\r\n");
  }});
  Client client(server.plan(Kind::connect));
  for (int i = 0; i < 3; ++i) client.take_turn();
  EXPECT_EQ(client.tally().ok, 3);
  EXPECT_EQ(client.tally().idle_closed, 0);
  EXPECT_EQ(server.connections(), 3);
}

TEST(ProbeRequests, UploadsInPiecesAndReadsAnAnswerThatCameTooEarly) {
  const ScriptedServer server({[](Peer& peer) {
                                 EXPECT_TRUE(peer.read_request());
                                 EXPECT_EQ(peer.request().header("content-length"), "40960");
                                 peer.answer("1", "Connection: close\r\n");
                               },
                               [](Peer& peer) {
                                 wire::Head head;
                                 peer.reader().read_head(head, Peer::until());
                                 peer.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                                 peer.wait();
                               }});
  Client client(server.plan(Kind::upload));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 1);
  client.take_turn();
  EXPECT_EQ(client.failure(), "status 413");
}

}  // namespace
}  // namespace bluegreen::probe
