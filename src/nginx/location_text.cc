// SPDX-License-Identifier: MIT
#include "nginx/location_text.h"

#include <fmt/format.h>

#include "nginx/config_text.h"
#include "nginx/maintenance_text.h"
#include "nginx/tls_text.h"
#include "nginx/upstream_text.h"
#include "nginx/words.h"

namespace bluegreen {

namespace {

// Which variables of bluegreen.conf say what the app is told.
enum class Audience { everybody, preview };

std::string_view module_of(const Route& route) { return route.protocol == Protocol::grpc ? "grpc" : "proxy"; }

// Raw directives, as they are: a quoted string may go over several lines.
std::string render_snippet(std::string_view snippet) {
  if (snippet.empty()) return {};
  return fmt::format("        {}{}", snippet, snippet.ends_with('\n') ? "" : "\n");
}

// `body` under the path and everything below it, but not under a longer name: /api is not /apix.
std::string render_locations(const std::string& prefix, const std::string& body) {
  if (prefix.empty()) return fmt::format("    location / {{\n{}    }}\n", body);
  return fmt::format("    location = {} {{\n{}    }}\n    location {} {{\n{}    }}\n", word(prefix), body,
                     word(prefix + "/"), body);
}

std::string render_pass(const Route& route, const std::string& upstream, Audience audience) {
  const bool is_http = route.protocol == Protocol::http;
  const std::string_view preview = audience == Audience::preview ? "preview_" : "";
  auto text = fmt::format("        {}_pass {}://{};\n", module_of(route), is_http ? "http" : "grpc", upstream);
  const auto header = [&](std::string_view name, std::string_view value) {
    text += fmt::format("        {}_set_header {} {};\n", module_of(route), name, value);
  };
  header("Host", fmt::format("$bluegreen_{}host", preview));
  if (is_http) header("Connection", fmt::format("$bluegreen_{}connection", preview));
  header("X-Forwarded-Host", fmt::format("$bluegreen_{}host", preview));
  if (audience == Audience::preview) header("X-Bluegreen-Host", "\"\"");
  if (is_http) header("Upgrade", "$http_upgrade");
  header("X-Real-IP", "$remote_addr");
  header("X-Forwarded-For", "$proxy_add_x_forwarded_for");
  header("X-Forwarded-Proto", "$scheme");
  header("X-Forwarded-Port", "$server_port");
  return text;
}

std::string render_limits(const Route& route) {
  auto text = fmt::format(
      "        client_max_body_size {0};\n"
      "        {1}_read_timeout {2}s;\n"
      "        {1}_send_timeout {2}s;\n",
      route.body_size.empty() ? "0" : route.body_size, module_of(route), route.timeout.count());
  // A stream of the client's that is silent for a while is no slow upload.
  if (route.protocol == Protocol::grpc)
    text += fmt::format("        client_body_timeout {}s;\n", route.timeout.count());
  if (route.streaming) text += "        proxy_buffering off;\n";
  return text;
}

}  // namespace

std::string render_public_location(const PublishedSite& published, const Route& route, std::string_view variable,
                                   const Tls* tls, std::string_view conf_dir) {
  const auto upstream = public_upstream(published.site, route.service, fmt::format("${}", variable));
  return render_locations(prefix_of(route), render_maintenance_check(published, conf_dir) +
                                                render_pass(route, upstream, Audience::everybody) + render_limits(route) +
                                                (tls == nullptr ? "" : render_hsts(*tls)) +
                                                render_snippet(route.snippet));
}

std::string render_preview_location(const Site& site, const Route& route, const std::string& prefix,
                                    std::string_view snippet) {
  const auto upstream = preview_upstream(site, route.service, "${bluegreen_idle}");
  return render_locations(prefix, render_pass(route, upstream, Audience::preview) + render_limits(route) +
                                      "        add_header X-Bluegreen-Upstream $upstream_addr always;\n" +
                                      render_snippet(snippet));
}

}  // namespace bluegreen
