// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nginx_sites.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;

PublishedSite with_route(const std::function<void(Route&)>& change) {
  auto site = test::hello_site();
  change(site.site.routes[0]);
  return site;
}

TEST(CheckSites, AcceptsWhatPeopleWrite) {
  EXPECT_TRUE(check_sites({test::hello_site(), test::shop_site(), test::blog_site()}));
  for (const auto* path : {"/", "/api", "/api/", "/v1.2/~me/a-b_c", "/a;b=1,c", "/@x:y"}) {
    EXPECT_TRUE(check_sites({with_route([&](Route& route) { route.path = path; })})) << path;
  }
  for (const auto* host : {"localhost", "a.b-c.example", "*.example.com", "10.0.0.1", "EXAMPLE.com", "my_host"}) {
    EXPECT_TRUE(check_sites({with_route([&](Route& route) { route.hosts = {host}; })})) << host;
  }
}

TEST(CheckSites, RefusesAPathThatWouldBreakOutOrNeverMatch) {
  for (const auto* path : {"", "api", "/a b", "/a\n{", "/a{", "/a}", "/a\"", "/a\\", "/a#b", "//", "/a//b", "/../a",
                           "/a/..", "/a/./b", "/a%20b", "/\xc3\xa4"}) {
    EXPECT_FALSE(check_sites({with_route([&](Route& route) { route.path = path; })})) << path;
  }
}

TEST(CheckSites, RefusesAHostThatWouldBreakOut) {
  for (const auto* host :
       {"", "a b", "a;b", "~^", "a\n", "_", "_all", "*", "*.", "a.*.b", "a..b", "a/b", "[::1]", ".a", "a."}) {
    EXPECT_FALSE(check_sites({with_route([&](Route& route) { route.hosts = {host}; })})) << host;
  }
}

TEST(CheckSites, RefusesNamesSizesTimesAndAddressesThatWouldBreakOut) {
  EXPECT_FALSE(check_sites({with_route([](Route& route) { route.service = "a b"; })}));
  EXPECT_FALSE(check_sites({with_route([](Route& route) { route.body_size = "10m;"; })}));
  EXPECT_FALSE(check_sites({with_route([](Route& route) { route.body_size = "m"; })}));
  EXPECT_FALSE(check_sites({with_route([](Route& route) { route.timeout = Seconds(0); })}));
  EXPECT_FALSE(check_sites({with_route([](Route& route) { route.snippet = "\xff"; })}));
  auto site = test::hello_site();
  site.site.app = "../x";
  EXPECT_FALSE(check_sites({site}));
  site = test::hello_site();
  site.site.project = "a.b";
  EXPECT_FALSE(check_sites({site}));
  site = test::hello_site();
  site.site.sides.green["hello"][0].address = "10.0.0.1; evil";
  EXPECT_FALSE(check_sites({site}));
  site = test::hello_site();
  site.preview_port = site.listen;
  EXPECT_FALSE(check_sites({site}));
}

TEST(CheckSites, RefusesPathsOfCertificatesThatWouldBreakOutOrMeanSomethingElse) {
  const auto with_paths = [](const std::string& certificate, const std::string& key) {
    auto site = test::secure_site();
    site.site.routes[2].tls = Tls{certificate, key};
    return check_sites({site});
  };
  EXPECT_TRUE(with_paths("/a/b-c_d.pem", "/a/~x+y,z=1@2.key"));
  for (const auto* path : {"", "a.pem", "data:$x", "engine:e:k", "/a b", "/a;", "/a$b", "/a{", "/a\"", "/a'", "/a\\",
                           "/a\n", "/a#b", "/a:b", "/\xc3\xa4"}) {
    EXPECT_FALSE(with_paths(path, "/k")) << path;
    EXPECT_FALSE(with_paths("/c", path)) << path;
    auto site = test::hello_site();
    site.acme = path;
    EXPECT_EQ(check_sites({site}).has_value(), site.acme.empty()) << path;
  }
}

TEST(CheckSites, RefusesTlsWithoutAHostOrAPortOfItsOwn) {
  auto site = test::secure_site();
  site.listen_tls = site.listen;
  EXPECT_FALSE(check_sites({site}));
  site = test::hello_site();
  site.site.routes[0].tls = Tls{"/c", "/k"};
  EXPECT_FALSE(check_sites({site}));
  site = test::hello_site();
  site.unknown_host = 200;
  EXPECT_FALSE(check_sites({site}));
}

TEST(CheckSites, RefusesTwoCertificatesForOneHost) {
  auto other = test::secure_site();
  other.site.app = "other";
  other.site.routes = {test::route_of("other", {"SAFE.example.com"}, "/other")};
  EXPECT_TRUE(check_sites({test::secure_site(), other}));
  other.site.routes[0].tls = test::secure_site().site.routes[0].tls;
  EXPECT_TRUE(check_sites({test::secure_site(), other}));
  other.site.routes[0].tls->certificate = "/other.pem";
  const auto checked = check_sites({test::secure_site(), other});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::conflict);
  EXPECT_THAT(checked.error().message, HasSubstr("serve safe.example.com with different `tls`"));
}

TEST(CheckSites, RefusesTwoAppsThatClaimTheSameHostAndPathAndNamesBoth) {
  auto rival = test::hello_site();
  rival.site.app = "rival";
  rival.site.routes[0].service = "rival";
  const auto checked = check_sites({test::hello_site(), rival});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::conflict);
  EXPECT_THAT(checked.error().message, HasSubstr("example/hello"));
  EXPECT_THAT(checked.error().message, HasSubstr("example/rival"));
}

TEST(CheckSites, SeesThroughCaseAndTrailingSlash) {
  auto left = with_route([](Route& route) { route = test::route_of("hello", {"A.example"}, "/x/"); });
  auto right = with_route([](Route& route) { route = test::route_of("hello", {"a.EXAMPLE"}, "/x"); });
  right.site.app = "other";
  EXPECT_FALSE(check_sites({left, right}));
  right.listen = 81;
  EXPECT_TRUE(check_sites({left, right}));
}

}  // namespace
}  // namespace bluegreen
