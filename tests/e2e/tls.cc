// SPDX-License-Identifier: MIT
// TLS end to end: certificates and their change, HTTP sent on, HTTP/2, HSTS, ACME challenges, hosts that nobody
// serves, gRPC. The client is curl.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/https.h"

namespace bluegreen::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Tls, ServesEachHostByItsOwnCertificateAndTakesANewOneWithoutASwitch) {
  Scenario scenario;
  Https https(scenario, 1);
  // An nginx that speaks HTTP/2 stands for the gRPC service.
  scenario.write("calls.conf", R"(server {
  listen 8000 http2;
  location / {
    default_type application/grpc;
    add_trailer grpc-status 0;
    ssi on;  # takes the length away, so that the trailer is waited for
    ssi_types *;
    return 200 "$request_method $uri $server_protocol $http_te";
  }
})");
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    x-bluegreen:
      port: 8000
      health: /healthz
      host: shop.example.org
      tls: {certificate: /etc/nginx/certs/shop.pem, key: /etc/nginx/certs/shop.key, redirect: {port1}, hsts: 24h}
  calls:
    image: nginx
    volumes: ["./calls.conf:/etc/nginx/conf.d/default.conf"]
    x-bluegreen:
      app: web
      port: 8000
      host: calls.example.org
      protocol: grpc
      tls: {certificate: /etc/nginx/certs/calls.pem, key: /etc/nginx/certs/calls.key}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80", "127.0.0.1:{port1}:443"]
    volumes: ["./conf.d:/etc/nginx/conf.d", "./certs:/etc/nginx/certs:ro", "./acme:/var/www/acme:ro"]
    x-bluegreen: {proxy: true, acme: /var/www/acme}
)");
  scenario.write("acme/.well-known/acme-challenge/token", "answer");
  https.make_certificate("shop", "first.example");
  const auto missing = scenario.bluegreen({"deploy"});
  ASSERT_TRUE(exited(1, missing));
  EXPECT_THAT(missing.err, AllOf(HasSubstr("/etc/nginx/certs/calls.pem"), HasSubstr("The paths of `tls` are nginx's")));

  https.make_certificate("calls", "calls.example");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));

  // Plain HTTP: challenges are answered, all else is sent on, hosts that nobody serves are told so.
  EXPECT_EQ(scenario.get("/.well-known/acme-challenge/token", "shop.example.org").body, "answer");
  EXPECT_EQ(scenario.get("/.well-known/acme-challenge/token", "new.example.org").body, "answer");
  auto sent_on = scenario.get("/a?b=c", "shop.example.org");
  EXPECT_EQ(sent_on.status, 308);
  EXPECT_EQ(sent_on.headers["location"], "https://shop.example.org:" + std::to_string(scenario.port(1)) + "/a?b=c");
  EXPECT_EQ(sent_on.headers["server"], "nginx");
  EXPECT_EQ(scenario.get("/", "unknown.example.org").status, 421);

  // TLS.
  const auto headers = https.get("shop.example.org", "/headers", {"--http2"});
  EXPECT_THAT(headers.out, AllOf(HasSubstr("HTTP/2 200"), HasSubstr("strict-transport-security: max-age=86400"),
                                 HasSubstr("x-forwarded-proto: https"), HasSubstr("host: shop.example.org")));
  EXPECT_EQ(https.get("unknown.example.org", "/").exit_code, 35);
  EXPECT_THAT(https.get("shop.example.org", "/", {"-H", "Host: unknown.example.org"}).out, HasSubstr(" 421"));
  EXPECT_THAT(https.subject("shop.example.org"), HasSubstr("CN=first.example"));
  EXPECT_THAT(https.subject("calls.example.org"), HasSubstr("CN=calls.example"));

  // gRPC: HTTP/2 all the way, with trailers.
  const auto call = https.get("calls.example.org", "/greeter.Greeter/Hello",
                              {"--http2", "-H", "content-type: application/grpc", "-H", "te: trailers", "-d", "x"});
  EXPECT_THAT(call.out, AllOf(HasSubstr("POST /greeter.Greeter/Hello HTTP/2.0 trailers"), HasSubstr("grpc-status: 0")));

  // A new certificate; one whose key is another's; the new one again.
  const auto active = scenario.active();
  https.make_certificate("shop", "second.example");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"reload"})));
  EXPECT_THAT(https.subject("shop.example.org"), HasSubstr("CN=second.example"));
  const auto good = scenario.read("certs/shop.key");
  scenario.write("certs/shop.key", scenario.read("certs/calls.key"));
  const auto refused = scenario.bluegreen({"reload"});
  ASSERT_TRUE(exited(1, refused));
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("values mismatch"), HasSubstr("The key does not belong to the certificate")));
  EXPECT_THAT(refused.err, Not(HasSubstr("PRIVATE")));
  EXPECT_THAT(https.subject("shop.example.org"), HasSubstr("CN=second.example"));
  scenario.write("certs/shop.key", good);
  EXPECT_EQ(scenario.active(), active);

  // An own default_server is asked before bluegreen's answer to unknown hosts.
  scenario.write("conf.d/mine.conf", "server { listen 80 default_server; location / { return 200 mine; } }\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"reload"})));
  EXPECT_EQ(scenario.get("/", "unknown.example.org").body, "mine");
  EXPECT_EQ(scenario.get("/", "shop.example.org").status, 308);
}

}  // namespace
}  // namespace bluegreen::e2e
