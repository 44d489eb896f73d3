// SPDX-License-Identifier: MIT
// A release, end to end: what serves, what is left, and that no request is lost on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

void deploy_release(Scenario& scenario, const std::string& release) {
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:" + release})));
}

std::string nginx_id(const Scenario& scenario) {
  return scenario.docker().inspect(scenario.project() + "-nginx-1")["Id"].get<std::string>();
}

TEST(Release, TheFirstOneGoesToBlueAndTheNextOnesTakeTurns) {
  Scenario scenario;
  scenario.write_usual_compose();
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get().release(), "1");
  EXPECT_EQ(scenario.active(), "BLUE");
  EXPECT_THAT(scenario.container_names(), ElementsAre(scenario.project() + "-nginx-1", "web-BLUE"));

  deploy_release(scenario, "2");
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_EQ(scenario.active(), "GREEN");
  EXPECT_THAT(scenario.container_names(), ElementsAre(scenario.project() + "-nginx-1", "web-GREEN"));

  deploy_release(scenario, "3");
  EXPECT_EQ(scenario.active(), "BLUE");
  EXPECT_EQ(scenario.get().release(), "3");
}

TEST(Release, IsMadeByDeployEvenWhereNothingButAMountedFileChanged) {
  Scenario scenario;
  scenario.write_usual_compose();
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.active(), "GREEN");
}

TEST(Release, LosesNoRequestOfAnyKindOfClientInMarkerMode) {
  Scenario scenario;
  scenario.write_usual_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  Load load = scenario.start_load({"--kinds", "get,post,connect,slow,upload"});
  for (const auto* release : {"2", "3", "4", "5"}) deploy_release(scenario, release);
  EXPECT_TRUE(exited(0, scenario.bluegreen({"rollback", "web"})));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_EQ(report.count("get", "reused_reset"), 0);
  EXPECT_THAT(report.answered_by(), IsSupersetOf({"1", "2", "3", "4", "5"}));
  for (const char* kind : {"get", "post", "connect", "slow", "upload"}) EXPECT_GT(report.count(kind, "ok"), 0) << kind;
}

TEST(Release, LosesNoRequestOfAnyKindOfClientInThirtySwitches) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      retire: keep\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  deploy_release(scenario, "2");
  Load load =
      scenario.start_load({"--kinds", "get,connect,pipelined,post,slow,upload,ws,sse", "--slow", "/slow?ms=300"});
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(exited(0, scenario.bluegreen({"switch", "web"})));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  for (const char* kind : {"get", "connect", "pipelined", "post", "slow", "upload", "ws", "sse"}) {
    EXPECT_GT(report.count(kind, "ok"), 0) << kind;
    EXPECT_EQ(report.count(kind, "reused_reset"), 0) << kind;
  }
  EXPECT_THAT(report.answered_by(), ElementsAre("1", "2"));
}

TEST(Release, LosesNothingButReusedConnectionsInReloadMode) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      switch: reload\n      drain: 5s\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  Load load = scenario.start_load({"--kinds", "get,post,connect,slow,upload"});
  for (const auto* release : {"2", "3"}) deploy_release(scenario, release);
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed_but_reused(), 0) << report.failures();
  EXPECT_EQ(scenario.get().release(), "3");
  EXPECT_THAT(scenario.container_names(), SizeIs(2));
}

TEST(Release, NeverTouchesNginxOrTheDatabase) {
  Scenario scenario;
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    depends_on: {db: {condition: service_healthy}}
    x-bluegreen: {port: 8000, health: /healthz}
  db:
    image: bluegreen-test-server:5
    volumes: ["data:/data"]
    healthcheck: {test: [CMD, /bluegreen-test-server, --healthcheck, /healthz], interval: 60s}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true}
volumes: {data: {}}
)");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto started = [&](const std::string& service) {
    return scenario.docker()
        .inspect(scenario.project() + "-" + service + "-1")["State"]["StartedAt"]
        .get<std::string>();
  };
  const auto nginx = started("nginx"), db = started("db");
  deploy_release(scenario, "2");
  EXPECT_EQ(started("nginx"), nginx);
  EXPECT_EQ(started("db"), db);
}

TEST(Release, StartsChecksSwitchesAndRetiresAllServicesAndReplicasTogether) {
  Scenario scenario;
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:${RELEASE:-1}
    networks: [front, back]
    deploy: {replicas: 2}
    x-bluegreen: {app: shop, port: 8000, health: /healthz}
  api:
    image: bluegreen-test-server:${RELEASE:-1}
    networks: {back: {aliases: [backend]}}
    x-bluegreen: {app: shop, port: 8000, health: /healthz, path: /api}
  worker:
    image: bluegreen-test-server:${RELEASE:-1}
    x-bluegreen: {app: shop}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true}
networks: {front: {}, back: {}}
)");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  scenario.write(".env", "RELEASE=2\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--no-switch"})));
  EXPECT_THAT(scenario.container_names(),
              IsSupersetOf({"api-BLUE", "api-GREEN", "web-BLUE-1", "web-GREEN-1", "web-GREEN-2", "worker-GREEN"}));
  // Both colors stand, and each has its own `api`.
  EXPECT_EQ(scenario.get("/peer?host=api&port=8000").body, "1\n");
  EXPECT_EQ(scenario.get("/peer?host=backend&port=8000").body, "1\n");
  EXPECT_EQ(scenario.get("/peer?host=api-GREEN&port=8000").body, "2\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"switch", "shop"})));
  EXPECT_EQ(scenario.get("/peer?host=api&port=8000").body, "2\n");
  EXPECT_EQ(scenario.get("/api").release(), "2");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"apply"})));
  EXPECT_THAT(scenario.container_names(),
              ElementsAre("api-GREEN", scenario.project() + "-nginx-1", "web-GREEN-1", "web-GREEN-2", "worker-GREEN"));
  const auto green = scenario.environment("shop", "GREEN");
  ASSERT_THAT(green, SizeIs(4));
  EXPECT_TRUE(green[1].addresses.contains(scenario.project() + "_front"));
  EXPECT_TRUE(green[1].addresses.contains(scenario.project() + "_back"));
}

TEST(Release, OfOneAppLeavesTheOthersOnTheMachineAlone) {
  Scenario scenario;
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    x-bluegreen: {port: 8000, health: /healthz, host: shop.example.org}
  admin:
    image: bluegreen-test-server:5
    x-bluegreen: {port: 8000, health: /healthz, host: shop.example.org, path: /admin}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true}
)");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto id = scenario.environment("admin", "BLUE").at(0).id;
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy", "web", "--image", "web=bluegreen-test-server:2"})));
  EXPECT_EQ(scenario.get("/", "shop.example.org").release(), "2");
  EXPECT_EQ(scenario.get("/admin/", "shop.example.org").release(), "5");
  EXPECT_EQ(scenario.get("/adminx", "shop.example.org").release(), "2");
  EXPECT_EQ(scenario.environment("admin", "BLUE").at(0).id, id);
  EXPECT_EQ(scenario.active("web"), "GREEN");
  EXPECT_EQ(scenario.active("admin"), "BLUE");
}

TEST(Release, WaitsForARequestUnderWayBeforeTheOldSideIsStopped) {
  Scenario scenario;
  scenario.write_usual_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  Answer slow;
  {
    const std::jthread client([&] { slow = scenario.get("/slow?ms=2500"); });
    ASSERT_TRUE(eventually([&] { return scenario.get("/busy").body != "0\n"; }));
    deploy_release(scenario, "2");
  }
  EXPECT_EQ(slow.status, 200);
  EXPECT_EQ(slow.release(), "1");
}

TEST(Release, CutsWhatIsLeftWhenTheDrainTimeIsOverAndSaysSo) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      drain: 1s\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const std::jthread client([&] { (void)scenario.get("/slow?ms=8000"); });
  ASSERT_TRUE(eventually([&] { return scenario.get("/busy").body != "0\n"; }));
  const Output output = scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"});
  EXPECT_TRUE(exited(0, output));
  EXPECT_THAT(output.out + output.err, HasSubstr("cut"));
}

TEST(Release, ClosesWebSocketsReplicaByReplicaOrAtOnceAsThePolicySays) {
  Scenario scenario;
  const auto with_drain = [&](const std::string& drain) {
    scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    deploy: {replicas: 2}
    x-bluegreen: {port: 8000, health: /healthz, drain: )" +
                           drain + R"(}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true}
)");
  };
  with_drain("30s");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  for (const auto* policy : {"spread", "cut"}) {
    with_drain("{timeout: 5s, policy: " + std::string(policy) + "}");
    Load load = scenario.start_load({"--kinds", "ws"});
    const auto output = scenario.bluegreen({"deploy"});
    EXPECT_TRUE(exited(0, output));
    EXPECT_THAT(output.out + output.err, HasSubstr(policy == std::string("spread") ? "replica by replica" : "cut "));
    EXPECT_THAT(output.out + output.err, Not(HasSubstr("still open after")));
    EXPECT_GT(load.stop().count("ws", "ok"), 0);
  }
}

class RetirePolicy : public testing::TestWithParam<const char*> {};

TEST_P(RetirePolicy, DecidesWhatIsLeftAndRollbackGoesBackFromThere) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      retire: " + std::string(GetParam()) + "\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  deploy_release(scenario, "2");
  const auto old = scenario.environment("web", "BLUE");
  const std::string policy = GetParam();
  EXPECT_EQ(old.empty() ? "removed" : old[0].state, policy == "remove" ? "removed"
                                                    : policy == "stop" ? "exited"
                                                                       : "running");

  Load load = scenario.start_load({"--kinds", "get,post,connect"});
  EXPECT_TRUE(exited(0, scenario.bluegreen({"rollback", "web"})));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_EQ(scenario.get().release(), "1");
  EXPECT_EQ(scenario.active(), "BLUE");
}

INSTANTIATE_TEST_SUITE_P(Release, RetirePolicy, testing::Values("remove", "stop", "keep"));

TEST(Release, AfterAKilledRunTheNextOnePutsEverythingRight) {
  Scenario scenario;
  scenario.write_usual_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto nginx = nginx_id(scenario);
  Load load = scenario.start_load({"--kinds", "get,post,connect"});
  for (const char* step : {"start web-", "verify web-", "switch web to"}) {
    auto program = scenario.start_bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"});
    EXPECT_TRUE(program->wait_for_text(step, Milliseconds(20'000))) << step;
    program->signal(SIGKILL);
    (void)program->wait(Milliseconds(5'000));
    EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:3"})));
    EXPECT_EQ(scenario.get().release(), "3");
    EXPECT_THAT(scenario.container_names(), SizeIs(2));
  }
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_EQ(nginx_id(scenario), nginx);
}

}  // namespace
}  // namespace bluegreen::e2e
