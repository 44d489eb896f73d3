// SPDX-License-Identifier: MIT
// What the probe sees while the program works: nothing lost, by any kind of client, and the evidence of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsSupersetOf;

const std::vector<std::string> image_2{"--image", "web=bluegreen-test-server:2"};
const std::vector<std::string> image_3{"--image", "web=bluegreen-test-server:3"};

std::vector<std::string> deploy(const std::vector<std::string>& image, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"deploy"};
  words.insert(words.end(), image.begin(), image.end());
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// The event `probe` among those of --json.
json probe_event(const std::string& out) {
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    auto event = json::parse(line, nullptr, false);
    if (event.is_object() && event.value("event", "") == "probe") return event;
  }
  ADD_FAILURE() << "no event probe in\n" << out;
  return json::object();
}

TEST(ProbedDeploy, LosesNothingOfAnyKindAndSaysWhenTheNewOneTookOver) {
  Scenario scenario;
  scenario.write_usual_compose();
  const auto url = scenario.url() + "/";
  const Output first = scenario.bluegreen({"deploy", "--probe", url});
  EXPECT_TRUE(exited(0, first));
  EXPECT_THAT(first.out, HasSubstr("does not answer yet"));
  EXPECT_THAT(first.out, HasSubstr(" requests, 0 failed"));
  EXPECT_THAT(first.out, HasSubstr("first answer of 1 after "));

  // WebSockets and event streams are held across the switch, and nothing touches them.
  ASSERT_TRUE(exited(0, scenario.bluegreen(deploy(image_2, {"--no-switch"}))));
  const std::string all_kinds = "get,connect,pipelined,post,slow,upload,ws,sse";
  Load held = scenario.start_load({"--kinds", all_kinds, "--slow", "/slow?ms=300", "--connections", "2"});
  EXPECT_TRUE(exited(0, scenario.bluegreen({"switch", "web"})));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // a switch is over before the next request is due
  const LoadReport across = held.stop();
  EXPECT_EQ(across.failed(), 0) << across.failures();
  EXPECT_THAT(across.answered_by(), IsSupersetOf({"1", "2"}));
  for (const char* kind : {"get", "connect", "pipelined", "post", "slow", "upload", "ws", "sse"})
    EXPECT_GT(across.count(kind, "ok"), 0) << kind;
  for (const auto& step : across.json["held_timeline"]) EXPECT_EQ(step["answers"].size(), 1) << step;

  // Through a whole deploy, drain included, they are held for a second each.
  Load load =
      scenario.start_load({"--kinds", all_kinds, "--slow", "/slow?ms=300", "--connections", "2", "--hold", "1s"});
  const Output probed = scenario.bluegreen(deploy(image_3, {"--probe", url, "--probe-html", "probe.html", "--json"}));
  const LoadReport report = load.stop();
  EXPECT_TRUE(exited(0, probed));
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_THAT(report.answered_by(), IsSupersetOf({"2", "3"}));

  const auto evidence = probe_event(probed.out);
  EXPECT_EQ(evidence["failed"], 0) << evidence["failures"];
  EXPECT_GT(evidence["sent"], 0);
  ASSERT_EQ(evidence["switches"].size(), 1);
  const auto& handover = evidence["switches"][0];
  EXPECT_EQ(handover["from"], "2");
  EXPECT_EQ(handover["to"], "3");
  // How soon depends on the machine, and is measured in scripts/bench.
  ASSERT_TRUE(handover["first_of_new_ms"].is_number()) << handover;
  EXPECT_LT(handover["began_ms"].get<double>() + handover["first_of_new_ms"].get<double>(), evidence["took_ms"]);
  EXPECT_THAT(scenario.read("probe.html"), HasSubstr("switch web to BLUE"));
}

TEST(ProbedDeploy, SaysLoudlyWhatTheNewReleaseBroke) {
  Scenario scenario;
  scenario.write_usual_compose("1\n    environment: {FEATURE: here}");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  scenario.write_usual_compose("2");
  const Output output = scenario.bluegreen({"deploy", "--probe", scenario.url() + "/env?name=FEATURE"});
  EXPECT_TRUE(exited(0, output));  // it is deployed, and healthy by its own word
  EXPECT_EQ(scenario.get().release(), "2");
  EXPECT_THAT(output.err, HasSubstr("warning: probe: requests were lost"));
  EXPECT_THAT(output.err, HasSubstr("status 404"));
}

TEST(ProbedDeploy, LosesNothingOverTlsAndHttp2) {
  Scenario scenario;
  std::filesystem::create_directories(scenario.directory() / "conf.d/tls");
  const auto made =
      Process({.words = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                         "-keyout", "conf.d/tls/key.pem", "-out", "conf.d/tls/cert.pem"},
               .directory = scenario.directory()})
          .wait(Milliseconds(20'000));
  ASSERT_TRUE(exited(0, made));
  scenario.write("conf.d/tls.conf", R"(server {
  listen 443 ssl http2;
  ssl_certificate /etc/nginx/conf.d/tls/cert.pem;
  ssl_certificate_key /etc/nginx/conf.d/tls/key.pem;
  location / { proxy_pass http://127.0.0.1:80; proxy_http_version 1.1; proxy_set_header Connection ""; }
}
)");
  scenario.write_usual_compose("1");
  auto compose = scenario.read("compose.yaml");
  const std::string published = "127.0.0.1:" + std::to_string(scenario.port()) + ":80\"";
  compose.insert(compose.find(published) + published.size(),
                 ", \"127.0.0.1:" + std::to_string(scenario.port(1)) + ":443\"");
  scenario.write("compose.yaml", compose);
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));

  const auto url = "https://localhost:" + std::to_string(scenario.port(1)) + "/";
  const Output untrusted = scenario.bluegreen({"probe", url});
  EXPECT_TRUE(exited(2, untrusted));
  EXPECT_THAT(untrusted.err, HasSubstr("the certificate is not trusted"));

  Load load(url, scenario.directory(),
            {"--kinds", "get,connect,pipelined,h2", "--connections", "2", "--cacert", "conf.d/tls/cert.pem"});
  EXPECT_TRUE(exited(0, scenario.bluegreen(deploy(image_2))));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_THAT(report.answered_by(), IsSupersetOf({"1", "2"}));
  for (const char* kind : {"get", "connect", "pipelined", "h2"}) EXPECT_GT(report.count(kind, "ok"), 0) << kind;
}

TEST(ProbedDeploy, IsNotBegunWhereTheProbeCannotBe) {
  Scenario scenario;
  scenario.write_usual_compose();
  const Output output = scenario.bluegreen({"deploy", "--probe", "http://192.0.2.77/"});
  EXPECT_TRUE(exited(2, output));
  EXPECT_THAT(output.err, HasSubstr("is not this machine"));
  EXPECT_THAT(scenario.container_names(), testing::IsEmpty());
}

}  // namespace
}  // namespace bluegreen::e2e
