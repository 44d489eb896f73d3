// SPDX-License-Identifier: MIT
// HTTP/2 streams against a server whose frames are written by hand (RFC 9113), without TLS.
#include <gmock/gmock.h>

#include "probe_server.h"

namespace bluegreen::probe {
namespace {

using testing::HasSubstr;

enum Type : char { data = 0, headers = 1, rst_stream = 3, settings = 4, goaway = 7 };
constexpr char end_stream = 1, end_headers = 4;
constexpr auto preface_size = 24;

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string frame(Type type, char flags, std::uint32_t stream, const std::string& payload) {
  return number(static_cast<std::uint32_t>(payload.size())).substr(1) + std::string{type, flags} + number(stream) +
         payload;
}

// HPACK's static table (RFC 7541, appendix A): 8 is ":status: 200", 13 is ":status: 404".
std::string answer_to(std::uint32_t stream, const char* status = "\x88") {
  return frame(headers, end_headers, stream, status) + frame(data, end_stream, stream, "1\n");
}

std::string go_away(std::uint32_t last_stream) { return frame(goaway, 0, 0, number(last_stream) + number(0)); }

// Reads frames until so many requests are there, from the connection's beginning; their streams are 1, 3, 5, 7, ...
void read_requests(Peer& peer, int count, bool at_beginning = true) {
  std::string bytes;
  if (at_beginning) {
    peer.reader().read_exactly(preface_size, bytes, Peer::until(), peer.stop_fd());
    peer.write(frame(settings, 0, 0, ""));
  }
  while (count > 0) {
    if (peer.reader().read_exactly(9, bytes, Peer::until(), peer.stop_fd()) != wire::Received::whole) return;
    const auto size = static_cast<unsigned char>(bytes[1]) << 8 | static_cast<unsigned char>(bytes[2]);
    if (bytes[3] == headers) --count;
    peer.reader().read_exactly(static_cast<std::size_t>(size), bytes, Peer::until());
  }
}

void answer_turn(Peer& peer) {
  read_requests(peer, requests_at_once);
  for (std::uint32_t i = 0; i < requests_at_once; ++i) peer.write(answer_to(2 * i + 1));
  peer.wait();
}

TEST(ProbeHttp2, CountsEachStreamOfATurn) {
  const ScriptedServer server({answer_turn});
  Client client(server.plan(Kind::h2));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, requests_at_once);
  EXPECT_EQ(client.tally().failed, 0);
  EXPECT_EQ(client.track().responders.at(0).name, "1");
}

TEST(ProbeHttp2, RepeatsTheStreamsThatAGoawayDeclinesOnANewConnection) {
  const ScriptedServer server({[](Peer& peer) {
                                 read_requests(peer, requests_at_once);
                                 peer.write(go_away(3) + answer_to(1) + answer_to(3));
                                 peer.wait();
                               },
                               [](Peer& peer) {
                                 read_requests(peer, requests_at_once - 2);
                                 peer.write(answer_to(1) + answer_to(3));
                                 peer.wait();
                               }});
  Client client(server.plan(Kind::h2));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, requests_at_once);
  EXPECT_EQ(client.tally().failed, 0);
  EXPECT_EQ(client.tally().repeated, requests_at_once - 2);
}

TEST(ProbeHttp2, CountsAStreamThatTheGoawayHadTaken) {
  const ScriptedServer server({[](Peer& peer) {
                                 read_requests(peer, requests_at_once);
                                 peer.write(go_away(3) + answer_to(1));
                               },
                               [](Peer& peer) {
                                 read_requests(peer, requests_at_once - 2);
                                 peer.write(answer_to(1) + answer_to(3));
                                 peer.wait();
                               }});
  Client client(server.plan(Kind::h2));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, requests_at_once - 1);
  EXPECT_EQ(client.tally().failed, 1);
  EXPECT_EQ(client.failure(), "closed without an answer");
}

TEST(ProbeHttp2, RepeatsARefusedStreamAndCountsOneThatIsCut) {
  const auto reset = [](std::uint32_t stream, std::uint32_t error) {
    return frame(rst_stream, 0, stream, number(error));
  };
  const ScriptedServer server({[&](Peer& peer) {
                                 read_requests(peer, requests_at_once);
                                 peer.write(reset(1, 7) + frame(headers, end_headers, 3, "\x88") + reset(3, 2));
                                 peer.write(answer_to(5) + answer_to(7));
                                 peer.wait();
                               },
                               [](Peer& peer) {
                                 read_requests(peer, 1);
                                 peer.write(answer_to(1));
                                 peer.wait();
                               }});
  Client client(server.plan(Kind::h2));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, requests_at_once - 1);
  EXPECT_EQ(client.tally().repeated, 1);
  EXPECT_EQ(client.failure(), "the stream was cut: INTERNAL_ERROR");
}

TEST(ProbeHttp2, CountsTheStreamsOfAConnectionThatEndsWithoutAWord) {
  const ScriptedServer server({[](Peer& peer) {
    read_requests(peer, requests_at_once);
    peer.write(answer_to(1) + frame(headers, end_headers, 3, "\x88"));
  }});
  Client client(server.plan(Kind::h2));
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 1);
  EXPECT_EQ(client.tally().failures.at("closed in the middle of the answer").count, 1);
  EXPECT_EQ(client.tally().failures.at("closed without an answer").count, 2);
  EXPECT_EQ(client.tally().repeated, 0);
}

TEST(ProbeHttp2, DoesNotCountAGoawayBetweenTwoTurns) {
  std::latch gone(1);
  const ScriptedServer server({[&](Peer& peer) {
                                 read_requests(peer, requests_at_once);
                                 for (std::uint32_t i = 0; i < requests_at_once; ++i) peer.write(answer_to(2 * i + 1));
                                 peer.write(go_away(7));
                                 gone.count_down();
                                 peer.wait();
                               },
                               answer_turn});
  Client client(server.plan(Kind::h2));
  client.take_turn();
  gone.wait();
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 2 * requests_at_once);
  EXPECT_EQ(client.tally().failed, 0);
  EXPECT_EQ(client.tally().idle_closed, 1);
}

TEST(ProbeHttp2, GivesUpWhereItIsDeclinedAgainAndAgain) {
  const ScriptedServer server({[](Peer& peer) {
    read_requests(peer, requests_at_once);
    peer.write(go_away(0));
    peer.wait();
  }});
  Client client(server.plan(Kind::h2));
  client.take_turn();
  EXPECT_EQ(client.tally().failed, requests_at_once);
  EXPECT_EQ(client.failure(), "declined again and again");
}

TEST(ProbeHttp2, CountsAWrongStatusAndWhatIsNotInTime) {
  const ScriptedServer server({[](Peer& peer) {
    read_requests(peer, requests_at_once);
    peer.write(answer_to(1, "\x8d") + answer_to(3) + answer_to(5));
    peer.wait();
  }});
  auto plan = server.plan(Kind::h2);
  plan.timeout = std::chrono::seconds(1);
  Client client(plan);
  client.take_turn();
  EXPECT_EQ(client.tally().ok, 2);
  EXPECT_EQ(client.tally().failures.at("status 404").count, 1);
  EXPECT_EQ(client.tally().failures.at("no answer in time").count, 1);
}

TEST(ProbeHttp2, CountsAServerThatSpeaksSomethingElse) {
  const ScriptedServer server({[](Peer& peer) {
    peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    peer.wait();
  }});
  Client client(server.plan(Kind::h2));
  client.take_turn();
  EXPECT_EQ(client.tally().failed, requests_at_once);
}

}  // namespace
}  // namespace bluegreen::probe
