// SPDX-License-Identifier: MIT
#include "nginx/log_text.h"

namespace bluegreen {

// The names of upstreams are "project.service_COLOR"; a project's has no dot.
std::string render_log_format() {
  return R"(
# For access logs: access_log /var/log/nginx/access.log bluegreen;
map $proxy_host $bluegreen_log_project {
    default -;
    "~^(?<bluegreen_log_1>[^.]+)\..+_(?:BLUE|GREEN)$" $bluegreen_log_1;
}
map $proxy_host $bluegreen_log_service {
    default -;
    "~^[^.]+\.(?<bluegreen_log_2>.+)_(?:BLUE|GREEN)$" $bluegreen_log_2;
}
map $proxy_host $bluegreen_log_color {
    default -;
    ~_BLUE$ BLUE;
    ~_GREEN$ GREEN;
}
log_format bluegreen '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                     '"$http_referer" "$http_user_agent" project=$bluegreen_log_project app=$bluegreen_log_service '
                     'color=$bluegreen_log_color release=$upstream_http_x_bluegreen_release upstream=$upstream_addr '
                     'upstream_time=$upstream_response_time time=$request_time';
)";
}

}  // namespace bluegreen
