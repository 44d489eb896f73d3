// SPDX-License-Identifier: MIT
#include "cli/probe_options.h"

#include <CLI/CLI.hpp>

#include "cli/durations.h"

namespace bluegreen {
namespace {

constexpr Milliseconds longest{6 * 3'600'000};

// "204" or "2xx"
std::string check_status(const std::string& text) {
  const bool is_class = text.size() == 3 && text.ends_with("xx") && text.front() >= '1' && text.front() <= '5';
  const bool is_code = text.size() == 3 && text.find_first_not_of("0123456789") == std::string::npos;
  return is_class || is_code ? "" : text + " is no status such as 204 or 3xx";
}

void add_path(CLI::App* sub, const char* name, const char* what, std::string& path) {
  sub->add_option(name, path, what)->type_name("PATH")->check([](const std::string& text) {
    return text.starts_with('/') ? std::string() : "a path begins with /";
  });
}

}  // namespace

void add_probe_options(CLI::App* sub, ProbeOptions& options) {
  sub->add_option("URL", options.url, "http:// or https://, on this machine")->required();
  add_duration(sub, "--for", "How long, at most 6h; default: 10s", [&options](Milliseconds value) {
    if (value > longest || value.count() == 0) throw CLI::ValidationError("--for: more than nothing, at most 6h");
    options.duration = value;
  });
  sub->add_option("--kinds", options.kinds,
                  "Only these, of get,connect,pipelined,h2 and those below; default: all that the URL allows and those "
                  "whose path is given")
      ->delimiter(',')
      ->type_name("KIND,...")
      ->allow_extra_args(false);
  add_path(sub, "--post", "Keep-alive POSTs there, of 512 bytes", options.paths.post);
  add_path(sub, "--slow", "GETs of what takes its time", options.paths.slow);
  add_path(sub, "--upload", "POSTs there, a second long, in pieces", options.paths.upload);
  add_path(sub, "--ws", "WebSocket, which must echo each message", options.paths.ws);
  add_path(sub, "--sse", "Server-sent events", options.paths.sse);
  add_duration(sub, "--hold", "Close ws and sse connections after so long and open others; default: hold them",
               [&options](Milliseconds value) { options.hold = value; });
  sub->add_option("--connections", options.connections, "Of each kind; default: 4")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  sub->add_option("--rate", options.rate, "Requests a second of each connection, at most; default: 50")
      ->check(CLI::Range(0.1, 100'000.0))
      ->type_name("N");
  sub->add_option("--requests", options.requests, "Of all together, at most; default: 10000000")
      ->check(CLI::Range(1L, 1'000'000'000L))
      ->type_name("N");
  add_duration(sub, "--timeout", "Of one request, until its whole answer; default: 30s",
               [&options](Milliseconds value) { options.timeout = value; });
  sub->add_option("--accept", options.accept, "Statuses of a good answer; default: 2xx")
      ->delimiter(',')
      ->check(check_status)
      ->type_name("STATUS,...")
      ->allow_extra_args(false);
  sub->add_option("--who", options.who,
                  "The header that says who answered; default: X-Release, and without it the body's first line")
      ->type_name("HEADER");
  sub->add_option("--connect-to", options.connect_to, "Connect there, whatever the URL's host is")
      ->type_name("ADDRESS[:PORT]");
  sub->add_option("--cacert", options.cacert, "Trust these certificates, in PEM")->type_name("FILE");
  sub->add_flag("--insecure", options.insecure, "Trust any certificate");
  sub->add_flag("--allow-remote", options.allow_remote, "Another machine, which is yours");
  sub->add_option("--html", options.html, "Write a page with a picture there")->type_name("FILE");
}

}  // namespace bluegreen
