// SPDX-License-Identifier: MIT
#include "nginx/config_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "nginx/include_text.h"
#include "nginx/location_text.h"
#include "nginx/log_text.h"
#include "nginx/maintenance_text.h"
#include "nginx/stream_text.h"
#include "nginx/tls_text.h"
#include "nginx/unknown_hosts_text.h"
#include "nginx/upstream_text.h"
#include "nginx/words.h"

namespace bluegreen {

namespace {

// ---- pieces of an app file ------------------------------------------------------------------------------------

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

// ---- public servers -------------------------------------------------------------------------------------------

// What a server does that is not one location's. Put here, and not into the locations, so that a snippet may say
// otherwise without nginx calling it a duplicate.
// - No request buffering: nginx chooses the environment when the head of a request is there and, with buffering, would
//   connect only after the last byte of the body. A slow upload would be invisible to the drain and come to a container
//   that is gone. Without it the connection stands from the first byte, and is counted.
// - Another replica is tried only where connecting failed or the method is idempotent (nginx never repeats a POST that
//   was sent), and only within 10 seconds: a request that ran into its timeout is not done twice.
constexpr std::string_view public_server_rules =
    "    server_tokens off;\n"
    "    open_file_cache off;\n"
    "    proxy_http_version 1.1;\n"
    "    proxy_request_buffering off;\n"
    "    proxy_next_upstream error timeout;\n"
    "    proxy_next_upstream_timeout 10s;\n";

struct Claim {
  const PublishedSite* published;
  const Route* route;
  bool operator==(const Claim&) const = default;
};

using Locations = std::map<std::string, Claim>;  // prefix -> who serves it
using Claims = std::map<HostKey, Locations>;     // host -> its locations

Claims claims_of(const std::vector<const PublishedSite*>& sites) {
  Claims claims;
  for (const auto* published : sites) {
    for (const auto& route : published->site.routes) {
      if (is_tcp(route) || route.own_server) continue;
      for (const auto& host : hosts_of(route)) {
        claims[{published->listen, host}].emplace(prefix_of(route), Claim{published, &route});
      }
    }
  }
  return claims;
}

// The claim that says how the host is served over TLS; check_sites has seen that no two differ. Nothing: it is not.
const Claim* find_tls(const Locations& locations) {
  const auto found =
      std::ranges::find_if(locations, [](const auto& each) { return each.second.route->tls.has_value(); });
  return found == locations.end() ? nullptr : &found->second;
}

// An app that asks for the path itself gets it.
std::string acme_directory(const Locations& locations) {
  if (locations.contains(std::string(acme_prefix))) return {};
  for (const auto& [prefix, claim] : locations)
    if (!claim.published->acme.empty()) return claim.published->acme;
  return {};
}

std::string render_server_rules(const Locations& locations) {
  std::size_t replicas = 0;
  bool has_grpc = false;
  for (const auto& [prefix, claim] : locations) {
    replicas = std::max(replicas, most_replicas(claim.published->site, claim.route->service));
    has_grpc |= claim.route->protocol == Protocol::grpc;
  }
  return std::string(public_server_rules) + render_patience("proxy", replicas) +
         (has_grpc ? "    grpc_next_upstream_timeout 10s;\n" + render_patience("grpc", replicas) : "");
}

std::string render_public_server(std::uint16_t listen, const std::vector<std::string>& hosts,
                                 const Locations& locations, std::string_view conf_dir) {
  std::map<std::pair<std::string, std::string>, const PublishedSite*> sites;  // project, app
  for (const auto& [prefix, claim] : locations) {
    sites[{claim.published->site.project, claim.published->site.app}] = claim.published;
  }
  // Short and numbered, not named after the app: long names would not fit into nginx's hash of variables.
  std::map<const PublishedSite*, std::string> variables;
  bool keepalive_min_timeout = false;
  std::string choices;
  for (const auto& [name, published] : sites) {
    const bool is_wanted = std::ranges::any_of(locations, [&](const auto& location) {
      return location.second.published == published && needs_color_variable(*location.second.route);
    });
    if (is_wanted) {
      variables[published] =
          sites.size() == 1 ? "bluegreen_color" : fmt::format("bluegreen_color_{}", variables.size() + 1);
      choices += render_choice(published->site, variables[published], conf_dir);
    }
    keepalive_min_timeout |= published->keepalive_min_timeout && published->site.mode == SwitchMode::reload;
  }
  const auto* secure = find_tls(locations);
  const auto* tls = secure == nullptr ? nullptr : &*secure->route->tls;
  const bool is_redirected = tls != nullptr && tls->redirect != 0;
  const auto acme = acme_directory(locations);
  std::string text;
  if (is_redirected) text += render_redirect_server(listen, hosts, *tls, acme) + "\n";
  text += "server {\n";
  if (!is_redirected) text += fmt::format("    listen {};\n", listen);
  if (secure != nullptr) text += render_tls_listen(*secure->published);
  text += fmt::format("    server_name{};\n", server_names(hosts));
  if (secure != nullptr) text += render_certificate(*tls);
  text += render_server_rules(locations);
  if (keepalive_min_timeout) text += "    keepalive_min_timeout 1s;\n";
  text += choices;
  if (!is_redirected) text += render_acme_location(acme);
  for (const auto& [prefix, claim] : locations) {
    text += render_public_location(*claim.published, *claim.route, variables[claim.published], tls, conf_dir);
  }
  for (const auto& [name, published] : sites) text += render_maintenance_location(*published, conf_dir);
  // What no app asked for is nobody's: not the welcome page of some nginx packages.
  if (!locations.contains("")) text += "    location / { return 404; }\n";
  return text + "}\n";
}

// Hosts with the same locations share a server.
std::string render_public_servers(const PublishedSite& published, const std::set<HostKey>& shared_hosts,
                                  std::string_view conf_dir) {
  std::vector<std::pair<Locations, std::vector<std::string>>> servers;
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
  const bool has_grpc =
      std::ranges::any_of(site.routes, [](const Route& each) { return each.protocol == Protocol::grpc; });
  auto text = fmt::format(
      "\nserver {{\n"
      "    listen {}{};\n"
      "    server_name {};\n"
      "    open_file_cache off;\n"
      "    access_log off;\n"
      "    default_type text/plain;\n"
      "    proxy_http_version 1.1;\n"
      "    proxy_request_buffering off;\n"
      "    proxy_connect_timeout 5s;\n"
      "    proxy_next_upstream off;\n"
      "{}{}"
      "    location = /.bluegreen/active {{ return 200 \"$bluegreen_active\\n\"; }}\n",
      published.preview_address.empty() ? "" : published.preview_address + ":", published.preview_port,
      preview_name_regex(site.project, route.service),
      has_grpc ? "    grpc_connect_timeout 5s;\n    grpc_next_upstream off;\n" : "",
      render_preview_choice(site, conf_dir));
  text += render_maintenance_answer(published, conf_dir);
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
  std::erase_if(routes, [](const Route& each) { return is_tcp(each); });
  for (const auto color : both_colors) {
    for (const auto& [service, replicas] : site.sides[color]) {
      const auto is_it = [&](const Route& each) { return each.service == service; };
      const bool is_known = std::ranges::any_of(site.routes, is_it) || std::ranges::any_of(routes, is_it);
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

std::string render_host_file(const HostKey& host, const Locations& locations, std::string_view conf_dir) {
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
         "}\n" +
         render_log_format();
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
  for (const auto& route : previewed) text += render_upstreams(site, route);
  text += render_public_servers(published, shared_hosts, conf_dir);
  for (const auto& route : previewed) text += render_preview_server(published, route, conf_dir);
  return text;
}

FileTexts render_files_of_app(const PublishedSite& published, const std::set<HostKey>& shared_hosts,
                              std::string_view conf_dir) {
  const auto& [project, app] = std::tie(published.site.project, published.site.app);
  FileTexts files;
  files[app_file_name(project, app)] = render_app_file(published, shared_hosts, conf_dir);
  if (has_own_server(published.site)) files[include_file_name(project, app)] = render_include_file(published, conf_dir);
  if (has_tcp_route(published.site)) files[stream_file_name(project, app)] = render_stream_file(published.site);
  return files;
}

FileTexts render_common_files(const std::vector<PublishedSite>& sites, std::string_view conf_dir) {
  FileTexts files;
  if (sites.empty()) return files;
  files[std::string(shared_file_name)] = render_shared_file();
  std::vector<const PublishedSite*> all;
  std::map<std::string, std::vector<const PublishedSite*>> projects;
  for (const auto& published : sites) {
    all.push_back(&published);
    projects[published.site.project].push_back(&published);
  }
  for (const auto& [project, own] : projects) {
    files[unknown_hosts_file_name(project)] = render_unknown_hosts_file(own);
  }
  const auto shared = find_shared_hosts(sites);
  for (const auto& [key, locations] : claims_of(all)) {
    if (shared.contains(key)) files[host_file_name(key)] = render_host_file(key, locations, conf_dir);
  }
  return files;
}

FileTexts render_all(const std::vector<PublishedSite>& sites, std::string_view conf_dir) {
  auto files = render_common_files(sites, conf_dir);
  const auto shared = find_shared_hosts(sites);
  for (const auto& published : sites) files.merge(render_files_of_app(published, shared, conf_dir));
  return files;
}

}  // namespace bluegreen
