// SPDX-License-Identifier: MIT
// From a URL and a few words to what is sent where.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>

#include <memory>

#include "probe/plan.h"

namespace bluegreen::probe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names_of(const Outcome<std::vector<Clients>>& clients) {
  std::vector<std::string> names;
  if (!clients) return {clients.error().message};
  for (const auto& one : *clients) names.emplace_back(name_of(one.kind));
  return names;
}

TEST(ProbeTarget, TakesAUrlApart) {
  const auto target = parse_target("https://shop.example.com:8443/a?b=c#d");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->scheme, Scheme::https);
  EXPECT_EQ(target->host, "shop.example.com");
  EXPECT_EQ(target->port, 8443);
  EXPECT_EQ(target->authority, "shop.example.com:8443");
  EXPECT_EQ(target->path, "/a?b=c");
  EXPECT_EQ(parse_target("http://localhost")->port, 80);
  EXPECT_EQ(parse_target("http://localhost")->path, "/");
  EXPECT_EQ(parse_target("https://localhost?a")->path, "/?a");
  EXPECT_EQ(parse_target("https://localhost?a")->port, 443);
  EXPECT_EQ(parse_target("http://[::1]:8080/")->host, "::1");
  EXPECT_EQ(parse_target("http://[::1]:8080/")->authority, "[::1]:8080");
}

TEST(ProbeTarget, RefusesWhatIsNoUrl) {
  for (const auto* url : {"localhost:8080", "ftp://localhost/", "http://", "http:///a", "http://localhost:port/",
                          "http://localhost:0/", "http://localhost:65536/", "http://[::1/", "http://[::1]8080/",
                          "http://localhost/a b", "http://localhost/\r\nHost: b"}) {
    const auto target = parse_target(url);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().kind, ErrorKind::usage);
  }
}

TEST(ProbeTarget, SendsLoadToThisMachineOnly) {
  const auto allowed = [](const std::string& url, Remote remote = Remote::refused) {
    return find_address(*parse_target(url), "", remote).has_value();
  };
  EXPECT_TRUE(allowed("http://127.0.0.1:8080/"));
  EXPECT_TRUE(allowed("http://127.8.8.8/"));
  EXPECT_TRUE(allowed("http://localhost/"));
  EXPECT_TRUE(allowed("http://[::1]/"));
  EXPECT_TRUE(allowed("http://[::ffff:127.0.0.1]/"));
  EXPECT_FALSE(allowed("http://192.0.2.77/"));
  EXPECT_FALSE(allowed("http://[2001:db8::1]/"));
  EXPECT_FALSE(allowed("http://[::ffff:192.0.2.77]/"));
  EXPECT_TRUE(allowed("http://192.0.2.77/", Remote::allowed));
  const auto refused = find_address(*parse_target("http://192.0.2.77/"), "", Remote::refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no load is sent there"));
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
}

TEST(ProbeTarget, KnowsTheAddressesOfThisMachinesInterfaces) {
  ifaddrs* list = nullptr;
  ASSERT_EQ(getifaddrs(&list), 0);
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const auto* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, text, sizeof text);
    EXPECT_TRUE(find_address(*parse_target("http://" + std::string(text) + "/"), "", Remote::refused)) << text;
  }
}

TEST(ProbeTarget, ConnectsToAnotherAddressThanTheUrlNames) {
  const auto target = *parse_target("http://shop.example.com/");
  const auto port = [](const Outcome<wire::Address>& address) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address->storage).sin_port);
  };
  EXPECT_EQ(port(find_address(target, "127.0.0.1", Remote::refused)), 80);
  EXPECT_EQ(port(find_address(target, "127.0.0.1:8080", Remote::refused)), 8080);
  EXPECT_FALSE(find_address(target, "192.0.2.77:8080", Remote::refused));
  EXPECT_FALSE(find_address(target, "127.0.0.1:", Remote::refused));
}

TEST(ProbePlan, RunsEveryKindThatTheUrlAndThePathsAllow) {
  const auto http = *parse_target("http://localhost/a"), https = *parse_target("https://localhost/");
  EXPECT_THAT(names_of(make_clients({}, http, {})), ElementsAre("get", "connect", "pipelined"));
  EXPECT_THAT(names_of(make_clients({}, https, {})), ElementsAre("get", "connect", "pipelined", "h2"));
  EXPECT_THAT(names_of(make_clients({}, http, {.post = "/p", .sse = "/e"})),
              ElementsAre("get", "connect", "pipelined", "post", "sse"));
  EXPECT_EQ(make_clients({}, http, {})->front().path, "/a");
}

TEST(ProbePlan, RunsOnlyTheKindsThatAreNamed) {
  const auto target = *parse_target("http://localhost/");
  const KindPaths paths{.post = "/p", .ws = "/w"};
  EXPECT_THAT(names_of(make_clients({"ws", "get"}, target, paths)), ElementsAre("ws", "get"));
  EXPECT_THAT(names_of(make_clients({"wss"}, target, paths)), ElementsAre("there is no kind of client called wss"));
  EXPECT_THAT(names_of(make_clients({"slow"}, target, paths)), ElementsAre("slow: which path?"));
  EXPECT_THAT(names_of(make_clients({"h2"}, target, paths)), ElementsAre(HasSubstr("needs TLS")));
}

}  // namespace
}  // namespace bluegreen::probe
