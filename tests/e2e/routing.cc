// SPDX-License-Identifier: MIT
// What nginx does for the apps, end to end: hosts, paths, headers, bodies, websockets; and where nginx is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

TEST(Routing, IsByHostAndPathPrefixWithSeveralHostsForAnApp) {
  Scenario scenario;
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    x-bluegreen: {port: 8000, health: /healthz, hosts: [example.org, www.example.org, "*.shop.example.org"]}
  api:
    image: bluegreen-test-server:2
    x-bluegreen: {port: 8000, health: /healthz, hosts: [example.org, api.example.org], path: /api}
  rest:
    image: bluegreen-test-server:3
    x-bluegreen: {port: 8000, health: /healthz}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true}
)");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get("/", "example.org").release(), "1");
  EXPECT_EQ(scenario.get("/", "www.example.org").release(), "1");
  EXPECT_EQ(scenario.get("/", "a.shop.example.org").release(), "1");
  EXPECT_EQ(scenario.get("/api", "example.org").release(), "2");
  EXPECT_EQ(scenario.get("/api/", "api.example.org").release(), "2");
  EXPECT_EQ(scenario.get("/", "elsewhere.example.net").release(), "3");
  // The same again after a switch of one of them.
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "api", "--image", "api=bluegreen-test-server:4"})));
  EXPECT_EQ(scenario.get("/api/", "example.org").release(), "4");
  EXPECT_EQ(scenario.get("/", "example.org").release(), "1");
}

TEST(OwnServerBlock, SwitchesUnderLoadAndIsTestedBeforeAnythingStarts) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      server: own\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto own = [&](const std::string& listen) {
    return listen + " 80 default_server;\n  client_max_body_size 0;\n  include conf.d/bluegreen." + scenario.project() +
           ".web.include;\n  location / { proxy_pass http://$bluegreen_web; }\n}\n";
  };
  scenario.write("conf.d/own.conf", "server {\n  " + own("listen"));
  const auto nginx = scenario.project() + "-nginx-1";
  scenario.docker().kill(nginx, "HUP");
  ASSERT_TRUE(eventually([&] { return scenario.get().release() == "1"; }));
  Load load = scenario.start_load({"--kinds", "get,post,connect,upload"});
  for (const auto* release : {"2", "3"})
    ASSERT_TRUE(
        exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:" + std::string(release)})));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_THAT(report.answered_by(), IsSupersetOf({"1", "2", "3"}));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "on"})));
  EXPECT_EQ(scenario.get().status, 503);
  ASSERT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "off"})));

  scenario.write("conf.d/own.conf", "server {\n  " + own("lisen"));
  const auto containers = scenario.container_names();
  const auto refused = scenario.bluegreen({"deploy", "--json", "--image", "web=bluegreen-test-server:4"});
  EXPECT_TRUE(exited(1, refused));
  EXPECT_THAT(refused.out, HasSubstr("unknown directive \\\"lisen\\\" in /etc/nginx/conf.d/own.conf:2"));
  EXPECT_THAT(refused.out, HasSubstr("Repair own.conf"));
  EXPECT_THAT(refused.out, Not(HasSubstr("\"step\":\"start\"")));
  EXPECT_EQ(scenario.container_names(), containers);
  EXPECT_EQ(scenario.get().release(), "3");
  std::filesystem::remove(scenario.directory() / "conf.d/own.conf");
}

TEST(Maintenance, ShowsThePageThroughADeployAndStopsWithoutAReload) {
  Scenario scenario;
  scenario.write_usual_compose();
  EXPECT_TRUE(exited(1, scenario.bluegreen({"maintenance", "web", "on"})));  // nothing serves yet
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "on"})));
  const auto plain = scenario.get("/any");
  EXPECT_EQ(plain.status, 503);
  EXPECT_EQ(plain.headers.at("retry-after"), "60");
  EXPECT_THAT(plain.body, HasSubstr("Down for maintenance"));
  scenario.write("sorry.html", "<h1>sorry</h1>");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "on", "--page", "sorry.html"})));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"})));
  EXPECT_EQ(scenario.get().body, "<h1>sorry</h1>");
  EXPECT_EQ(scenario.active(), "GREEN");
  EXPECT_EQ(scenario.status()["apps"][0]["maintenance"], true);
  EXPECT_TRUE(exited(2, scenario.bluegreen({"maintenance", "web", "maybe"})));
  EXPECT_TRUE(exited(2, scenario.bluegreen({"maintenance", "web", "off", "--page", "sorry.html"})));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "off"})));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "off"})));
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_EQ(scenario.status()["apps"][0]["maintenance"], false);
  ASSERT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "on"})));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"down", "--yes"})));
  EXPECT_TRUE(std::filesystem::is_empty(scenario.directory() / "conf.d/active"));
}

TEST(AccessLog, SaysWhichEnvironmentAnsweredAndTheHistorySaysTheRelease) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      snippet: access_log /dev/stdout bluegreen;\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto log_has = [&](const std::string& words) {
    return eventually(
        [&] { return scenario.docker().logs(scenario.project() + "-nginx-1").find(words) != std::string::npos; });
  };
  scenario.get("/before");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  scenario.get("/after");
  const auto of = [&](const std::string& color) {
    return "project=" + scenario.project() + " app=web color=" + color + " release=- upstream=10.";
  };
  EXPECT_TRUE(log_has("\"GET /before HTTP/1.1\" 200"));
  EXPECT_TRUE(log_has(of("BLUE")));
  EXPECT_TRUE(log_has(of("GREEN")));
  const auto told = nlohmann::json::parse(scenario.bluegreen({"status", "web", "--json"}).out)["apps"][0];
  ASSERT_EQ(told["activations"].size(), 2U);
  EXPECT_EQ(told["activations"][1]["color"], "GREEN");
  EXPECT_EQ(told["activations"][1]["release"], told["environments"]["GREEN"]["release"]);
}

TEST(Routing, TellsTheAppWhoAskedForWhat) {
  Scenario scenario;
  scenario.write_usual_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto headers = scenario.get("/headers", "shop.example.org").body;
  for (const char* header : {"x-forwarded-for: ", "x-forwarded-proto: http", "x-forwarded-host: shop.example.org",
                             "host: shop.example.org"}) {
    EXPECT_THAT(headers, HasSubstr(header));
  }
}

TEST(Routing, KeepsWebsocketsOpenAndLetsTheSnippetAndTheBodySizeApply) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      body_size: 1k\n      snippet: add_header X-Mine yes;\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get().headers["x-mine"], "yes");
  Load load = scenario.start_load({"--kinds", "ws"});
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_GT(report.count("ws", "ok"), 0);
}

TEST(Routing, ChangesWithTheReleaseAndNotBefore) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      host: old.example.org\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  scenario.write_usual_compose("2", "      hosts: [old.example.org, new.example.org]\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--no-switch"})));
  EXPECT_EQ(scenario.get("/", "old.example.org").release(), "1");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"switch", "web"})));
  EXPECT_EQ(scenario.get("/", "new.example.org").release(), "2");
}

TEST(Routing, LeavesTheUsersOwnFilesUntouched) {
  Scenario scenario;
  scenario.write_usual_compose();
  const std::string mine =
      "server { listen 80; server_name mine.example.org; location / { return 200 \"mine\\n\"; } }\n";
  scenario.write("conf.d/mine.conf", mine);
  scenario.write("conf.d/web.conf", "# also mine\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get("/", "mine.example.org").body, "mine\n");
  EXPECT_EQ(scenario.get("/", "any.example.org").release(), "1");
  EXPECT_EQ(scenario.read("conf.d/mine.conf"), mine);
  EXPECT_EQ(scenario.read("conf.d/web.conf"), "# also mine\n");
}

TEST(Names, GetTheProjectInFrontWhereTheyWouldClash) {
  Scenario other, scenario;
  other.write_usual_compose();
  ASSERT_TRUE(exited(0, other.bluegreen({"deploy"})));
  scenario.write_usual_compose("2");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_THAT(scenario.container_names(), IsSupersetOf({scenario.project() + "-web-BLUE"}));
  EXPECT_EQ(other.get().release(), "1");
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_EQ(scenario.get("/peer?host=web-BLUE&port=8000").body, "2\n");
}

TEST(DefaultProxy, IsStartedWhereNoServiceIsMarkedAndRemovedWithTheLastProject) {
  Scenario scenario;
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    x-bluegreen: {port: 8000, health: /healthz}
x-bluegreen:
  proxy: {ports: ["127.0.0.1:{port}:80"]}
)");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get().release(), "1");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"})));
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_EQ(scenario.docker().inspect("bluegreen-proxy")["State"]["Running"], true);

  Scenario with_its_own_nginx;
  with_its_own_nginx.write_usual_compose();
  ASSERT_TRUE(exited(0, with_its_own_nginx.bluegreen({"deploy"})));
  ASSERT_TRUE(exited(0, with_its_own_nginx.bluegreen({"down", "--yes"})));
  EXPECT_EQ(scenario.get().release(), "2");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"down", "--yes"})));
  EXPECT_THROW((void)scenario.docker().inspect("bluegreen-proxy"), std::runtime_error);
}

}  // namespace
}  // namespace bluegreen::e2e
