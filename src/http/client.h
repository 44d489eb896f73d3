// SPDX-License-Identifier: MIT
// A small HTTP/1.1 client: to the engine's unix socket, to TCP with or without TLS. The only room that knows curl,
// which it uses where there is TLS. Safe to use from several threads: each call under way has a connection of its own,
// and keeps it for the next one. Errors: timeout (no whole answer within the deadline), interrupted (stop requested),
// failed (with the reason).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"

namespace bluegreen {

struct HttpTarget {
  std::string base_url;                             // "http://localhost", "https://10.0.0.5:2376", no trailing slash
  std::string unix_socket;                          // path; empty: TCP
  std::string ca_file, certificate_file, key_file;  // TLS client authentication; empty: none
};

struct HttpRequest {
  std::string method = "GET";
  std::string path;                  // with query, already escaped
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::chrono::milliseconds timeout{30'000};  // of the whole exchange; 0: none (streams)
  // In a stream: called each time that nothing has come for so long (0: never). Its error ends the exchange.
  std::chrono::milliseconds silence{0};
  std::function<Done()> on_silence;
  std::stop_token stop;
  std::size_t body_limit = 64 << 20;  // of the answer; more is an error
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
[[nodiscard]] std::string url_escape(std::string_view text);

class Transport;

class HttpClient {
 public:
  explicit HttpClient(HttpTarget target);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Outcome<HttpResponse> perform(const HttpRequest& request);

  // The body goes to `sink` piece by piece as it arrives (HttpResponse::body stays empty), if the status is below 400;
  // a sink that returns false ends the exchange, and that is a success.
  Outcome<HttpResponse> stream(const HttpRequest& request, const std::function<bool(std::string_view)>& sink);

 private:
  std::unique_ptr<Transport> transport_;
};

}  // namespace bluegreen
