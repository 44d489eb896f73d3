// SPDX-License-Identifier: MIT
#include "nginx/tls_text.h"

#include <fmt/format.h>

#include "nginx/words.h"

namespace bluegreen {

std::string render_tls_listen(const PublishedSite& published) {
  if (published.http2_directive) return fmt::format("    listen {} ssl;\n    http2 on;\n", published.listen_tls);
  return fmt::format("    listen {} ssl http2;\n", published.listen_tls);
}

std::string render_certificate(const Tls& tls) {
  return fmt::format(
      "    ssl_certificate {};\n"
      "    ssl_certificate_key {};\n"
      "    ssl_protocols TLSv1.2 TLSv1.3;\n"
      "    ssl_session_cache shared:bluegreen:2m;\n",
      word(tls.certificate), word(tls.key));
}

std::string render_hsts(const Tls& tls) {
  if (tls.hsts.count() == 0) return {};
  return fmt::format("        add_header Strict-Transport-Security \"max-age={}\" always;\n", tls.hsts.count());
}

std::string render_acme_location(const std::string& directory) {
  if (directory.empty()) return {};
  return fmt::format(
      "    location {}/ {{\n"
      "        root {};\n"
      "        default_type text/plain;\n"
      "    }}\n",
      acme_prefix, word(directory));
}

std::string render_redirect_server(std::uint16_t listen, const std::vector<std::string>& hosts, const Tls& tls,
                                   const std::string& acme) {
  const auto port = tls.redirect == 443 ? std::string() : fmt::format(":{}", tls.redirect);
  return fmt::format(
      "server {{\n"
      "    listen {};\n"
      "    server_name{};\n"
      "    server_tokens off;\n"
      "{}"
      "    location / {{ return 308 https://$host{}$request_uri; }}\n"
      "}}\n",
      listen, server_names(hosts), render_acme_location(acme), port);
}

}  // namespace bluegreen
