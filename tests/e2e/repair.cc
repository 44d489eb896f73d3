// SPDX-License-Identifier: MIT
// What somebody broke behind bluegreen's back: `status` says so, and `repair` puts it right without a new release. Each
// test breaks one thing after the other in one project; after each of them the same release serves as before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

class Repair : public testing::Test {
 protected:
  // Release 2 serves in GREEN.
  void deploy_twice(const std::string& more = "") {
    scenario.write_usual_compose("1", more);
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
    ASSERT_TRUE(exited(0, scenario.bluegreen(deploy_2)));
    release = app()["environments"]["GREEN"]["release"];
  }

  json app() { return scenario.status()["apps"][0]; }

  void expect_drift(const std::string& what) {
    EXPECT_THAT(scenario.bluegreen({"status", "-f", "compose.yaml"}).out, HasSubstr("! " + what));
  }

  void expect_in_order(const std::string& color = "GREEN") {
    EXPECT_TRUE(
        eventually([&] { return scenario.get().release() == "2"; }));  // an nginx that was just started listens soon
    const auto now = app();
    EXPECT_EQ(now["drift"], json::array());
    EXPECT_EQ(now["active"], color);
    EXPECT_EQ(now["environments"][color]["release"], release);
    EXPECT_THAT(scenario.environment("web", color), SizeIs(1));
  }

  void repair(const std::string& color = "GREEN") {
    EXPECT_TRUE(exited(0, scenario.bluegreen({"repair"})));
    expect_in_order(color);
  }

  std::string id_of(const std::string& color) { return scenario.environment("web", color).at(0).id; }
  void remove_container(const std::string& id) { scenario.docker().api("DELETE", "/containers/" + id + "?force=1"); }

  Scenario scenario;
  const std::vector<std::string> deploy_2{"deploy", "--image", "web=bluegreen-test-server:2"};
  std::string release;
  const std::string conf = "conf.d/bluegreen." + scenario.project() + ".web.conf";
  const std::string nginx = scenario.project() + "-nginx-1";
};

TEST_F(Repair, OfNginxsFiles) {
  deploy_twice();
  scenario.write(conf, scenario.read(conf) + "# mine\n");
  expect_drift("the configuration of web was edited by hand");
  repair();

  std::filesystem::remove(scenario.directory() / conf);
  expect_drift("nginx has no configuration for web");
  repair();

  std::filesystem::remove(scenario.directory() / ("conf.d/active/" + scenario.project() + ".web.GREEN"));
  EXPECT_NE(scenario.get().status, 200);
  expect_drift("nginx sends requests to web-BLUE, where nothing stands");
  repair();
}

TEST_F(Repair, OfTheActiveContainer) {
  deploy_twice();
  const auto before = id_of("GREEN");
  scenario.docker().kill(before);
  expect_drift("nginx sends requests to web-GREEN, which does not run");
  repair();
  EXPECT_EQ(id_of("GREEN"), before);

  remove_container(before);
  expect_drift("nginx sends requests to web-GREEN, where nothing stands");
  repair();
}

TEST_F(Repair, OfBothColorsKilledBringsTheActiveOneBack) {
  deploy_twice("      retire: keep\n");
  const auto kill_what_runs = [&] {
    for (const auto& one : scenario.docker().containers(scenario.project())) {
      if (one.state == "running" && one.name != nginx) scenario.docker().kill(one.id);
    }
  };
  kill_what_runs();
  EXPECT_NE(scenario.get().status, 200);
  repair();
  kill_what_runs();
  EXPECT_TRUE(exited(0, scenario.bluegreen(deploy_2)));  // so does a deploy, with a new release
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_EQ(app()["drift"], json::array());
}

TEST_F(Repair, OfNginxItself) {
  deploy_twice();
  scenario.docker().api("POST", "/containers/" + nginx + "/restart");
  expect_in_order();  // nothing to repair

  scenario.docker().kill(nginx);
  expect_drift("nginx (" + nginx + ") does not run");
  repair();

  for (const auto* command : {"repair", "up"}) {
    remove_container(nginx);
    expect_drift("there is no nginx container");
    EXPECT_TRUE(exited(0, scenario.bluegreen({command})));
    expect_in_order();
  }

  remove_container(nginx);
  EXPECT_TRUE(exited(0, scenario.bluegreen(deploy_2)));
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_EQ(app()["drift"], json::array());
}

TEST_F(Repair, OfTheManagedNetwork) {
  deploy_twice();
  const auto& docker = scenario.docker();
  const auto network = scenario.project() + "_bluegreen";
  docker.api("POST", "/networks/" + network + "/disconnect", {{"Container", nginx}, {"Force", true}});
  expect_drift("nginx is not on the network " + network);
  repair();

  for (const auto& container : {nginx, id_of("GREEN")})
    docker.api("POST", "/networks/" + network + "/disconnect", {{"Container", container}, {"Force", true}});
  docker.api("DELETE", "/networks/" + network);
  expect_drift("the network " + network + " is missing");
  repair();
}

// Killed before the switch it leaves what `deploy --no-switch` leaves: nothing is wrong, and the next deploy clears it.
TEST_F(Repair, OfWhatADeployLeftThatWasKilledAfterTheSwitch) {
  deploy_twice();
  Load load = scenario.start_load({"--kinds", "get,post,connect"});
  EXPECT_TRUE(exited(137, scenario.bluegreen_signalled("KILL begin drain", deploy_2)));
  release = app()["environments"]["BLUE"]["release"];
  expect_drift("web-GREEN still holds an older release");
  repair("BLUE");
  EXPECT_THAT(scenario.container_names(), SizeIs(2));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
}

TEST_F(Repair, FindsNothingToDoWhereNothingIsWrong) {
  deploy_twice();
  const auto before = id_of("GREEN");
  repair();
  EXPECT_EQ(id_of("GREEN"), before);
}

}  // namespace
}  // namespace bluegreen::e2e
