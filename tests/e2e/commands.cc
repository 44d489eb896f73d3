// SPDX-License-Identifier: MIT
// Every command, end to end, as a person or a program uses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<json> events_of(const std::string& text) {
  std::vector<json> events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) events.push_back(json::parse(line, nullptr, false));
  return events;
}

TEST(Plan, ShowsTheStepsAndTouchesNothing) {
  Scenario scenario;
  scenario.write_usual_compose();
  const Output plan = scenario.bluegreen({"plan"});
  EXPECT_TRUE(exited(0, plan));
  EXPECT_THAT(plan.out, HasSubstr("start web-BLUE (bluegreen-test-server:1)"));
  EXPECT_THAT(plan.out, HasSubstr("switch web to BLUE"));
  EXPECT_EQ(scenario.bluegreen({"deploy", "--dry-run"}).out, plan.out);
  EXPECT_THAT(scenario.container_names(), IsEmpty());
  EXPECT_THAT(scenario.docker().networks(scenario.project()), IsEmpty());
}

TEST(Apply, MakesAReleaseOnlyWhereSomethingDiffers) {
  Scenario scenario;
  scenario.write_usual_compose();
  EXPECT_TRUE(exited(0, scenario.bluegreen({"apply"})));
  const auto id = scenario.environment("web", "BLUE").at(0).id;
  const Output again = scenario.bluegreen({"apply"});
  EXPECT_TRUE(exited(0, again));
  EXPECT_THAT(again.out, HasSubstr("nothing to do"));
  EXPECT_EQ(scenario.environment("web", "BLUE").at(0).id, id);
  EXPECT_TRUE(exited(0, scenario.bluegreen({"apply", "--image", "web=bluegreen-test-server:2"})));
  EXPECT_EQ(scenario.get().release(), "2");
  scenario.write("over.yaml", "services: {web: {environment: {A: b}}}\n");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"apply", "-f", "compose.yaml", "-f", "over.yaml"})));
  EXPECT_EQ(scenario.get("/env?name=A").body, "b\n");
}

TEST(Up, StartsOnlyInfrastructureAndDownRemovesWhatWasMade) {
  Scenario scenario;
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    x-bluegreen: {port: 8000, health: /healthz}
  db:
    image: bluegreen-test-server:5
    volumes: ["data:/data"]
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    depends_on: [db]
    x-bluegreen: {proxy: true}
volumes: {data: {}}
)");
  scenario.write("conf.d/mine.conf", "server { listen 8088; }\n");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"up"})));
  EXPECT_THAT(scenario.container_names(), ElementsAre(scenario.project() + "-db-1", scenario.project() + "-nginx-1"));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_TRUE(exited(2, scenario.bluegreen({"down"})));  // nobody is there to ask
  EXPECT_EQ(scenario.get().release(), "1");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"down", "--yes"})));
  EXPECT_THAT(scenario.container_names(), IsEmpty());
  EXPECT_THAT(scenario.docker().networks(scenario.project()), IsEmpty());
  EXPECT_THAT(scenario.docker().volumes(scenario.project()), ElementsAre(scenario.project() + "_data"));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"down", "--yes", "--volumes"})));
  EXPECT_THAT(scenario.docker().volumes(scenario.project()), IsEmpty());
  EXPECT_EQ(scenario.read("conf.d/mine.conf"), "server { listen 8088; }\n");
}

TEST(Status, SaysWhoServesAndWhatTheOtherSideHolds) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      retire: keep\n");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"status"})));
  EXPECT_EQ(scenario.active(), "");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"})));
  const auto status = json::parse(scenario.bluegreen({"status", "-f", "compose.yaml", "--json"}).out);
  const auto& app = status["apps"][0];
  EXPECT_EQ(app["name"], "web");
  EXPECT_EQ(app["active"], "GREEN");
  const auto& green = app["environments"]["GREEN"];
  EXPECT_EQ(green["image"], "bluegreen-test-server:2");
  EXPECT_EQ(green["running"], 1);
  EXPECT_EQ(green["containers"][0]["name"], "web-GREEN");
  EXPECT_NE(green["release"], app["environments"]["BLUE"]["release"]);
  EXPECT_EQ(app["drift"], json::array());
  EXPECT_EQ(status["proxy"]["state"], "running");
}

TEST(Switch, GoesToAnEnvironmentThatIsUpAndIsElseRefused) {
  Scenario scenario;
  scenario.write_usual_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_TRUE(exited(1, scenario.bluegreen({"switch", "web", "GREEN"})));
  EXPECT_EQ(scenario.get().release(), "1");
  const Output deployed =
      scenario.bluegreen({"deploy", "--no-switch", "--image", "web=bluegreen-test-server:2", "--json"});
  ASSERT_TRUE(exited(0, deployed));
  EXPECT_EQ(scenario.get().release(), "1");
  const auto preview = events_of(deployed.out).back()["preview"].get<std::string>();
  EXPECT_THAT(preview, HasSubstr(":7999"));
  EXPECT_EQ(events_of(deployed.out).back()["preview_hosts"][0], "web." + scenario.project() + ".preview");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"switch", "web"})));
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"switch", "web", "BLUE"})));
  EXPECT_EQ(scenario.get().release(), "1");
}

TEST(Rollback, WithoutAReleaseBeforeIsRefused) {
  Scenario scenario;
  scenario.write_usual_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const Output output = scenario.bluegreen({"rollback", "web"});
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("no release of web before the active one"));
  EXPECT_EQ(scenario.get().release(), "1");
}

TEST(Config, ShowsTheResolvedProjectWithoutItsSecrets) {
  Scenario scenario;
  scenario.write_usual_compose();
  scenario.write("over.yaml", "services: {web: {environment: {DB_PASSWORD: hunter2, MODE: \"${MODE:-fast}\"}}}\n");
  for (const auto& format : {std::vector<std::string>{}, std::vector<std::string>{"--json"}}) {
    std::vector<std::string> words{"config", "-f", "compose.yaml", "-f", "over.yaml"};
    words.insert(words.end(), format.begin(), format.end());
    const Output output = scenario.bluegreen(words);
    EXPECT_TRUE(exited(0, output));
    EXPECT_THAT(output.out, HasSubstr("fast"));
    EXPECT_THAT(output.out, Not(HasSubstr("hunter2")));
  }
}

TEST(Logs, AreThoseOfTheEnvironmentAskedFor) {
  Scenario scenario;
  scenario.write_usual_compose("1", "      retire: keep\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:2"})));
  EXPECT_THAT(scenario.bluegreen({"logs", "web"}).out, HasSubstr("2 listens on"));
  EXPECT_THAT(scenario.bluegreen({"logs", "web", "--color", "BLUE", "--tail", "1"}).out, HasSubstr("1 listens on"));
}

TEST(Json, IsOneObjectALineWhileWorkingAndForAnError) {
  Scenario scenario;
  scenario.write_usual_compose();
  const Output output = scenario.bluegreen({"deploy", "--json"});
  ASSERT_TRUE(exited(0, output));
  const auto events = events_of(output.out);
  for (const auto& event : events) EXPECT_TRUE(event.is_object()) << output.out;
  EXPECT_EQ(events.back()["event"], "released");
  EXPECT_EQ(events.back()["color"], "BLUE");
  EXPECT_EQ(events.back()["active"], true);
  const auto failed = events_of(scenario.bluegreen({"switch", "web", "--json"}).out);
  EXPECT_EQ(failed.back()["event"], "error");
  EXPECT_EQ(failed.back()["exit_code"], 1);
}

TEST(Quiet, SaysNothingWhereNothingIsWrong) {
  Scenario scenario;
  scenario.write_usual_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));  // it reloads nginx, of which an old one has a warning
  const Output output = scenario.bluegreen({"deploy", "--quiet"});
  EXPECT_TRUE(exited(0, output));
  EXPECT_EQ(output.out + output.err, "");
}

TEST(Help, HasAnExampleForEveryCommand) {
  Scenario scenario;
  EXPECT_TRUE(exited(0, scenario.bluegreen({"--version"})));
  for (const char* command :
       {"deploy", "apply", "plan", "up", "down", "status", "switch", "rollback", "config", "logs"}) {
    const Output output = scenario.bluegreen({command, "--help"});
    EXPECT_TRUE(exited(0, output));
    EXPECT_THAT(output.out, HasSubstr("Example:\n  bluegreen " + std::string(command))) << command;
  }
}

}  // namespace
}  // namespace bluegreen::e2e
