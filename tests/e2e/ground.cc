// SPDX-License-Identifier: MIT
// The ground that the scenarios stand on, tried without the program: a test that trusts a broken load client or a
// server that drops requests itself proves nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Milliseconds enough{15'000};

std::unique_ptr<Process> start_server(Scenario& scenario, const std::string& release,
                                      const std::vector<std::string>& options = {}) {
  Command command{.words = {TEST_SERVER, "--port", std::to_string(scenario.port()), "--release", release}};
  command.words.insert(command.words.end(), options.begin(), options.end());
  auto server = std::make_unique<Process>(command);
  EXPECT_TRUE(options.empty() ? server->wait_for_text("listens on", enough) : true);
  return server;
}

TEST(TestServer, AnswersItsReleaseItsHealthAndWhatItIsAskedFor) {
  Scenario scenario;
  const auto server = start_server(scenario, "7");
  EXPECT_EQ(scenario.get().body, "7\n");
  EXPECT_EQ(scenario.get("/slow?ms=1").release(), "7");
  EXPECT_EQ(scenario.get("/healthz").status, 200);
  EXPECT_EQ(scenario.get("/status?code=418").status, 418);
  EXPECT_EQ(scenario.get("/big?bytes=100000").body.size(), 100'000);
  EXPECT_EQ(scenario.get("/stream?n=2&ms=1").body, "data: 7 0\n\ndata: 7 1\n\n");
  EXPECT_EQ(scenario.get("/peer?host=localhost&port=" + std::to_string(scenario.port())).body, "7\n");
}

TEST(TestServer, RefusesHealthOnRequest) {
  Scenario scenario;
  const auto server = start_server(scenario, "7", {"--never-healthy"});
  ASSERT_TRUE(eventually([&] { return scenario.get().status == 200; }));
  EXPECT_EQ(scenario.get("/healthz").status, 503);
}

TEST(TestServer, FinishesARequestUnderWayWhenItIsToldToStop) {
  Scenario scenario;
  const auto server = start_server(scenario, "7");
  Answer slow;
  {
    const std::jthread client([&] { slow = scenario.get("/slow?ms=700"); });
    ASSERT_TRUE(eventually([&] { return scenario.get("/busy").body == "1\n"; }));
    server->signal(SIGTERM);
  }
  EXPECT_EQ(slow.body, "7\n");
  EXPECT_TRUE(exited(0, server->wait(enough)));
}

TEST(Probe, CountsNoFailureWhereThereIsNone) {
  Scenario scenario;
  const auto server = start_server(scenario, "7");
  Load load = scenario.start_load({"--slow", "/slow?ms=100", "--kinds", "get,post,connect,slow,upload,ws"});
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_THAT(report.answered_by(), ElementsAre("7"));
  for (const char* kind : {"get", "post", "connect", "slow", "upload", "ws"})
    EXPECT_GT(report.count(kind, "ok"), 0) << kind;
}

TEST(Probe, CountsEveryRequestThatAKilledServerLost) {
  Scenario scenario;
  auto server = start_server(scenario, "7");
  Load load = scenario.start_load({"--slow", "/slow?ms=200"});
  server.reset();  // SIGKILL
  const LoadReport report = load.stop();
  EXPECT_GE(report.count("slow", "reused_reset") + report.count("upload", "failed"), 4) << report.json.dump(1);
  EXPECT_EQ(report.failed(), report.count("get", "failed") + report.count("post", "failed") +
                                 report.count("connect", "failed") + report.count("slow", "failed") +
                                 report.count("upload", "failed"));
}

TEST(Probe, RefusesADestinationThatIsNotOnThisMachine) {
  Scenario scenario;
  const Output output = scenario.bluegreen({"probe", "http://192.0.2.77:80", "--for", "1s"});
  EXPECT_TRUE(exited(2, output));
  EXPECT_THAT(output.err, testing::HasSubstr("no load is sent there"));
}

TEST(Docker, ListsAndRemovesWhatHasTheProjectsLabelAndNothingElse) {
  Scenario scenario;
  const Docker& docker = scenario.docker();
  const auto create = [&](const std::string& name, const std::string& label) {
    docker.api("POST", "/containers/create?name=" + name,
               {{"Image", "bluegreen-test-server:2"}, {"Labels", {{label, scenario.project()}}}});
    docker.api("POST", "/containers/" + name + "/start");
  };
  create(scenario.project() + "-a", "bluegreen.project");
  create(scenario.project() + "-b", "com.docker.compose.project");
  create(scenario.project() + "-c", "other.project");
  EXPECT_THAT(docker.containers(scenario.project()), SizeIs(2));
  EXPECT_TRUE(eventually([&] { return docker.logs(scenario.project() + "-a") == "2 listens on 0.0.0.0:8000\n"; }));
  docker.remove_everything(scenario.project());
  EXPECT_THAT(docker.containers(scenario.project()), IsEmpty());
  EXPECT_EQ(docker.inspect(scenario.project() + "-c")["State"]["Status"], "running");
  docker.api("DELETE", "/containers/" + scenario.project() + "-c?force=1");
}

}  // namespace
}  // namespace bluegreen::e2e
