// SPDX-License-Identifier: MIT
// A site as it stands in conf.d: what the deploy asked for, and how the nginx around it listens. The first lines of a
// generated file hold exactly this value, so that the file is the only memory there is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "deploy/site.h"

namespace bluegreen {

struct PublishedSite {
  Site site;
  std::uint16_t listen = 80;  // public port inside nginx's container
  std::uint16_t preview_port = 7999;
  std::uint16_t listen_tls = 443;
  std::string acme;  // directory, as nginx sees it; empty: challenges are the app's own affair
  std::uint16_t unknown_host = 421;
  // The maintenance marker is looked at: from the first `maintenance APP on`. A look costs a tenth of what nginx does
  // for a small request, which apps that are never in maintenance do not pay.
  bool maintenance = false;
  bool keepalive_min_timeout = false;  // nginx 1.27.4 or later, and reload mode
  bool http2_directive = false;        // nginx 1.25.1 or later, and TLS: `http2 on`, no longer a word of `listen`
  std::string preview_address = {};    // the only one that the preview listens on; empty: every one
  bool operator==(const PublishedSite&) const = default;
};

// "# bluegreen {json}\n", continued on lines that begin with "#+ ": nginx refuses a comment of more than 4096 bytes.
[[nodiscard]] std::string render_first_lines(const PublishedSite& published);

// From a whole generated file. Error: it does not begin so, or is not complete.
[[nodiscard]] Outcome<PublishedSite> parse_site(std::string_view text);

// Refuses what would not come out as exactly the directives meant: names, hosts, paths, sizes and addresses with
// characters that nginx reads as syntax, two routes that claim the same host and path, and two that serve a host with
// different certificates. `snippet` is nginx configuration and is left to `nginx -t`.
[[nodiscard]] Done check_sites(const std::vector<PublishedSite>& sites);

}  // namespace bluegreen
