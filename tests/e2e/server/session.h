// SPDX-License-Identifier: MIT
// One connection of the test server: its requests, one after the other, until either side ends it. When the server
// stops, a request under way is finished, an idle connection closed.
#pragma once

#include "server/options.h"
#include "wire/socket.h"

namespace bluegreen::server {

// `stop_fd` becomes readable when the server stops.
void serve_connection(wire::Socket connection, const Options& options, int stop_fd);

// One GET, to a host by name. The body of a 2xx answer, or nothing.
std::optional<std::string> get(const std::string& host, int port, const std::string& path);

}  // namespace bluegreen::server
