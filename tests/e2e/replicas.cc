// SPDX-License-Identifier: MIT
// Several replicas of a service, end to end: how nginx shares the requests out, and what a replica that dies costs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::HasSubstr;

std::string three_replicas(const std::string& balance) {
  return R"(services:
  web:
    image: bluegreen-test-server:1
    deploy: {replicas: 3}
    x-bluegreen: {port: 8000, health: /healthz, balance: )" +
         balance + R"(}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true}
)";
}

std::set<std::string> who_answers(Scenario& scenario, int requests) {
  std::set<std::string> hosts;
  for (int i = 0; i < requests; ++i) hosts.insert(scenario.get("/whoami").body);
  return hosts;
}

TEST(Replicas, ThatDieOneAfterTheOtherCostNoGet) {
  Scenario scenario;
  scenario.write_compose(three_replicas("least_conn"));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  Load load = scenario.start_load({"--kinds", "get,connect"});
  const auto replicas = scenario.environment("web", "BLUE");
  ASSERT_EQ(replicas.size(), 3U);
  scenario.docker().kill(replicas[1].id);
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // the bridge has forgotten the address by then
  scenario.docker().kill(replicas[0].id);
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  const auto report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_GT(report.count("get", "ok"), 100);
  EXPECT_GT(report.count("connect", "ok"), 100);
  EXPECT_EQ(who_answers(scenario, 5).size(), 1U);

  // The next release is whole again, and shares by its own way.
  scenario.write_compose(three_replicas("ip_hash"));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_THAT(scenario.read("conf.d/bluegreen." + scenario.project() + ".web.conf"), HasSubstr("ip_hash;"));
  EXPECT_EQ(who_answers(scenario, 10).size(), 1U);
}

}  // namespace
}  // namespace bluegreen::e2e
