// SPDX-License-Identifier: MIT
// TLS as nginx's directives: the listener, the certificate, HTTP sent on to HTTPS, HSTS; and the answers to ACME
// challenges, which have to be found over plain HTTP before anything else is said. Pure. Only for config_text.cc.
//
// Keys and certificates are named, never read: the paths are nginx's.
// HTTP/2 belongs to the listener and not to a host: before 1.25.1 it was a word of `listen`, and one server that says
// it says it for all on that port. So every host with TLS has it.
// Sources: nginx.org/en/docs/http/{ngx_http_ssl_module,ngx_http_v2_module}.html; RFC 6797 (HSTS), RFC 8555 8.3 (ACME).
#pragma once

#include <string>
#include <vector>

#include "nginx/published_site.h"

namespace bluegreen {

// The lines of a server that listens for TLS.
[[nodiscard]] std::string render_tls_listen(const PublishedSite& published);
[[nodiscard]] std::string render_certificate(const Tls& tls);

// Of a location, so that a snippet's own add_header does not put it out of force; empty where none is wanted.
[[nodiscard]] std::string render_hsts(const Tls& tls);

// Of a server; empty where no directory is named.
inline constexpr std::string_view acme_prefix = "/.well-known/acme-challenge";
[[nodiscard]] std::string render_acme_location(const std::string& directory);

// Sends plain HTTP on. 308, so that a POST stays one.
[[nodiscard]] std::string render_redirect_server(std::uint16_t listen, const std::vector<std::string>& hosts,
                                                 const Tls& tls, const std::string& acme);

}  // namespace bluegreen
