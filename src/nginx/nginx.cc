// SPDX-License-Identifier: MIT
#include "nginx/nginx.h"

#include <algorithm>

#include "nginx/stream_text.h"

namespace bluegreen {

Done check_that_nginx_reads(const std::vector<std::string>& names, const std::string& conf_dir,
                            const std::vector<std::string>& printed_lines) {
  for (const auto& name : names) {
    const bool is_read = std::ranges::any_of(printed_lines, [&](const std::string& line) {
      return line.starts_with("# configuration file ") && line.ends_with("/" + name + ":");
    });
    if (is_read) continue;
    if (is_stream_file_name(name)) {
      return failure("nginx does not read " + conf_dir + "/*.stream, where its TCP services are",
                     "Put this into its nginx.conf, outside of the http block: stream { include " + conf_dir +
                         "/*.stream; }\nDebian's nginx needs the package libnginx-mod-stream for it.");
    }
    return failure("nginx does not read " + conf_dir,
                   "Put this into the http block of its nginx.conf: include " + conf_dir +
                       "/*.conf; or name the directory that it reads: x-bluegreen.proxy.conf_dir.");
  }
  return {};
}

}  // namespace bluegreen
