// SPDX-License-Identifier: MIT
// Sites for the tests of src/nginx: a greeting at every host, a shop of two services, its neighbours.
#pragma once

#include "nginx/config_text.h"

namespace bluegreen::test {

inline Route route_of(const std::string& service, std::vector<std::string> hosts = {}, const std::string& path = "/") {
  Route route;
  route.service = service;
  route.hosts = std::move(hosts);
  route.path = path;
  return route;
}

inline PublishedSite hello_site() {
  PublishedSite published;
  published.site.project = "example";
  published.site.app = "hello";
  published.site.routes = {route_of("hello")};
  published.site.sides.blue["hello"] = {{"10.213.8.2", 9000}};
  published.site.sides.green["hello"] = {{"10.213.8.3", 9000}};
  return published;
}

// api below web on the same hosts, with replicas and everything that a route can say; GREEN was never started.
inline PublishedSite shop_site() {
  PublishedSite published;
  auto& site = published.site;
  site.project = "shop";
  site.app = "shop";
  site.routes = {route_of("api", {"shop.example.com", "www.shop.example.com"}, "/api"),
                 route_of("web", {"shop.example.com", "www.shop.example.com"})};
  site.routes[0].body_size = "10m";
  site.routes[0].timeout = Seconds(300);
  site.routes[0].balance = Balance::least_conn;
  site.routes[0].snippet = "add_header X-Api \"one\ntwo\";\n# the end";
  site.sides.blue["api"] = {{"10.213.8.10", 8000}, {"10.213.8.11", 8000}};
  site.sides.blue["web"] = {{"10.213.8.12", 3000}};
  site.sides.blue["worker"] = {{"10.213.8.13", 0}};
  return published;
}

inline PublishedSite reload_site() {
  auto published = hello_site();
  published.site.mode = SwitchMode::reload;
  published.site.reload_active = Color::green;
  published.site.routes[0].hosts = {"*.example.com"};
  published.keepalive_min_timeout = true;
  published.listen = 8080;
  return published;
}

// gRPC and events on a host with TLS, behind an nginx that says everything it can.
inline PublishedSite secure_site() {
  PublishedSite published;
  auto& site = published.site;
  site.project = "safe";
  site.app = "safe";
  site.routes = {route_of("calls", {"safe.example.com"}, "/greeter.Greeter"), route_of("events", {"safe.example.com"}),
                 route_of("plain", {"plain.example.com"})};
  site.routes[0].protocol = Protocol::grpc;
  site.routes[0].tls = Tls{"/etc/nginx/certs/safe.pem", "/etc/nginx/certs/safe.key", 8443, Seconds(3600)};
  site.routes[1].streaming = true;
  site.routes[2].tls = Tls{"/etc/nginx/certs/plain.pem", "/etc/nginx/certs/plain.key", 0};
  for (const auto* service : {"calls", "events", "plain"}) site.sides.blue[service] = {{"10.215.8.2", 9000}};
  site.sides.blue["calls"].push_back({"10.215.8.3", 9000});
  published.listen_tls = 8443;
  published.acme = "/var/www/acme";
  published.unknown_host = 444;
  published.http2_directive = true;
  return published;
}

// A database beside the greeting: connections instead of requests.
inline PublishedSite tcp_site() {
  auto published = reload_site();
  Route database;
  database.service = "db";
  database.protocol = Protocol::tcp;
  database.timeout = Seconds(600);
  database.tcp_listen = 15432;
  published.site.routes.insert(published.site.routes.begin(), database);
  published.site.sides.blue["db"] = {{"10.213.8.4", 5432}};
  published.site.sides.green["db"] = {{"10.213.8.5", 5432}, {"10.213.8.6", 5432}};
  return published;
}

// Another project's app below a path of the shop's host.
inline PublishedSite blog_site() {
  PublishedSite published;
  published.site.project = "blog";
  published.site.app = "posts";
  published.site.routes = {route_of("posts", {"Shop.Example.COM", "blog.example.com"}, "/blog/")};
  published.site.sides.blue["posts"] = {{"10.214.8.2", 80}};
  return published;
}

}  // namespace bluegreen::test
