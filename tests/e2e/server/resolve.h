// SPDX-License-Identifier: MIT
// Host names to IPv4 addresses without glibc's resolver, which a static program cannot count on: literal, /etc/hosts,
// then an A query (RFC 1035) to the name server of /etc/resolv.conf, which in a container is Docker's own.
#pragma once

#include <optional>
#include <string>

#include "wire/socket.h"

namespace bluegreen::server {

std::optional<sockaddr_in> resolve(const std::string& host, int port, wire::Deadline deadline);

}  // namespace bluegreen::server
