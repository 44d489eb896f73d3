// SPDX-License-Identifier: MIT
// The engine hangs up, refuses, or talks nonsense in the middle of a command: the error names the request, the active
// release serves on without losing a request, and the next deploy through the honest engine leaves nothing over.
#include "support/lying_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <set>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

using Request = LyingEngine::Request;

std::string honest_engine() {
  const char* host = std::getenv("DOCKER_HOST");
  return host == nullptr || *host == '\0' ? "unix:///var/run/docker.sock" : host;
}

// Release 1 serves in BLUE.
class ALyingEngine : public testing::Test {
 protected:
  void SetUp() override {
    scenario.write_usual_compose();
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  }

  Output through(const LyingEngine& liar, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-H", liar.host()});
    return scenario.bluegreen(arguments);
  }

  // The lie is told about the first request of this name.
  Output deploy_with_a_lie_about(const std::string& request, const Lie& lie) {
    bool told = false;
    LyingEngine liar(honest_engine(), [&](const Request& asked) -> std::optional<Lie> {
      if (told || asked.name != request) return {};
      told = true;
      return lie;
    });
    auto output = through(liar, {"deploy", "--image", "web=bluegreen-test-server:2"});
    EXPECT_TRUE(told) << request;
    return output;
  }

  void expect_release_1_serves() {
    EXPECT_EQ(scenario.get().release(), "1");
    EXPECT_EQ(scenario.active(), "BLUE");
  }

  void expect_an_honest_deploy_mends_all() {
    EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:3"})));
    EXPECT_EQ(scenario.get().release(), "3");
    EXPECT_EQ(scenario.environment("web", scenario.active()).size(), 1U);
    EXPECT_EQ(scenario.container_names().size(), 2U);  // and nginx
  }

  Scenario scenario;
};

// "POST /containers/0a1b.../start" -> "POST /containers/*/start"
std::string kind_of(const std::string& request) {
  constexpr std::size_t id_size = 64;
  auto kind = request;
  for (std::size_t slash = kind.find('/'); slash != std::string::npos; slash = kind.find('/', slash + 1)) {
    const auto end = std::min(kind.find('/', slash + 1), kind.size());
    if (end - slash - 1 == id_size) kind.replace(slash + 1, id_size, "*");
  }
  return kind;
}

TEST_F(ALyingEngine, ThatHangsUpOnAnyRequestOfADeployLosesNoneOfThePeoples) {
  std::set<std::string> kinds;
  int deploys = 0;
  const auto deploy_through = [&](const LyingEngine& liar) {  // with a change of nginx's configuration, each time
    scenario.write_usual_compose("2", "      body_size: " + std::to_string(++deploys) + "m\n");
    return through(liar, {"deploy"});
  };
  {
    LyingEngine witness(honest_engine(), [](const Request&) { return std::nullopt; });
    ASSERT_TRUE(exited(0, deploy_through(witness)));
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:1"})));
    for (const auto& request : witness.requests()) kinds.insert(kind_of(request));
  }
  ASSERT_THAT(kinds,
              testing::IsSupersetOf({"GET /containers/json", "POST /containers/create", "POST /containers/*/start",
                                     "POST /containers/*/exec", "POST /containers/*/stop", "DELETE /containers/*"}));
  // Each deploy here reloads nginx.
  auto load = scenario.start_load({"--kinds", "connect,slow", "--slow", "/slow?ms=300", "--rate", "20"});
  for (const auto& kind : kinds) {
    bool told = false;
    // What changes something is done, and its answer lost.
    LyingEngine liar(honest_engine(), [&](const Request& asked) -> std::optional<Lie> {
      if (told || kind_of(asked.name) != kind) return {};
      told = true;
      return Lie{.text = "", .then = Lie::Then::close, .done = !kind.starts_with("GET")};
    });
    const auto before = scenario.get().release();
    const auto output = deploy_through(liar);
    EXPECT_TRUE(told) << kind;
    EXPECT_THAT(output.exit_code, AnyOf(0, 1)) << kind << output.err;
    EXPECT_EQ(scenario.get().release(), output.exit_code == 0 ? "2" : before) << kind << output.out << output.err;
  }
  expect_an_honest_deploy_mends_all();
  const auto report = load.stop();
  EXPECT_EQ(report.failed_but_reused(), 0) << report.failures();
}

TEST_F(ALyingEngine, IsNamedWithTheRequestThatItHungUpOn) {
  const auto output = deploy_with_a_lie_about("POST /containers/create", {"", Lie::Then::close});
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("POST /containers/create"));
  EXPECT_THAT(output.err, HasSubstr("the connection was closed without an answer"));
  EXPECT_THAT(output.err, HasSubstr("docker -H unix:///tmp/bluegreen-lying"));
  expect_release_1_serves();
  expect_an_honest_deploy_mends_all();
}

TEST_F(ALyingEngine, ThatRefusesOrTalksNonsenseIsQuoted) {
  const auto refused = deploy_with_a_lie_about(
      "POST /containers/create", Lie::says("500 Internal Server Error", R"({"message":"no space left on device"})"));
  EXPECT_TRUE(exited(1, refused));
  EXPECT_THAT(refused.err, HasSubstr("engine answered 500 to POST /containers/create: no space left on device"));
  expect_release_1_serves();

  const auto nonsense = deploy_with_a_lie_about("GET /networks", Lie::says("200 OK", "<html>Welcome</html>"));
  EXPECT_TRUE(exited(1, nonsense));
  EXPECT_THAT(nonsense.err, HasSubstr("GET /networks: the engine's answer makes no sense"));
  expect_release_1_serves();

  const auto half = deploy_with_a_lie_about(
      "POST /containers/create", {"HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{\"Id\"", Lie::Then::close, true});
  EXPECT_TRUE(exited(1, half));
  EXPECT_THAT(half.err, HasSubstr("the connection was closed in the middle of the answer"));
  expect_release_1_serves();
  expect_an_honest_deploy_mends_all();
}

TEST_F(ALyingEngine, IsNoReasonForStatusOrRollbackToGuess) {
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"})));
  LyingEngine empty(honest_engine(), [](const Request& asked) -> std::optional<Lie> {
    if (asked.name == "GET /containers/json") return Lie::says("200 OK", R"([{"Names":["/web-BLUE"]}])");
    return {};
  });
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"status"}, {"rollback", "web"}, {"switch", "web"}, {"down", "--yes"}, {"up"}}) {
    const auto output = through(empty, command);
    EXPECT_TRUE(exited(1, output)) << command.front();
    EXPECT_THAT(output.err, HasSubstr("GET /containers/json: the engine's answer makes no sense"));
  }
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_EQ(scenario.active(), "GREEN");
  expect_an_honest_deploy_mends_all();
}

TEST_F(ALyingEngine, ThatFallsSilentInALogIsLeftAtOnceWithCtrlC) {
  for (const std::string silent_in : {"/json", "/logs"}) {
    std::atomic<bool> reached = false;
    LyingEngine liar(honest_engine(), [&](const Request& asked) -> std::optional<Lie> {
      const bool about_one = asked.name.starts_with("GET /containers/") && asked.name != "GET /containers/json";
      // The first looks at a container are those for nginx.
      if (!about_one || !asked.name.ends_with(silent_in)) return {};
      const auto id = asked.name.substr(std::string("GET /containers/").size(), 64);
      if (scenario.environment("web", "BLUE").at(0).id != id) return {};
      reached = true;
      return Lie{"", Lie::Then::hang};
    });
    auto program = scenario.start_bluegreen({"logs", "web", "--follow", "-H", liar.host()});
    ASSERT_TRUE(eventually([&] { return reached.load(); })) << silent_in;
    program->signal(SIGINT);
    EXPECT_TRUE(exited(0, program->wait(Milliseconds(5'000)))) << silent_in;
  }
}

}  // namespace
}  // namespace bluegreen::e2e
