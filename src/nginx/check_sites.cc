// SPDX-License-Identifier: MIT
// What may stand in the generated text. src/config has checked the same for people, with file and line; here nothing is
// trusted, because a wrong character would not be an error in nginx but a different configuration.
#include <arpa/inet.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "nginx/config_text.h"
#include "nginx/published_site.h"
#include "nginx/stream_text.h"

namespace bluegreen {

namespace {

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool consists_of(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text,
                             [&](char c) { return is_alphanumeric(c) || others.find(c) != std::string_view::npos; });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && is_alphanumeric(text.front()) && consists_of(text, "._-");
}

bool is_project_name(std::string_view text) { return is_name(text) && text.find('.') == std::string_view::npos; }

bool is_host(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  return !text.empty() && text.size() <= 253 && is_alphanumeric(text.front()) && text.back() != '.' &&
         consists_of(text, "._-") && text.find("..") == std::string_view::npos;
}

// nginx compares prefixes with the decoded, normalized path: a prefix that is not normal itself would never match.
bool is_path(std::string_view text) {
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  return text.starts_with('/') && text.size() <= 1024 && consists_of(text, "/-._~!$&'()*+,;=:@") && !has("//") &&
         !has("/./") && !has("/../") && !text.ends_with("/.") && !text.ends_with("/..");
}

bool is_size(std::string_view text) {
  if (!text.empty() && std::string_view("kKmMgG").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return !text.empty() && text.size() <= 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_address(const std::string& text) {
  in_addr parsed{};
  return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

// What JSON can carry without loss; nginx itself would take any bytes.
bool is_text(const std::string& text) {
  if (text.find('\0') != std::string::npos) return false;
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

// Absolute, for nginx takes a relative one from its prefix, and words in front of a ':' (data:, engine:) for another
// thing than a path.
bool is_file_path(std::string_view text) {
  return text.starts_with('/') && text.size() <= 1024 && consists_of(text, "/-._~+,=@");
}

std::unexpected<Error> refusal(const std::string& what, const std::string& value, const std::string& rule) {
  std::string shown;
  for (const char c : value.substr(0, 80)) shown += c >= ' ' && c < 127 ? c : '?';
  return failure(ErrorKind::usage, what + " \"" + shown + "\" cannot stand in nginx's configuration", rule);
}

constexpr auto path_rule = "Write an absolute path, as nginx sees it, of letters, digits and / - . _ ~ + , = @.";

Done check_tls(const Tls& tls, const Route& route) {
  for (const auto& path : {tls.certificate, tls.key}) {
    if (!is_file_path(path)) return refusal("path of a certificate or key", path, path_rule);
  }
  if (route.hosts.empty()) return refusal("TLS of", route.service, "A certificate is for names: give it a host.");
  if (tls.hsts.count() < 0) return refusal("hsts", std::to_string(tls.hsts.count()), "It cannot be negative.");
  return {};
}

Done check_route(const Route& route) {
  if (!is_name(route.service)) return refusal("service name", route.service, "Use letters, digits, '.', '_' and '-'.");
  for (const auto& host : route.hosts) {
    if (!is_host(host)) return refusal("host", host, "Name a host like shop.example.com or *.example.com.");
  }
  if (!is_path(route.path)) {
    return refusal("path", route.path, "A path begins with '/' and is written decoded, without spaces, '//' or '..'.");
  }
  if (!route.body_size.empty() && !is_size(route.body_size)) {
    return refusal("body size", route.body_size, "Write it like 512k, 10m or 1g.");
  }
  if (route.tls) TRY(check_tls(*route.tls, route));
  if (!is_text(route.snippet)) return refusal("snippet", route.snippet, "It has to be UTF-8 text.");
  if (route.timeout.count() < 1 || route.timeout > std::chrono::hours(24 * 365)) {
    return refusal("timeout", std::to_string(route.timeout.count()) + "s", "Choose one from 1 second to a year.");
  }
  return {};
}

Done check_site(const PublishedSite& published) {
  const auto& site = published.site;
  if (!is_project_name(site.project)) {
    return refusal("project name", site.project, "Use letters, digits, '_' and '-'.");
  }
  if (!is_name(site.app)) return refusal("app name", site.app, "Use letters, digits, '.', '_' and '-'.");
  if (published.listen == 0 || published.preview_port == 0 || published.listen == published.preview_port) {
    return refusal("preview port", std::to_string(published.preview_port), "Choose one that differs from `listen`.");
  }
  const auto tls = published.listen_tls;
  if (has_tls(site) && (tls == 0 || tls == published.listen || tls == published.preview_port)) {
    return refusal("TLS port", std::to_string(tls), "Choose one that differs from `listen` and `preview_port`.");
  }
  if (!published.acme.empty() && !is_file_path(published.acme)) return refusal("path", published.acme, path_rule);
  if (published.unknown_host != 421 && published.unknown_host != 444) {
    return refusal("answer to unknown hosts", std::to_string(published.unknown_host), "It is 421 or 444.");
  }
  if (const auto& address = published.preview_address; !address.empty() && !is_address(address)) {
    return refusal("preview address", address, "It has to be an IPv4 address.");
  }
  for (const auto& route : site.routes) TRY(check_route(route));
  if (std::ranges::any_of(site.routes, [](const Route& each) { return is_tcp(each) && each.tcp_listen == 0; })) {
    return refusal("port", "0", "A TCP service needs one that nginx listens on.");
  }
  if (has_tcp_route(site) && site.mode != SwitchMode::reload) {
    return failure(ErrorKind::usage, site.app + " has a TCP service, and switches by a marker", "Use switch: reload.");
  }
  for (const auto color : both_colors) {
    for (const auto& [service, replicas] : site.sides[color]) {
      if (!is_name(service)) return refusal("service name", service, "Use letters, digits, '.', '_' and '-'.");
      for (const auto& endpoint : replicas) {
        if (!is_address(endpoint.address)) return refusal("address", endpoint.address, "It has to be an IPv4 address.");
      }
    }
  }
  return {};
}

// nginx listens on a port for one purpose.
Done claim_port(const PublishedSite& published, const Route& route, std::map<std::uint16_t, std::string>& listeners) {
  const auto port = route.tcp_listen;
  const bool is_for_http = port == published.listen || port == published.preview_port ||
                           (has_tls(published.site) && port == published.listen_tls);
  const auto [taken, is_new] = listeners.emplace(port, published.site.app);
  if (is_new && !is_for_http) return {};
  return failure(ErrorKind::conflict,
                 "port " + std::to_string(port) + " is " +
                     (is_new ? "where nginx listens for HTTP" : "that of a TCP service of " + taken->second),
                 "Give " + route.service + " another one: x-bluegreen.listen.");
}

}  // namespace

Done check_sites(const std::vector<PublishedSite>& sites) {
  using Claim = std::tuple<std::uint16_t, std::string, std::string>;  // listen, host, path
  std::map<Claim, std::string> claims;
  std::map<HostKey, std::pair<Tls, std::string>> secured;
  std::map<std::uint16_t, std::string> listeners;  // of TCP services -> app
  for (const auto& published : sites) {
    TRY(check_site(published));
    const auto& site = published.site;
    for (const auto& route : site.routes) {
      if (is_tcp(route)) {
        TRY(claim_port(published, route, listeners));
        continue;
      }
      if (route.own_server) continue;
      for (const auto& host : hosts_of(route)) {
        const auto owner = site.project + "/" + site.app + " (service " + route.service + ")";
        const auto [taken, is_new] = claims.emplace(Claim{published.listen, host, prefix_of(route)}, owner);
        if (route.tls) {
          const auto [other, is_first] = secured.emplace(HostKey{published.listen, host}, std::pair(*route.tls, owner));
          if (!is_first && other->second.first != *route.tls) {
            return failure(ErrorKind::conflict,
                           other->second.second + " and " + owner + " serve " + host + " with different `tls`",
                           "A host has one certificate: say the same in both, or leave it out in one.");
          }
        }
        if (is_new) continue;
        return failure(ErrorKind::conflict,
                       taken->second + " and " + owner + " both claim " + (host == any_host ? "every host" : host) +
                           " with path " + route.path,
                       "Give one of them another host or path.");
      }
    }
  }
  return {};
}

}  // namespace bluegreen
