// SPDX-License-Identifier: MIT
// The kernel's table of TCP sockets (/proc/net/tcp and tcp6, see proc_net(5) and Documentation/networking/proc_net_tcp
// in the kernel), as text: who listens where, and which connections are established. Pure; any input is fine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/site.h"

namespace bluegreen {

struct Socket {
  enum class State { connecting, established, listening };
  Endpoint local,
      remote;  // IPv4, also when mapped into IPv6; other IPv6 addresses: "::" when all zero, "::1", else "ipv6"
  State state = State::established;
};

// Those in these three states: thousands may wait for their end (TIME_WAIT), and mean nothing to anybody.

[[nodiscard]] std::vector<Socket> parse_socket_tables(std::string_view text);

}  // namespace bluegreen
