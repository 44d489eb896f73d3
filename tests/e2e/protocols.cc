// SPDX-License-Identifier: MIT
// Requests that are not short, end to end: events that come as they are written, answers that are waited for, uploads
// that no buffer holds. WebSockets are in routing.cc, gRPC is in tls.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

using testing::HasSubstr;

TEST(Protocols, StreamEventsWaitForAnswersAndTakeBigUploads) {
  Scenario scenario;
  scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    x-bluegreen: {port: 8000, health: /healthz, host: events.example.org, streaming: true}
  poll:
    image: bluegreen-test-server:2
    x-bluegreen: {port: 8000, health: /healthz, timeout: 1s}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen: {proxy: true, unknown_host: 444}
)");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto curl = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"curl", "-sSN", "--max-time", "30"});
    return Command{.words = words, .directory = scenario.directory()};
  };

  // An event a tenth of a second: gathered, the first would come after minutes.
  Process events(curl({"-H", "Host: events.example.org", scenario.url() + "/stream?ms=100"}));
  EXPECT_TRUE(events.wait_for_text("data: 1 3\n", Milliseconds(5000)));

  EXPECT_EQ(scenario.get("/slow?ms=1500", "events.example.org").status, 200);
  EXPECT_EQ(scenario.get("/slow?ms=1500").status, 504) << "the time to wait is a key";

  constexpr std::uintmax_t bytes = 64 << 20;
  scenario.write("upload", "");
  std::filesystem::resize_file(scenario.directory() / "upload", bytes);
  const auto uploaded =
      Process(curl({"-T", "upload", "-X", "POST", scenario.url() + "/upload"})).wait(Milliseconds(30'000));
  EXPECT_THAT(uploaded.out, HasSubstr("2\n" + std::to_string(bytes) + "\n")) << uploaded.err;
}

}  // namespace
}  // namespace bluegreen::e2e
