// SPDX-License-Identifier: MIT
// The generated configuration of an app's TCP services. It belongs into nginx's stream block, which stands beside the
// http block, so it is a file of its own that conf.d/*.conf does not match: the user's nginx.conf includes it with
// `stream { include /etc/nginx/conf.d/*.stream; }`. Pure.
// Source: nginx.org/en/docs/stream/{ngx_stream_core_module,ngx_stream_proxy_module,ngx_stream_upstream_module}.html.
#pragma once

#include <string>
#include <string_view>

#include "nginx/published_site.h"

namespace bluegreen {

inline constexpr std::string_view stream_suffix = ".stream";

[[nodiscard]] std::string stream_file_name(const std::string& project, const std::string& app);
[[nodiscard]] bool is_stream_file_name(std::string_view name);
[[nodiscard]] bool has_tcp_route(const Site& site);

// The app has a TCP service, and is in reload mode: stream has nothing that could look at a marker.
[[nodiscard]] std::string render_stream_file(const Site& site);

}  // namespace bluegreen
