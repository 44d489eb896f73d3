// SPDX-License-Identifier: MIT
// The maintenance page, as text: an app's public locations look at a marker of its own and answer 503 with a page while
// it is there. The preview listener does not look, so a release proves itself during maintenance as at any other time.
//
// The page is a file in conf.d and stays when the marker goes: a request that has just seen the marker still
// finds its page. Where somebody made the marker by hand, without a page, nginx's own one is shown.
// Sources: nginx.org/en/docs/http/ngx_http_core_module.html (error_page, try_files), RFC 9110 section 10.2.3
// (Retry-After).
#pragma once

#include <string>
#include <string_view>

#include "nginx/published_site.h"

namespace bluegreen {

[[nodiscard]] std::string maintenance_marker_name(const std::string& project, const std::string& app);  // below active/
[[nodiscard]] std::string maintenance_page_name(const std::string& project, const std::string& app);    // in conf.d
[[nodiscard]] bool is_maintenance_page_name(std::string_view name);

// Where an app is never in maintenance, these are empty, and the answer is always "off".
// Directives at the beginning of a public location.
[[nodiscard]] std::string render_maintenance_check(const PublishedSite& published, std::string_view conf_dir);
// The location that these lead to, once for each app of a public server.
[[nodiscard]] std::string render_maintenance_location(const PublishedSite& published, std::string_view conf_dir);
// The location of a preview server where nginx's workers say what they see: "on" or "off".
[[nodiscard]] std::string render_maintenance_answer(const PublishedSite& published, std::string_view conf_dir);
inline constexpr std::string_view maintenance_answer_path = "/.bluegreen/maintenance";

}  // namespace bluegreen
