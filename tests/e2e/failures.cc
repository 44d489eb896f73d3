// SPDX-License-Identifier: MIT
// What goes wrong, end to end: each time a clear error that says what is wrong and what to do, the active release still
// serving, and the idle side cleared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr Milliseconds enough{20'000};

// Release 1 serves in BLUE; the app's `command` can be changed with COMMAND in .env.
class AFailedRelease : public testing::Test {
 protected:
  void SetUp() override {
    scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    command: ${COMMAND:-}
    x-bluegreen:
      port: 8000
      health: /healthz
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen:
      proxy: true
)");
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  }

  Output deploy_with(const std::string& command) {
    scenario.write(".env", "COMMAND=\"" + command + "\"\n");
    return scenario.bluegreen({"deploy", "--timeout", "3s"});
  }

  void TearDown() override {
    EXPECT_EQ(scenario.get().release(), "1");
    EXPECT_EQ(scenario.active(), "BLUE");
    EXPECT_THAT(scenario.container_names(), ElementsAre(scenario.project() + "-nginx-1", "web-BLUE"));
  }

  Scenario scenario;
};

TEST_F(AFailedRelease, ThatExitsAtOnceShowsItsCodeAndItsLog) {
  const Output output = deploy_with("--exit 3");
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("does not stay up"));
  EXPECT_THAT(output.err, HasSubstr("exits with 3, as told"));
}

TEST_F(AFailedRelease, ThatNeverGetsHealthyShowsTheLastAnswer) {
  const Output output = deploy_with("--never-healthy");
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("GET /healthz answered 503"));
}

TEST_F(AFailedRelease, OnAnotherPortSaysWhichOne) {
  const Output output = deploy_with("--port 8100");
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("nothing listens on port 8000; the app listens on 8100"));
  EXPECT_THAT(output.err, HasSubstr("x-bluegreen.port"));
}

TEST_F(AFailedRelease, OnLoopbackOnlySaysSo) {
  const Output output = deploy_with("--host 127.0.0.1");
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("listens on 127.0.0.1:8000 only"));
  EXPECT_THAT(output.err, HasSubstr("0.0.0.0:8000"));
}

TEST_F(AFailedRelease, OfAnImageThatIsNowhereSaysSo) {
  const Output output = scenario.bluegreen({"deploy", "--image", "web=bluegreen.invalid/nowhere:1"});
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("bluegreen.invalid/nowhere:1"));
}

TEST_F(AFailedRelease, ThatNginxRefusesIsNeverStarted) {
  scenario.write("over.yaml", "services: {web: {x-bluegreen: {snippet: \"prox_pass x;\"}}}\n");
  const Output output = scenario.bluegreen({"deploy", "-f", "compose.yaml", "-f", "over.yaml"});
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("unknown directive \"prox_pass\""));
  EXPECT_THAT(output.out, Not(HasSubstr("start web-GREEN")));
}

TEST_F(AFailedRelease, IsKeptOnRequestAndClearedByTheNextDeploy) {
  scenario.write(".env", "COMMAND=--never-healthy\n");
  EXPECT_TRUE(exited(1, scenario.bluegreen({"deploy", "--timeout", "1s", "--keep-failed"})));
  EXPECT_EQ(scenario.environment("web", "GREEN").size(), 1u);
  EXPECT_TRUE(exited(1, deploy_with("--exit 1")));
}

TEST_F(AFailedRelease, IsWhatCtrlCBeforeTheSwitchMakesOfIt) {
  scenario.write(".env", "COMMAND=\"--boot-delay 30s\"\n");
  auto program = scenario.start_bluegreen({"deploy"});
  ASSERT_TRUE(program->wait_for_text("start web-GREEN", enough));
  program->signal(SIGINT);
  const Output output = program->wait(enough);
  EXPECT_TRUE(exited(130, output));
  EXPECT_THAT(output.err, HasSubstr("interrupted"));
}

TEST_F(AFailedRelease, IsNotMadeByASecondProgramWhileTheFirstOneWorks) {
  scenario.write(".env", "COMMAND=\"--boot-delay 30s\"\n");
  auto program = scenario.start_bluegreen({"deploy"});
  ASSERT_TRUE(program->wait_for_text("start web-GREEN", enough));
  const Output second = scenario.bluegreen({"deploy"});
  EXPECT_TRUE(exited(3, second));
  EXPECT_THAT(second.err, HasSubstr("locked by bluegreen deploy (process"));
  program->signal(SIGTERM);
  EXPECT_TRUE(exited(130, program->wait(enough)));
}

TEST(BadInput, IsRefusedWithFileLineAndColumnAndNothingIsTouched) {
  Scenario scenario;
  scenario.write_compose("services:\n  web:\n    imag: nginx\n    x-bluegreen: {prot: 80, host: \"a;b\"}\n");
  const Output output = scenario.bluegreen({"deploy"});
  EXPECT_TRUE(exited(2, output));
  EXPECT_THAT(output.err, HasSubstr("compose.yaml:4:5: services.web.imag: unknown key; did you mean \"image\"?"));
  EXPECT_THAT(output.err, HasSubstr("compose.yaml:5:"));
  EXPECT_TRUE(scenario.container_names().empty());
}

TEST(BadInput, OnTheCommandLineIsExplained) {
  Scenario scenario;
  scenario.write_usual_compose();
  const Output typo = scenario.bluegreen({"deplyo"});
  EXPECT_TRUE(exited(2, typo));
  EXPECT_THAT(typo.err, HasSubstr("did you mean deploy?"));
  const Output app = scenario.bluegreen({"deploy", "wbe"});
  EXPECT_TRUE(exited(2, app));
  EXPECT_THAT(app.err, HasSubstr("there is no app wbe"));
  EXPECT_TRUE(exited(2, scenario.bluegreen({"deploy", "--timeout", "soon"})));
}

TEST(NoEngine, IsSaidWithWhatToDo) {
  Scenario scenario;
  scenario.write_usual_compose();
  const Output output = scenario.bluegreen({"deploy", "-H", "unix:///nowhere/docker.sock"});
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("no Docker engine at /nowhere/docker.sock"));
}

TEST(APortInUse, IsNamed) {
  Scenario scenario;
  scenario.write_compose(R"(services:
  first: {image: "bluegreen-test-server:1", ports: ["127.0.0.1:{port}:8000"]}
  second: {image: "bluegreen-test-server:1", ports: ["127.0.0.1:{port}:8000"], depends_on: [first]}
)");
  const Output output = scenario.bluegreen({"up"});
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("port " + std::to_string(scenario.port()) + " is taken"));
  EXPECT_THAT(scenario.container_names(), ElementsAre(scenario.project() + "-first-1"));
}

TEST(AFirstReleaseThatFails, LeavesNothingInNginx) {
  Scenario scenario;
  scenario.write_usual_compose();
  scenario.write("over.yaml", "services: {web: {command: --never-healthy}}\n");
  EXPECT_TRUE(exited(1, scenario.bluegreen({"deploy", "-f", "compose.yaml", "-f", "over.yaml", "--timeout", "1s"})));
  EXPECT_THAT(scenario.container_names(), ElementsAre(scenario.project() + "-nginx-1"));
  EXPECT_TRUE(scenario.read("conf.d/bluegreen." + scenario.project() + ".web.conf").empty());
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get().release(), "1");
}

// What somebody changed behind bluegreen's back is shown, with what to do about it; the next deploy mends it.
class Drift : public testing::Test {
 protected:
  void SetUp() override {
    scenario.write_usual_compose();
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"})));
  }

  std::string drift() { return scenario.bluegreen({"status", "web", "-f", "compose.yaml"}).out; }

  void expect_mended() {
    EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:3"})));
    EXPECT_EQ(scenario.get().release(), "3");
    EXPECT_THAT(drift(), Not(HasSubstr("!")));
  }

  Scenario scenario;
};

TEST_F(Drift, OfAConfigurationEditedByHand) {
  const auto name = "conf.d/bluegreen." + scenario.project() + ".web.conf";
  scenario.write(name, scenario.read(name) + "# mine\n");
  EXPECT_THAT(drift(), HasSubstr("edited by hand"));
  expect_mended();
}

TEST_F(Drift, OfAConfigurationThatWasRemoved) {
  std::filesystem::remove(scenario.directory() / ("conf.d/bluegreen." + scenario.project() + ".web.conf"));
  EXPECT_THAT(drift(), HasSubstr("nginx has no configuration for web"));
  expect_mended();
}

TEST_F(Drift, OfAMarkerThatWasRemoved) {
  std::filesystem::remove(scenario.directory() / ("conf.d/active/" + scenario.project() + ".web.GREEN"));
  EXPECT_THAT(drift(), HasSubstr("bluegreen switch web GREEN"));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"switch", "web", "GREEN"})));
  EXPECT_EQ(scenario.get().release(), "2");
  expect_mended();
}

TEST_F(Drift, OfAContainerThatWasRemoved) {
  scenario.docker().api("DELETE", "/containers/" + scenario.environment("web", "GREEN").at(0).id + "?force=1");
  EXPECT_THAT(drift(), HasSubstr("where nothing stands"));
  expect_mended();
}

}  // namespace
}  // namespace bluegreen::e2e
