// SPDX-License-Identifier: MIT
// The kernel's tables of sockets, from a container of somebody else's: any text is a list.
#include "deploy/sockets.h"
#include "fuzz.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto& socket : parse_socket_tables(fuzz::text_of(data, size)))
    fuzz::require(!socket.local.address.empty() && !socket.remote.address.empty(), "a socket has two ends");
  return 0;
}
