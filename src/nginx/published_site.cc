// SPDX-License-Identifier: MIT
#include "nginx/published_site.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace bluegreen {

namespace {

using Json = nlohmann::json;

constexpr std::string_view first_line = "# bluegreen ";
constexpr std::string_view next_line = "#+ ";
constexpr std::size_t bytes_per_line = 3000;

// ---- to JSON --------------------------------------------------------------------------------------------------

Json json_of(const Side& side) {
  auto services = Json::object();
  for (const auto& [service, replicas] : side) {
    auto& list = services[service] = Json::array();
    for (const auto& endpoint : replicas) {
      auto& json = list.emplace_back();
      json["address"] = endpoint.address;
      json["port"] = endpoint.port;
    }
  }
  return services;
}

Json json_of(const Tls& tls) {
  return {{"certificate", tls.certificate}, {"key", tls.key}, {"redirect", tls.redirect}, {"hsts", tls.hsts.count()}};
}

// What came later than the first files is there only where it is not the default, and need not be there to be read.
Json json_of(const Route& route) {
  Json json;
  json["service"] = route.service;
  json["hosts"] = route.hosts;
  json["path"] = route.path;
  json["body_size"] = route.body_size;
  json["snippet"] = route.snippet;
  json["timeout_seconds"] = route.timeout.count();
  if (route.balance != Balance::round_robin) json["balance"] = balance_words[static_cast<std::size_t>(route.balance)];
  if (route.protocol != Protocol::http) json["protocol"] = protocol_words[static_cast<std::size_t>(route.protocol)];
  if (route.streaming) json["streaming"] = true;
  if (route.tls) json["tls"] = json_of(*route.tls);
  if (route.own_server) json["own_server"] = true;
  if (is_tcp(route)) json["tcp_listen"] = route.tcp_listen;
  return json;
}

Json json_of(const PublishedSite& published) {
  const auto& site = published.site;
  auto routes = Json::array();
  for (const auto& route : site.routes) routes.push_back(json_of(route));
  Json json;
  json["project"] = site.project;
  json["app"] = site.app;
  json["switch"] = site.mode == SwitchMode::marker ? "marker" : "reload";
  json["routes"] = std::move(routes);
  json["BLUE"] = json_of(site.sides.blue);
  json["GREEN"] = json_of(site.sides.green);
  json["listen"] = published.listen;
  json["preview_port"] = published.preview_port;
  if (published.listen_tls != 443) json["listen_tls"] = published.listen_tls;
  if (!published.acme.empty()) json["acme"] = published.acme;
  if (published.unknown_host != 421) json["unknown_host"] = published.unknown_host;
  if (published.maintenance) json["maintenance"] = true;
  if (published.http2_directive) json["http2_directive"] = true;
  if (!published.preview_address.empty()) json["preview_address"] = published.preview_address;
  if (site.mode == SwitchMode::reload) {
    json["active"] = name_of(site.reload_active);
    json["keepalive_min_timeout"] = published.keepalive_min_timeout;
  }
  return json;
}

// ---- from JSON; throws nlohmann's exceptions, caught below ----------------------------------------------------

// A whole number; 0 where it is larger than we write any: check_sites knows what may be 0.
template <class Number>
Number number_from(const Json& json) {
  const auto value = json.get_ref<const Json::number_integer_t&>();
  return std::in_range<Number>(value) ? static_cast<Number>(value) : Number{};
}

Side side_from(const Json& json) {
  Side side;
  for (const auto& [service, replicas] : json.items()) {
    auto& endpoints = side[service];
    for (const auto& each : replicas) {
      endpoints.push_back({each.at("address").get<std::string>(), number_from<std::uint16_t>(each.at("port"))});
    }
  }
  return side;
}

template <class Words, class Enum>
void read_word(const Json& json, const char* name, const Words& words, Enum& value) {
  const auto found = std::ranges::find(words, json.value(name, std::string()));
  if (found != words.end()) value = static_cast<Enum>(found - words.begin());
}

Tls tls_from(const Json& json) {
  return {json.at("certificate"), json.at("key"), number_from<std::uint16_t>(json.at("redirect")),
          Seconds(number_from<std::int32_t>(json.at("hsts")))};
}

Route route_from(const Json& json) {
  Route route;
  route.service = json.at("service");
  route.hosts = json.at("hosts").get<std::vector<std::string>>();
  route.path = json.at("path");
  route.body_size = json.at("body_size");
  route.snippet = json.at("snippet");
  route.own_server = json.value("own_server", false);
  route.timeout = Seconds(number_from<std::int32_t>(json.at("timeout_seconds")));
  read_word(json, "balance", balance_words, route.balance);
  read_word(json, "protocol", protocol_words, route.protocol);
  route.streaming = json.value("streaming", false);
  if (json.contains("tls")) route.tls = tls_from(json["tls"]);
  if (json.contains("tcp_listen")) route.tcp_listen = number_from<std::uint16_t>(json["tcp_listen"]);
  return route;
}

PublishedSite published_from(const Json& json) {
  PublishedSite published;
  auto& site = published.site;
  site.project = json.at("project");
  site.app = json.at("app");
  site.mode = json.at("switch").get<std::string>() == "reload" ? SwitchMode::reload : SwitchMode::marker;
  for (const auto& route : json.at("routes")) site.routes.push_back(route_from(route));
  site.sides = {side_from(json.at("BLUE")), side_from(json.at("GREEN"))};
  published.listen = number_from<std::uint16_t>(json.at("listen"));
  published.preview_port = number_from<std::uint16_t>(json.at("preview_port"));
  if (json.contains("listen_tls")) published.listen_tls = number_from<std::uint16_t>(json["listen_tls"]);
  published.acme = json.value("acme", "");
  if (json.contains("unknown_host")) published.unknown_host = number_from<std::uint16_t>(json["unknown_host"]);
  published.maintenance = json.value("maintenance", false);
  published.http2_directive = json.value("http2_directive", false);
  published.preview_address = json.value("preview_address", "");
  if (site.mode == SwitchMode::reload) {
    site.reload_active = parse_color(json.at("active").get<std::string>()).value_or(Color::blue);
    published.keepalive_min_timeout = json.at("keepalive_min_timeout");
  }
  return published;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::string render_first_lines(const PublishedSite& published) {
  // ASCII only, so that a line can be cut anywhere.
  const auto json = json_of(published).dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string lines;
  for (std::size_t from = 0; from < json.size(); from += bytes_per_line) {
    lines += from == 0 ? first_line : next_line;
    lines += json.substr(from, bytes_per_line);
    lines += '\n';
  }
  return lines;
}

Outcome<PublishedSite> parse_site(std::string_view text) {
  if (!text.starts_with(first_line)) return failure("it does not begin with \"# bluegreen {\"");
  std::string json(take_line(text).substr(first_line.size()));
  while (text.starts_with(next_line)) json += take_line(text).substr(next_line.size());
  try {
    return published_from(Json::parse(json));
  } catch (const Json::exception& error) {
    return failure(std::string("its first line cannot be read: ") + error.what());
  }
}

}  // namespace bluegreen
