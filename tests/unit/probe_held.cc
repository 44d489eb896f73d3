// SPDX-License-Identifier: MIT
// Connections that are held: WebSocket and server-sent events.
#include <gmock/gmock.h>

#include "probe_server.h"

namespace bluegreen::probe {
namespace {

using wire::Frame;
using wire::Opcode;

void send(Peer& peer, const Frame& frame) { peer.write(wire::render_frame(frame, wire::Masking::none)); }

bool receive(Peer& peer, Frame& frame) {
  return wire::read_frame(peer.reader(), frame, Peer::until(), peer.stop_fd()) == wire::Received::whole;
}

void shake_hands(Peer& peer) {
  peer.read_request();
  peer.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Release: 7\r\n"
      "Sec-WebSocket-Accept: " +
      wire::websocket_accept(peer.request().header("sec-websocket-key")) + "\r\n\r\n");
}

void echo(Peer& peer, int count) {
  Frame frame;
  for (int i = 0; i < count && receive(peer, frame); ++i) send(peer, frame);
}

TEST(ProbeEcho, HoldsOneConnectionAndCountsEachEcho) {
  Frame last;
  {
    const ScriptedServer server({[&](Peer& peer) {
      shake_hands(peer);
      echo(peer, 3);
      receive(peer, last);
      send(peer, last);
    }});
    Client client(server.plan(Kind::ws, "/ws"));
    for (int i = 0; i < 3; ++i) client.take_turn();
    client.end();
    EXPECT_EQ(client.tally().ok, 3);
    EXPECT_EQ(client.track().responders.at(0).name, "7");
    EXPECT_EQ(server.connections(), 1);
  }
  EXPECT_EQ(last.opcode, Opcode::close);
}

TEST(ProbeEcho, CountsAMessageThatGotNoEcho) {
  const ScriptedServer server({[](Peer& peer) {
    shake_hands(peer);
    echo(peer, 1);
    Frame frame;
    receive(peer, frame);
  }});
  Client client(server.plan(Kind::ws));
  client.take_turn();
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 1);
  EXPECT_EQ(client.tally().reused_reset, 1);
}

TEST(ProbeEcho, CountsAMessageThatWasAnsweredWithTheEnd) {
  const ScriptedServer server({[](Peer& peer) {
    shake_hands(peer);
    Frame frame;
    receive(peer, frame);
    send(peer, {Opcode::close, {"\x03\xe9", 2}});
  }});
  Client client(server.plan(Kind::ws));
  client.take_turn();
  EXPECT_EQ(client.failure(), "closed by the server before the echo");
}

TEST(ProbeEcho, DoesNotCountAnEndBetweenTwoMessages) {
  std::latch closed(1);
  const ScriptedServer server({[&](Peer& peer) {
                                 shake_hands(peer);
                                 echo(peer, 1);
                                 send(peer, {Opcode::close, {"\x03\xe9", 2}});
                                 closed.count_down();
                                 peer.wait();
                               },
                               [](Peer& peer) {
                                 shake_hands(peer);
                                 echo(peer, 100);
                               }});
  Client client(server.plan(Kind::ws));
  client.take_turn();
  closed.wait();
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 2);
  EXPECT_EQ(client.tally().failed, 0);
  EXPECT_EQ(client.tally().idle_closed, 1);
}

TEST(ProbeEcho, AnswersPingsWhileItIsIdleAndWhileItWaits) {
  Frame answered[2];
  std::latch pinged(1);
  const ScriptedServer server({[&](Peer& peer) {
    shake_hands(peer);
    echo(peer, 1);
    send(peer, {Opcode::ping, "a"});
    pinged.count_down();
    receive(peer, answered[0]);
    Frame message;
    receive(peer, message);
    send(peer, {Opcode::ping, "b"});
    receive(peer, answered[1]);
    send(peer, message);
    peer.wait();
  }});
  Client client(server.plan(Kind::ws));
  client.take_turn();
  pinged.wait();
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 2);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(answered[0].opcode, Opcode::pong);
  EXPECT_EQ(answered[1].payload, "b");
}

TEST(ProbeEcho, CountsARefusedHandshake) {
  const ScriptedServer server({[](Peer& peer) { answer_all(peer); }});
  Client client(server.plan(Kind::ws));
  client.take_turn();
  EXPECT_EQ(client.failure(), "handshake: status 200");
}

constexpr auto event_stream =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

// A turn of this kind is a whole stream.
TEST(ProbeEvents, CountsEachEventAndTakesAProperEndForWhatItIs) {
  const ScriptedServer server({[](Peer& peer) {
    EXPECT_TRUE(peer.read_request());
    EXPECT_EQ(peer.request().header("accept"), "text/event-stream");
    peer.write(event_stream);
    peer.write("9\r\ndata: 1\n\n\r\n");
    peer.write("7\r\ndata: 2\r\n3\r\n\n\nd\r\na\r\nata: 3\r\n\r\n\r\n0\r\n\r\n");
    peer.wait();
  }});
  Client client(server.plan(Kind::sse));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 3);
  EXPECT_EQ(client.tally().failed, 0);
}

TEST(ProbeEvents, CountsAStreamThatIsCut) {
  for (const auto* end : {"", "9\r\ndata: 2", "9\r\ndata: 2\n\n"}) {
    const ScriptedServer server({[=](Peer& peer) {
      peer.read_request();
      peer.write(event_stream);
      peer.write("9\r\ndata: 1\n\n\r\n");
      peer.write(end);
    }});
    Client client(server.plan(Kind::sse));
    client.take_turn();
    EXPECT_EQ(client.tally().ok, 1);
    EXPECT_EQ(client.failure(), "the stream was cut");
  }
}

TEST(ProbeEvents, CountsAStreamThatFallsSilent) {
  const ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.write(event_stream);
    peer.wait();
  }});
  auto plan = server.plan(Kind::sse);
  plan.timeout = std::chrono::seconds(1);
  Client client(plan);
  client.take_turn();
  EXPECT_EQ(client.failure(), "no event in time");
}

TEST(ProbeEvents, ClosesAStreamThatWasHeldLongEnough) {
  const ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.write(event_stream);
    for (;;) {
      peer.write("9\r\ndata: 1\n\n\r\n");
      if (wire::wait_readable(peer.stop_fd(), wire::Clock::now() + std::chrono::milliseconds(5)) !=
          wire::Readiness::timeout)
        return;
    }
  }});
  auto plan = server.plan(Kind::sse);
  plan.hold = std::chrono::milliseconds(300);
  Client client(plan);
  client.take_turn();
  EXPECT_GT(client.tally().ok, 1);
  EXPECT_EQ(client.tally().failed, 0);
}

}  // namespace
}  // namespace bluegreen::probe
