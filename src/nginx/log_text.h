// SPDX-License-Identifier: MIT
// What an access log can say of the environment that answered, for everybody who wants it: variables and a log format,
// once for all servers. No server writes a log of its own: that would take the place of the user's.
//
// All of it comes from $proxy_host, the name of the upstream that the request was sent to, and only when it is logged.
// nginx cannot know the release: that changes with each deploy, and its configuration does not. The history does
// (`status APP --json`), and an app that sends its BLUEGREEN_RELEASE as X-Bluegreen-Release has it in the log.
// Sources: nginx.org/en/docs/http/ngx_http_{log,map,proxy,upstream}_module.html.
#pragma once

#include <string>

namespace bluegreen {

[[nodiscard]] std::string render_log_format();

}  // namespace bluegreen
