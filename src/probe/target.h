// SPDX-License-Identifier: MIT
// What a URL says, and the address that its requests go to. Load goes to this machine only: loopback, the addresses of
// its own interfaces, the subnets of its bridges (container networks); to others only where that is asked for.
#pragma once

#include <string>

#include "base/outcome.h"
#include "wire/socket.h"

namespace bluegreen::probe {

enum class Scheme { http, https };

struct Target {
  Scheme scheme = Scheme::http;
  std::string host;       // a name or an address, without the brackets of an IPv6 one
  int port = 80;          // or 443
  std::string authority;  // the Host header: the host, and the port where the URL names one
  std::string path;       // with the query, at least "/"
};

// "http://localhost:8080/a?b=c", "https://shop.example.com". Error: usage.
Outcome<Target> parse_target(const std::string& url);

enum class Remote { refused, allowed };

// Of `connect_to` ("127.0.0.1", "127.0.0.1:8443", "[::1]:8443") or, if that is empty, of the target; IPv4 where it has
// both. Error: usage, where it has none, or it is not of this machine.
Outcome<wire::Address> find_address(const Target& target, const std::string& connect_to, Remote remote);

}  // namespace bluegreen::probe
