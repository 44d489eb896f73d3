// SPDX-License-Identifier: MIT
// What a run of the probe does: where to, which kinds of client, how many of each, how fast and for how long.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "probe/target.h"
#include "probe/tls.h"

namespace bluegreen::probe {

// A kind of client. The first four need nothing but the URL.
enum class Kind {
  get,        // keep-alive GET
  connect,    // a connection for each GET
  pipelined,  // several GETs written at once on one connection, then their answers
  h2,         // several GETs at once as streams of one HTTP/2 connection
  post,       // keep-alive POST, which nobody may repeat
  slow,       // a GET that takes its time
  upload,     // a POST in pieces, a second long
  ws,         // WebSocket: a message, its echo; the connection is held
  sse,        // server-sent events, held as well
};

// "get"
std::string_view name_of(Kind kind);
// Whether it holds a connection, so that its answers do not tell where a new request would go.
bool is_held(Kind kind);

// All clients of one kind, and what they ask for.
struct Clients {
  Kind kind = Kind::get;
  std::string path;
};

// Requests that fail before the first one was answered count, or do not: in a first deploy nothing serves yet.
enum class CountFrom { start, first_answer };

struct Plan {
  std::string url;  // as it was given
  Target target;
  wire::Address address;
  std::shared_ptr<const Tls> tls;  // with https
  std::string who = "X-Release";   // the header that says who answered; without it the first line of what a GET got
  std::vector<std::string> accepted{"2xx"};  // statuses of a good answer: "204", or a class
  std::vector<Clients> clients;
  int connections = 4;  // of each kind
  double rate = 50;     // requests a second of each connection, at most
  std::chrono::milliseconds duration{10'000};
  long requests = 1'000'000;                  // of all together, at most
  std::chrono::milliseconds timeout{30'000};  // of one request, until its whole answer
  std::chrono::milliseconds hold{0};          // how long ws and sse keep a connection; 0: as long as it lasts
  CountFrom count_from = CountFrom::start;

  [[nodiscard]] bool accepts(std::string_view status) const;
};

// The paths that the command line gives; empty: that kind was not asked for.
struct KindPaths {
  std::string post, slow, upload, ws, sse;
};

// Those named ("get", "ws"), or without a name every kind that the scheme and the paths allow. Error: usage, for a name
// that is none, or lacks its path.
Outcome<std::vector<Clients>> make_clients(const std::vector<std::string>& names, const Target& target,
                                           const KindPaths& paths);

}  // namespace bluegreen::probe
