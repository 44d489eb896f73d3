// SPDX-License-Identifier: MIT
#include "nginx/config_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace bluegreen {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// A word of nginx's language. Inside double quotes only the quote and the backslash are special; `$` is not, in the
// places where these words stand (server_name, location).
std::string word(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("/-._*").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// Raw directives, as they are: a quoted string may go over several lines.
std::string render_snippet(std::string_view snippet) {
  if (snippet.empty()) return {};
  return fmt::format("        {}{}", snippet, snippet.ends_with('\n') ? "" : "\n");
}

std::string upstream_name(const Site& site, const std::string& service, std::string_view color) {
  return fmt::format("{}.{}_{}", site.project, service, color);
}

// ---- pieces of an app file ------------------------------------------------------------------------------------

std::string render_upstream(const Site& site, const std::string& service, Color color) {
  std::string text = fmt::format("upstream {} {{\n", upstream_name(site, service, name_of(color)));
  const auto& side = site.sides[color];
  int servers = 0;
  if (const auto replicas = side.find(service); replicas != side.end()) {
    for (const auto& endpoint : replicas->second) {
      if (endpoint.port == 0) continue;
      text += fmt::format("    server {}:{} max_fails=0;\n", endpoint.address, endpoint.port);
      ++servers;
    }
  }
  if (servers == 0) text += "    server 127.0.0.1:1 down;  # nothing stands here\n";
  return text + "    keepalive 32;\n    keepalive_timeout 1s;\n}\n";
}

// $variable names the active environment for the rest of the request.
std::string render_choice(const Site& site, std::string_view variable, std::string_view conf_dir) {
  if (site.mode == SwitchMode::reload) return fmt::format("    set ${} {};\n", variable, name_of(site.reload_active));
  return fmt::format(
      "    set ${} BLUE;\n"
      "    if (-f {}/{}/{}) {{ set ${} GREEN; }}\n",
      variable, conf_dir, marker_dir, marker_name(site.project, site.app), variable);
}

std::string render_preview_choice(const Site& site, std::string_view conf_dir) {
  if (site.mode == SwitchMode::reload) {
    return fmt::format("    set $bluegreen_active {};\n    set $bluegreen_idle {};\n", name_of(site.reload_active),
                       name_of(other(site.reload_active)));
  }
  return fmt::format(
      "    set $bluegreen_active BLUE;\n"
      "    set $bluegreen_idle GREEN;\n"
      "    if (-f {}/{}/{}) {{\n"
      "        set $bluegreen_active GREEN;\n"
      "        set $bluegreen_idle BLUE;\n"
      "    }}\n",
      conf_dir, marker_dir, marker_name(site.project, site.app));
}

constexpr std::string_view forwarding_headers =
    "        proxy_set_header Upgrade $http_upgrade;\n"
    "        proxy_set_header X-Real-IP $remote_addr;\n"
    "        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
    "        proxy_set_header X-Forwarded-Proto $scheme;\n"
    "        proxy_set_header X-Forwarded-Port $server_port;\n";

// `body` under the path and everything below it, but not under a longer name: /api is not /apix.
std::string render_locations(const std::string& prefix, const std::string& body) {
  if (prefix.empty()) return fmt::format("    location / {{\n{}    }}\n", body);
  return fmt::format("    location = {} {{\n{}    }}\n    location {} {{\n{}    }}\n", word(prefix), body,
                     word(prefix + "/"), body);
}

std::string render_limits(const Route& route) {
  return fmt::format(
      "        client_max_body_size {};\n"
      "        proxy_read_timeout {}s;\n"
      "        proxy_send_timeout {}s;\n",
      route.body_size.empty() ? "0" : route.body_size, route.timeout.count(), route.timeout.count());
}

std::string render_public_location(const Site& site, const Route& route, std::string_view variable) {
  return render_locations(prefix_of(route),
                          fmt::format("        proxy_pass http://{};\n"
                                      "        proxy_set_header Host $bluegreen_host;\n"
                                      "        proxy_set_header Connection $bluegreen_connection;\n"
                                      "        proxy_set_header X-Forwarded-Host $bluegreen_host;\n"
                                      "{}{}{}",
                                      upstream_name(site, route.service, fmt::format("${}", variable)),
                                      forwarding_headers, render_limits(route), render_snippet(route.snippet)));
}

std::string render_preview_location(const Site& site, const Route& route, const std::string& prefix,
                                    std::string_view snippet) {
  return render_locations(prefix, fmt::format("        proxy_pass http://{};\n"
                                              "        proxy_set_header Host $bluegreen_preview_host;\n"
                                              "        proxy_set_header Connection $bluegreen_preview_connection;\n"
                                              "        proxy_set_header X-Forwarded-Host $bluegreen_preview_host;\n"
                                              "        proxy_set_header X-Bluegreen-Host \"\";\n"
                                              "{}{}"
                                              "        add_header X-Bluegreen-Upstream $upstream_addr always;\n{}",
                                              upstream_name(site, route.service, "$bluegreen_idle"), forwarding_headers,
                                              render_limits(route), render_snippet(snippet)));
}

// ---- public servers -------------------------------------------------------------------------------------------

// What a server does that is not one location's. Put here, and not into the locations, so that a snippet may say
// otherwise without nginx calling it a duplicate.
// - No request buffering: nginx chooses the environment when the head of a request is there and, with buffering, would
//   connect only after the last byte of the body. A slow upload would be invisible to the drain and come to a container
//   that is gone. Without it the connection stands from the first byte, and is counted.
// - Another replica is tried only where connecting failed or the method is idempotent (nginx never repeats a POST that
//   was sent), and only within 10 seconds: a request that ran into its timeout is not done twice.
constexpr std::string_view public_server_rules =
    "    open_file_cache off;\n"
    "    proxy_http_version 1.1;\n"
    "    proxy_request_buffering off;\n"
    "    proxy_connect_timeout 5s;\n"
    "    proxy_next_upstream error timeout;\n"
    "    proxy_next_upstream_timeout 10s;\n";

struct Claim {
  const PublishedSite* published;
  const Route* route;
  bool operator==(const Claim&) const = default;
};

using Claims = std::map<HostKey, std::map<std::string, Claim>>;  // host -> prefix -> who serves it

Claims claims_of(const std::vector<const PublishedSite*>& sites) {
  Claims claims;
  for (const auto* published : sites) {
    for (const auto& route : published->site.routes) {
      for (const auto& host : hosts_of(route)) {
        claims[{published->listen, host}].emplace(prefix_of(route), Claim{published, &route});
      }
    }
  }
  return claims;
}

std::string render_server_name(const std::vector<std::string>& hosts) {
  std::string names;
  // Every host: the empty name is what a request without a Host header has; the regex matches all others, and is asked
  // only when no literal name of any server fits.
  for (const auto& host : hosts) {
    names += ' ';
    names += host == any_host ? "\"\" ~^" : word(host);
  }
  return names;
}

std::string render_public_server(std::uint16_t listen, const std::vector<std::string>& hosts,
                                 const std::map<std::string, Claim>& locations, std::string_view conf_dir) {
  std::map<std::pair<std::string, std::string>, const PublishedSite*> sites;  // project, app
  for (const auto& [prefix, claim] : locations) {
    sites[{claim.published->site.project, claim.published->site.app}] = claim.published;
  }
  // Short and numbered, not named after the app: long names would not fit into nginx's hash of variables.
  std::map<const PublishedSite*, std::string> variables;
  bool keepalive_min_timeout = false;
  std::string choices;
  for (const auto& [name, published] : sites) {
    variables[published] =
        sites.size() == 1 ? "bluegreen_color" : fmt::format("bluegreen_color_{}", variables.size() + 1);
    choices += render_choice(published->site, variables[published], conf_dir);
    keepalive_min_timeout |= published->keepalive_min_timeout && published->site.mode == SwitchMode::reload;
  }
  std::string text = fmt::format("server {{\n    listen {};\n    server_name{};\n{}", listen, render_server_name(hosts),
                                 public_server_rules);
  if (keepalive_min_timeout) text += "    keepalive_min_timeout 1s;\n";
  text += choices;
  for (const auto& [prefix, claim] : locations) {
    text += render_public_location(claim.published->site, *claim.route, variables[claim.published]);
  }
  // What no app asked for is nobody's: not the welcome page of some nginx packages.
  if (!locations.contains("")) text += "    location / { return 404; }\n";
  return text + "}\n";
}

// Hosts with the same locations share a server.
std::string render_public_servers(const PublishedSite& published, const std::set<HostKey>& shared_hosts,
                                  std::string_view conf_dir) {
  std::vector<std::pair<std::map<std::string, Claim>, std::vector<std::string>>> servers;
  for (const auto& [key, locations] : claims_of({&published})) {
    if (shared_hosts.contains(key)) continue;
    const auto same = std::ranges::find_if(servers, [&](const auto& each) { return each.first == locations; });
    if (same == servers.end()) {
      servers.push_back({locations, {key.second}});
    } else {
      same->second.push_back(key.second);
    }
  }
  std::string text;
  for (const auto& [locations, hosts] : servers) {
    text += '\n';
    text += render_public_server(published.listen, hosts, locations, conf_dir);
  }
  return text;
}

// ---- preview servers ------------------------------------------------------------------------------------------

bool share_a_host(const Route& left, const Route& right) {
  const auto others = hosts_of(right);
  return std::ranges::any_of(hosts_of(left),
                             [&](const auto& host) { return std::ranges::find(others, host) != others.end(); });
}

// A regex, because long literal names need a larger hash than nginx has by default.
std::string preview_name_regex(const std::string& project, const std::string& service) {
  std::string escaped;
  for (const char c : lower(service + "." + project)) {
    if (c == '.') escaped += '\\';
    escaped += c;
  }
  return "~^" + escaped + "\\.(preview|localhost)$";
}

std::string render_preview_server(const PublishedSite& published, const Route& route, std::string_view conf_dir) {
  const auto& site = published.site;
  auto text = fmt::format(
      "\nserver {{\n"
      "    listen {};\n"
      "    server_name {};\n"
      "    open_file_cache off;\n"
      "    access_log off;\n"
      "    default_type text/plain;\n"
      "    proxy_http_version 1.1;\n"
      "    proxy_request_buffering off;\n"
      "    proxy_connect_timeout 5s;\n"
      "    proxy_next_upstream off;\n"
      "{}"
      "    location = /.bluegreen/active {{ return 200 \"$bluegreen_active\\n\"; }}\n",
      published.preview_port, preview_name_regex(site.project, route.service), render_preview_choice(site, conf_dir));
  text += render_preview_location(site, route, "", "");
  const auto own = prefix_of(route);
  for (const auto& nested : site.routes) {
    const auto prefix = prefix_of(nested);
    if (prefix.size() > own.size() && prefix.starts_with(own + "/") && share_a_host(route, nested)) {
      text += render_preview_location(site, nested, prefix, nested.snippet);
    }
  }
  return text + "}\n";
}

// What stands in an environment and has a port can be looked at, also before the release that routes it is active.
std::vector<Route> previewed_routes(const Site& site) {
  auto routes = site.routes;
  for (const auto color : both_colors) {
    for (const auto& [service, replicas] : site.sides[color]) {
      const bool is_known = std::ranges::any_of(routes, [&](const Route& each) { return each.service == service; });
      const bool has_port = std::ranges::any_of(replicas, [](const Endpoint& each) { return each.port != 0; });
      if (is_known || !has_port) continue;
      Route route;
      route.service = service;
      routes.push_back(route);
    }
  }
  return routes;
}

// ---- the rest --------------------------------------------------------------------------------------------------

std::string explain(const Site& site, std::string_view conf_dir) {
  auto text = fmt::format(
      "#\n"
      "# Generated by bluegreen from the text above: do not edit, the next deploy writes it anew. Own directives go "
      "into\n"
      "# files of your own beside this one, or into `snippet` in the Compose file.\n");
  if (site.mode == SwitchMode::reload) {
    text += fmt::format("# {} is active; a switch changes this file and reloads nginx.\n", name_of(site.reload_active));
  } else {
    text += fmt::format("# While {}/{}/{} exists, GREEN is active, else BLUE.\n", conf_dir, marker_dir,
                        marker_name(site.project, site.app));
  }
  return text;
}

std::string render_host_file(const HostKey& host, const std::map<std::string, Claim>& locations,
                             std::string_view conf_dir) {
  return "# Generated by bluegreen: a host that several apps serve. Do not edit; it follows from the apps' own "
         "files.\n\n" +
         render_public_server(host.first, {host.second}, locations, conf_dir);
}

}  // namespace

std::vector<std::string> hosts_of(const Route& route) {
  if (route.hosts.empty()) return {std::string(any_host)};
  std::set<std::string> hosts;
  for (const auto& host : route.hosts) hosts.insert(lower(host));
  return {hosts.begin(), hosts.end()};
}

std::string prefix_of(const Route& route) {
  return route.path.ends_with('/') ? route.path.substr(0, route.path.size() - 1) : route.path;
}

std::string app_file_name(const std::string& project, const std::string& app) {
  return fmt::format("bluegreen.{}.{}.conf", project, app);
}

std::string host_file_name(const HostKey& host) {
  auto name = host.second == any_host ? "_all" : host.second;
  if (name.starts_with('*')) name.front() = '_';
  return fmt::format("bluegreen-host.{}.{}.conf", host.first, name);
}

std::string marker_name(const std::string& project, const std::string& app) {
  return fmt::format("{}.{}.GREEN", project, app);
}

std::string render_shared_file() {
  return "# Generated by bluegreen for all of its servers; goes away with the last of them.\n"
         "\n"
         "# Connections to an app are kept, unless the client wants another protocol (WebSocket).\n"
         "map $http_upgrade $bluegreen_connection {\n"
         "    default upgrade;\n"
         "    \"\" \"\";\n"
         "}\n"
         "map $http_upgrade $bluegreen_preview_connection {\n"
         "    default upgrade;\n"
         "    \"\" close;\n"
         "}\n"
         "\n"
         "# The Host header as it came, port included; HTTP/1.0 may have none.\n"
         "map $http_host $bluegreen_host {\n"
         "    default $http_host;\n"
         "    \"\" $host;\n"
         "}\n"
         "map $http_x_bluegreen_host $bluegreen_preview_host {\n"
         "    default $http_x_bluegreen_host;\n"
         "    \"\" $bluegreen_host;\n"
         "}\n";
}

std::set<HostKey> find_shared_hosts(const std::vector<PublishedSite>& sites) {
  std::map<HostKey, const PublishedSite*> owners;
  std::set<HostKey> shared;
  for (const auto& published : sites) {
    for (const auto& [key, locations] : claims_of({&published})) {
      if (!owners.emplace(key, &published).second) shared.insert(key);
    }
  }
  return shared;
}

std::string render_app_file(const PublishedSite& published, const std::set<HostKey>& shared_hosts,
                            std::string_view conf_dir) {
  const auto& site = published.site;
  auto text = render_first_lines(published) + explain(site, conf_dir);
  const auto previewed = previewed_routes(site);
  for (const auto& route : previewed) {
    for (const auto color : both_colors) {
      text += '\n';
      text += render_upstream(site, route.service, color);
    }
  }
  text += render_public_servers(published, shared_hosts, conf_dir);
  for (const auto& route : previewed) text += render_preview_server(published, route, conf_dir);
  return text;
}

FileTexts render_all(const std::vector<PublishedSite>& sites, std::string_view conf_dir) {
  FileTexts files;
  if (sites.empty()) return files;
  files[std::string(shared_file_name)] = render_shared_file();
  const auto shared = find_shared_hosts(sites);
  std::vector<const PublishedSite*> all;
  for (const auto& published : sites) {
    files[app_file_name(published.site.project, published.site.app)] = render_app_file(published, shared, conf_dir);
    all.push_back(&published);
  }
  for (const auto& [key, locations] : claims_of(all)) {
    if (shared.contains(key)) files[host_file_name(key)] = render_host_file(key, locations, conf_dir);
  }
  return files;
}

}  // namespace bluegreen
