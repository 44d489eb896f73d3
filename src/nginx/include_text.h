// SPDX-License-Identifier: MIT
// What a server block of the user's own includes to send requests to the active environment: a variable for each
// service, and what keeps a switch from losing a request. It stands beside the generated files under a name that
// `include conf.d/*.conf` does not take.
#pragma once

#include <string>
#include <string_view>

#include "nginx/published_site.h"

namespace bluegreen {

// "bluegreen.example.hello.include"
[[nodiscard]] std::string include_file_name(const std::string& project, const std::string& app);
[[nodiscard]] bool is_include_file_name(std::string_view name);

// "bluegreen_hello", without the dollar sign: characters that no variable may have become "_"; a name that is one of
// our own variables gets a "_" more; and a long one is shortened, because nginx's table of variables has room for names
// of 46 characters by default (variables_hash_bucket_size 64, ngx_hash.c).
[[nodiscard]] std::string upstream_variable(std::string_view service);

// True when a service of it has a server block of the user's own.
[[nodiscard]] bool has_own_server(const Site& site);
[[nodiscard]] std::string render_include_file(const PublishedSite& published, std::string_view conf_dir);

}  // namespace bluegreen
