// SPDX-License-Identifier: MIT
// What a run of the load client does: where to, which kinds of client, how many of each, how fast and for how long.
// Refuses every destination but loopback and the container networks of this machine.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "wire/socket.h"

namespace bluegreen::load {

enum class Reuse { keep_alive, connection_per_request };
enum class Sending { nothing, body, body_in_pieces, frames };

// One kind of client, as it appears in the table.
struct Kind {
  std::string name;
  std::string path;
  Reuse reuse = Reuse::keep_alive;
  Sending sending = Sending::nothing;
};

struct Plan {
  sockaddr_in address{};
  std::string host;               // the Host header
  std::string who = "X-Release";  // the header of an answer that says who gave it; without it the body's first line
  long frames = 0;                // on one WebSocket connection, which is then closed; 0: as long as it lasts
  std::vector<Kind> kinds;
  int connections = 4;  // of each kind
  double rate = 50;     // requests a second of each connection, at most
  std::chrono::milliseconds duration{10'000};
  long requests = 200'000;                    // of all together, at most
  std::chrono::milliseconds timeout{30'000};  // of one request
};

// What the command line may say about the kinds.
struct KindPaths {
  std::string get = "/";
  std::string post = "/echo";
  std::string slow = "/slow?ms=2000";
  std::string upload = "/upload";
  std::string ws = "/ws";
};

// `names`: get, post, connect, slow, upload, ws.
Outcome<std::vector<Kind>> make_kinds(const std::vector<std::string>& names, const KindPaths& paths);

// "http://127.0.0.1:8080": the address, if it is loopback or in the subnet of a bridge of this machine.
Outcome<sockaddr_in> local_address(const std::string& url);

}  // namespace bluegreen::load
