// SPDX-License-Identifier: MIT
// The generated configuration, as text. Pure: all sites of a conf.d in, all generated files out, so that a change of
// one app is a comparison of two results. Knows nginx's language and nothing of files, engines or colors in use.
//
// What stands where, and why it cannot collide with what people write themselves:
// - 00-bluegreen.<project>.conf: what is said to hosts that nobody serves (unknown_hosts_text.h).
// - bluegreen.conf: the few maps that all servers share. It exists as long as any app file does.
// - bluegreen.<project>.<app>.conf: the upstreams of both environments, the public servers, the preview servers.
// - bluegreen.<project>.<app>.include: for a server block of the user's own (include_text.h).
// - bluegreen-host.<listen>.<host>.conf: a host that several apps serve by path, since nginx wants one server for it.
// Upstreams, locations and TLS have their own files: upstream_text.h, location_text.h, tls_text.h.
// - No `default_server`: there can be only one, and it may be the user's. Every host is the regex `~^`, asked last.
// - Every request looks its environment up in a variable, also in reload mode: nginx then finds the upstream when the
//   request comes, and any part of a set of changed files is a configuration that it accepts.
// Sources:
// nginx.org/en/docs/http/{ngx_http_core_module,ngx_http_proxy_module,ngx_http_upstream_module,server_names}.html.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nginx/published_site.h"

namespace bluegreen {

inline constexpr std::string_view default_conf_dir = "/etc/nginx/conf.d";
inline constexpr std::string_view any_host;

using HostKey = std::pair<std::uint16_t, std::string>;  // listen, host
using FileTexts = std::map<std::string, std::string>;   // name in conf.d -> text

// The hosts of a route in lower case, each once; any_host when it names none.
[[nodiscard]] std::vector<std::string> hosts_of(const Route& route);
// The path without a trailing slash: "/api" stands for /api and all below; "" for everything.
[[nodiscard]] std::string prefix_of(const Route& route);

[[nodiscard]] std::string app_file_name(const std::string& project, const std::string& app);
[[nodiscard]] std::string host_file_name(const HostKey& host);
[[nodiscard]] std::string marker_name(const std::string& project, const std::string& app);  // below active/
inline constexpr std::string_view shared_file_name = "bluegreen.conf";
inline constexpr std::string_view marker_dir = "active";

// Hosts that more than one app serves.
[[nodiscard]] std::set<HostKey> find_shared_hosts(const std::vector<PublishedSite>& sites);

// One app's file, given which hosts are served elsewhere. `conf_dir` is where nginx sees the directory.
[[nodiscard]] std::string render_app_file(const PublishedSite& site, const std::set<HostKey>& shared_hosts,
                                          std::string_view conf_dir = default_conf_dir);

// bluegreen.conf, always the same.
[[nodiscard]] std::string render_shared_file();

// The files of one app, by name: that one, and what is included elsewhere where it has such routes.
[[nodiscard]] FileTexts render_files_of_app(const PublishedSite& site, const std::set<HostKey>& shared_hosts,
                                            std::string_view conf_dir = default_conf_dir);

// What several apps share: bluegreen.conf, what unknown hosts are told, hosts that more than one app serves.
[[nodiscard]] FileTexts render_common_files(const std::vector<PublishedSite>& sites,
                                            std::string_view conf_dir = default_conf_dir);

// Every generated file: both of these. The sites have passed check_sites.
[[nodiscard]] FileTexts render_all(const std::vector<PublishedSite>& sites,
                                   std::string_view conf_dir = default_conf_dir);

}  // namespace bluegreen
