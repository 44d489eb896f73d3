// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/sockets.h"
#include "deploy/world.h"

namespace bluegreen {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// As a little-endian kernel prints it; proc_net(5).
constexpr auto tables =
    R"(  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0200D00A:2328 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21311 1 0 100 0 0 10 0
   1: 0208D00A:C3A8 0200D00A:2328 01 00000000:00000000 02:000006A3 00000000   101        0 21390 2 0 20 4 30 10 -1
   2: 0208D00A:C3AA 0300D00A:2328 02 00000000:00000000 02:000006A3 00000000   101        0 21391 2 0 20 4 30 10 -1
   3: 0208D00A:C3AC 0200D00A:2328 06 00000000:00000000 02:000006A3 00000000   101        0 21392 2 0 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
   2: 0000000000000000FFFF00000208D00A:C3AE 0000000000000000FFFF00000300D00A:2328 01 00000000:00000000
   3: B80D0120000000000000000001000000:0050 B80D0120000000000000000002000000:D431 01 00000000:00000000
)";

TEST(SocketTables, SayWhoListensAndWhoIsConnected) {
  const auto sockets = parse_socket_tables(tables);
  ASSERT_THAT(sockets, SizeIs(7));  // without the one that waits for its end
  EXPECT_EQ(sockets[0].local, (Endpoint{"10.208.0.2", 9000}));
  EXPECT_EQ(sockets[0].state, Socket::State::listening);
  EXPECT_EQ(sockets[1].local, (Endpoint{"10.208.8.2", 50088}));
  EXPECT_EQ(sockets[1].remote, (Endpoint{"10.208.0.2", 9000}));
  EXPECT_EQ(sockets[1].state, Socket::State::established);
  EXPECT_EQ(sockets[2].state, Socket::State::connecting);
}

TEST(SocketTables, ShowMappedAddressesAsTheIPv4ThatTheyAre) {
  const auto sockets = parse_socket_tables(tables);
  ASSERT_THAT(sockets, SizeIs(7));
  EXPECT_EQ(sockets[3].local, (Endpoint{"::", 80}));
  EXPECT_EQ(sockets[4].local, (Endpoint{"::1", 8080}));
  EXPECT_EQ(sockets[5].remote, (Endpoint{"10.208.0.3", 9000}));
  EXPECT_EQ(sockets[6].remote.address, "ipv6");
}

TEST(SocketTables, SurviveAnyInput) {
  for (const auto* text : {"", "\n\n", "0: 1", "0: XX:YY ZZ:AA 01", "0: 0200D00A:2328 0200D00A 01", "0: 02:1 03:1 01",
                           "0: 0200D00A:12345 0200D00A:1 0A", "cat: can't open '/proc/net/tcp6': No such file"}) {
    EXPECT_THAT(parse_socket_tables(text), IsEmpty()) << text;
  }
}

// ---- work on several containers at once -----------------------------------------------------------------------

TEST(ForEachIndex, DoesAllOfItEvenWhenSomeFailAndReportsTheFirst) {
  for (const auto concurrency : {Concurrency::parallel, Concurrency::serial}) {
    std::vector<int> done(4);
    const auto result = for_each_index(concurrency, done.size(), [&](std::size_t i) -> Done {
      done[i] = 1;
      if (i == 1 || i == 2) return failure("no " + std::to_string(i));
      return {};
    });
    EXPECT_EQ(done, (std::vector<int>{1, 1, 1, 1}));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "no 1");
    EXPECT_TRUE(for_each_index(concurrency, 0, [](std::size_t) -> Done { return failure("never"); }));
  }
}

}  // namespace
}  // namespace bluegreen
