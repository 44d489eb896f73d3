// SPDX-License-Identifier: MIT
// The locations of a server: how a request is handed to the app, in public and through the preview. Pure. Only for
// config_text.cc.
//
// HTTP/1.1 to the app, with WebSocket and any other upgrade passed through, or gRPC (HTTP/2). What a client sends goes
// on as it comes (config_text.cc says why). What the app answers is gathered in nginx's memory, so that a slow client
// does not hold the app, unless the route is `streaming`: events would wait there until a buffer is full. An app may
// also say it itself, for one answer, with the header X-Accel-Buffering: no.
// Sources: nginx.org/en/docs/http/{ngx_http_proxy_module,ngx_http_grpc_module}.html.
#pragma once

#include <string>
#include <string_view>

#include "nginx/published_site.h"

namespace bluegreen {

// True where the location takes the active color from a variable. Else it names the upstreams of both environments,
// one of them in an `if`, which costs nginx less, above all with hundreds of apps: it looks for the upstream that a
// variable names among all that there are (ngx_http_upstream.c), with every request. But of several `if`s in a location
// that are true only the last has a say, and after a `rewrite ... break` none has: so a snippet gets the variable.
// Source: nginx.org/en/docs/http/ngx_http_rewrite_module.html ("if", context and inheritance).
[[nodiscard]] bool needs_color_variable(const Route& route);

// `variable` holds the active color, where it is needed.
[[nodiscard]] std::string render_public_location(const PublishedSite& published, const Route& route,
                                                 std::string_view variable, const Tls* tls, std::string_view conf_dir);

// Of the idle environment, under `prefix`.
[[nodiscard]] std::string render_preview_location(const Site& site, const Route& route, const std::string& prefix,
                                                  std::string_view snippet);

}  // namespace bluegreen
