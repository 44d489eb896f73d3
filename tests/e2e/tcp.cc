// SPDX-License-Identifier: MIT
// A service that speaks TCP, behind nginx's stream block. What it says happens to be HTTP, of which nginx knows nothing
// there: connections are passed on as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/scenario.h"
#include "http/client.h"

namespace bluegreen::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string release_on(HttpClient& connection) {
  const auto answer = connection.perform({.path = "/", .timeout = Milliseconds(5000)});
  if (!answer) return answer.error().message;
  const auto found = answer->headers.find("x-release");
  return found == answer->headers.end() ? "" : found->second;
}

class TcpService : public testing::Test {
 protected:
  void write_compose() {
    scenario.write_compose(R"(services:
  queue:
    image: bluegreen-test-server:1
    environment: {HOST: "${LISTEN:-0.0.0.0}"}
    x-bluegreen: {port: 8000, protocol: tcp, listen: 1883, drain: 4s}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:1883"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true}
)");
  }
  void write_nginx_conf(const std::string& stream) {
    scenario.write("nginx.conf",
                   "user nginx;\ninclude /etc/nginx/modules-enabled/*.conf;\nevents {}\nhttp { include "
                   "/etc/nginx/conf.d/*.conf; }\n" +
                       stream);
  }
  Output deploy(const std::string& release) {
    return scenario.bluegreen({"deploy", "--image", "queue=bluegreen-test-server:" + release});
  }

  Scenario scenario;
};

TEST_F(TcpService, KeepsConnectionsThatStandAndSendsNewOnesToTheNewRelease) {
  write_compose();
  write_nginx_conf("stream { include /etc/nginx/conf.d/*.stream; }\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get().release(), "1");

  Load load = scenario.start_load({"--kinds", "connect"});
  HttpClient held({.base_url = scenario.url()});
  ASSERT_EQ(release_on(held), "1");
  auto program = scenario.start_bluegreen({"deploy", "--image", "queue=bluegreen-test-server:2"});
  ASSERT_TRUE(eventually([&] { return scenario.get().release() == "2"; }, Milliseconds(60'000)));
  EXPECT_EQ(release_on(held), "1");  // while the old release is drained
  const auto deployed = program->wait(Milliseconds(60'000));
  EXPECT_TRUE(exited(0, deployed));
  EXPECT_THAT(deployed.err + deployed.out, HasSubstr("still open after 4 s: cut"));
  EXPECT_EQ(scenario.active("queue"), "GREEN");

  // One that ends by itself is waited for, and not cut.
  auto ending = std::make_unique<HttpClient>(HttpTarget{.base_url = scenario.url()});
  ASSERT_EQ(release_on(*ending), "2");
  program = scenario.start_bluegreen({"deploy", "--image", "queue=bluegreen-test-server:3"});
  ASSERT_TRUE(eventually([&] { return scenario.get().release() == "3"; }, Milliseconds(60'000)));
  EXPECT_EQ(release_on(*ending), "2");
  ending.reset();
  const auto waited = program->wait(Milliseconds(60'000));
  EXPECT_TRUE(exited(0, waited));
  EXPECT_THAT(waited.err + waited.out, Not(HasSubstr("still open")));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_THAT(report.answered_by(), testing::IsSupersetOf({"1", "2", "3"}));

  const auto open = scenario.bluegreen({"maintenance", "queue", "on"});
  EXPECT_TRUE(exited(1, open));
  EXPECT_THAT(open.err, HasSubstr("no requests go to queue: it speaks TCP"));

  // One that does not listen where nginx would connect never serves.
  scenario.write(".env", "LISTEN=127.0.0.1\n");
  const auto deaf = scenario.bluegreen({"deploy", "--timeout", "1s"});
  EXPECT_TRUE(exited(1, deaf));
  EXPECT_THAT(deaf.err, HasSubstr("it listens on 127.0.0.1:8000 only"));
  EXPECT_EQ(scenario.get().release(), "3");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"down", "--yes"})));
}

TEST_F(TcpService, TellsWhichLineNginxLacks) {
  write_compose();
  write_nginx_conf("");
  const auto refused = scenario.bluegreen({"deploy"});
  EXPECT_TRUE(exited(1, refused));
  EXPECT_THAT(refused.err, HasSubstr("nginx does not read /etc/nginx/conf.d/*.stream"));
  EXPECT_THAT(refused.err, HasSubstr("stream { include /etc/nginx/conf.d/*.stream; }"));
}

}  // namespace
}  // namespace bluegreen::e2e
