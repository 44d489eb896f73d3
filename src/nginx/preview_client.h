// SPDX-License-Identifier: MIT
// Requests to nginx's preview listener: straight to the container's address where this machine can reach it, else with
// curl inside the container (an engine on another machine). Knows HTTP, and nothing of environments.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/ports.h"

namespace bluegreen {

class HttpClient;

struct ListenerQuery {
  std::string path;
  std::vector<std::string> headers;  // "Name: value"
  Milliseconds timeout{5000};
};

struct ListenerAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // at most 1 KiB
};

// What `curl -i` prints: heads of one or more answers, then the body. Error: no HTTP in it.
[[nodiscard]] Outcome<ListenerAnswer> parse_printed_answer(std::string_view text);

// A command where nginx is, when its listener is not reached from here. Nothing: there is no such place.
using RunInside = std::function<Outcome<ExecResult>(const std::vector<std::string>& command, Milliseconds timeout)>;

class PreviewClient {
 public:
  // `address`: of nginx, as this machine can reach it; empty: it cannot.
  PreviewClient(const std::string& address, std::uint16_t port, RunInside run_inside);
  ~PreviewClient();

  // One connection for all calls, so that one worker hands the requests to the replicas in turn.
  Outcome<ListenerAnswer> ask(const ListenerQuery& query);
  // On a connection of its own, which may reach any worker.
  Outcome<ListenerAnswer> ask_afresh(const ListenerQuery& query);

 private:
  Outcome<ListenerAnswer> ask_with(HttpClient& client, const ListenerQuery& query);
  Outcome<ListenerAnswer> ask_inside(const ListenerQuery& query);

  RunInside run_inside_;
  std::string base_url_;
  std::uint16_t port_;
  std::unique_ptr<HttpClient> kept_;
  std::atomic<bool> reachable_;
};

}  // namespace bluegreen
