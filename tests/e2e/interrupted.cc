// SPDX-License-Identifier: MIT
// Ctrl-C and SIGTERM in each phase (tests/e2e/signalled sends them at a step's beginning): before the switch the way is
// back, after it forward; the message says which; exit code 130; no request is lost either way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Interrupted : public testing::Test {
 protected:
  static constexpr const char* forward = "interrupted after the switch: finished";

  Output deploy_interrupted_at(const std::string& moment) {
    SCOPED_TRACE(moment);
    const Output output = scenario.bluegreen_signalled(moment, {"deploy"});
    EXPECT_TRUE(exited(130, output));
    return output;
  }

  // Exactly one environment stands, and it serves.
  void expect_to_serve(const std::string& color, const std::string& release) {
    EXPECT_EQ(scenario.get().release(), release);
    EXPECT_EQ(scenario.active(), color);
    EXPECT_THAT(scenario.environment("web", color), SizeIs(1));
    EXPECT_THAT(scenario.container_names(), SizeIs(2));  // and nginx
  }

  Scenario scenario;
};

TEST_F(Interrupted, BeforeTheSwitchTheWayIsBackAndAfterItForward) {
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:${RELEASE:-1}
    command: --port ${PORT:-8000}
    x-bluegreen:
      port: ${PORT:-8000}
      health: /healthz
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true}
)");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  Load load = scenario.start_load({"--kinds", "get,post,connect,slow", "--slow", "/slow?ms=300"});

  scenario.write(".env", "RELEASE=2\n");
  for (const auto* moment : {"INT begin start", "TERM begin verify"}) {
    const Output output = deploy_interrupted_at(moment);
    EXPECT_THAT(output.err, HasSubstr("interrupted"));
    EXPECT_THAT(output.err, Not(HasSubstr("after the switch")));
    EXPECT_THAT(output.out, HasSubstr("web-GREEN is cleared"));
    expect_to_serve("BLUE", "1");
  }

  EXPECT_THAT(deploy_interrupted_at("INT begin switch").err, HasSubstr(forward));
  expect_to_serve("GREEN", "2");
  scenario.write(".env", "RELEASE=3\n");
  EXPECT_THAT(deploy_interrupted_at("TERM begin drain").err, HasSubstr(forward));
  expect_to_serve("BLUE", "3");
  scenario.write(".env", "RELEASE=4\n");
  EXPECT_THAT(deploy_interrupted_at("INT begin retire").err, HasSubstr(forward));
  expect_to_serve("GREEN", "4");
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();

  scenario.write(".env", "RELEASE=5\nPORT=8005\n");
  EXPECT_THAT(deploy_interrupted_at("TERM begin configure").out, HasSubstr("web-BLUE is cleared"));
  expect_to_serve("GREEN", "4");
}

TEST_F(Interrupted, OnTheWayToAFirstReleaseLeavesInfrastructureAndNothingInNginx) {
  scenario.write_usual_compose();
  deploy_interrupted_at("INT begin infrastructure");
  EXPECT_THAT(scenario.container_names(), ElementsAre(scenario.project() + "-nginx-1"));
  for (const auto* moment : {"TERM begin hold", "INT begin verify"}) {
    EXPECT_THAT(deploy_interrupted_at(moment).err, HasSubstr("interrupted"));
    EXPECT_THAT(scenario.container_names(), ElementsAre(scenario.project() + "-nginx-1"));
    EXPECT_THAT(scenario.read("conf.d/bluegreen." + scenario.project() + ".web.conf"), IsEmpty());
  }
  EXPECT_THAT(deploy_interrupted_at("TERM begin switch").err, HasSubstr(forward));
  expect_to_serve("BLUE", "1");
}

TEST_F(Interrupted, ARollbackAndASwitchKeepTheSameRule) {
  scenario.write_usual_compose("1", "      retire: keep\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"})));
  for (const auto& command : {std::vector<std::string>{"switch", "web"}, {"rollback", "web"}}) {
    EXPECT_TRUE(exited(130, scenario.bluegreen_signalled("INT begin verify", command)));
    EXPECT_EQ(scenario.get().release(), "2");
    EXPECT_EQ(scenario.environment("web", "BLUE").size(), 1u);  // what stood there before stays
  }
  const Output output = scenario.bluegreen_signalled("TERM begin switch", {"rollback", "web"});
  EXPECT_TRUE(exited(130, output));
  EXPECT_THAT(output.err, HasSubstr(forward));
  EXPECT_EQ(scenario.get().release(), "1");
}

}  // namespace
}  // namespace bluegreen::e2e
