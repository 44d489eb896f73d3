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

std::string render_pass(const Route& route, std::string_view upstream) {
  return fmt::format("{}_pass {}://{};", module_of(route), route.protocol == Protocol::http ? "http" : "grpc",
                     upstream);
}

std::string render_public_pass(const Site& site, const Route& route, std::string_view variable,
                               std::string_view conf_dir) {
  const auto pass = [&](std::string_view color) {
    return render_pass(route, public_upstream(site, route.service, color));
  };
  if (needs_color_variable(route)) return fmt::format("        {}\n", pass(fmt::format("${}", variable)));
  if (site.mode == SwitchMode::reload) return fmt::format("        {}\n", pass(name_of(site.reload_active)));
  return fmt::format("        {}\n        if (-f {}/{}/{}) {{ {} }}\n", pass("BLUE"), conf_dir, marker_dir,
                     marker_name(site.project, site.app), pass("GREEN"));
}

std::string render_headers(const Route& route, Audience audience) {
  const bool is_http = route.protocol == Protocol::http;
  const std::string_view preview = audience == Audience::preview ? "preview_" : "";
  std::string text;
  const auto header = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text), "        {}_set_header {} {};\n", module_of(route), name, value);
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

bool needs_color_variable(const Route& route) { return !route.snippet.empty(); }

std::string render_public_location(const PublishedSite& published, const Route& route, std::string_view variable,
                                   const Tls* tls, std::string_view conf_dir) {
  return render_locations(prefix_of(route), render_maintenance_check(published, conf_dir) +
                                                render_public_pass(published.site, route, variable, conf_dir) +
                                                render_headers(route, Audience::everybody) + render_limits(route) +
                                                (tls == nullptr ? "" : render_hsts(*tls)) +
                                                render_snippet(route.snippet));
}

std::string render_preview_location(const Site& site, const Route& route, const std::string& prefix,
                                    std::string_view snippet) {
  const auto pass = render_pass(route, preview_upstream(site, route.service, "${bluegreen_idle}"));
  return render_locations(
      prefix, "        " + pass + "\n" + render_headers(route, Audience::preview) + render_limits(route) +
                  "        add_header X-Bluegreen-Upstream $upstream_addr always;\n" + render_snippet(snippet));
}

}  // namespace bluegreen
