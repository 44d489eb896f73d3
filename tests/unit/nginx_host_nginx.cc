// SPDX-License-Identifier: MIT
// What can be known of nginx on this machine without one; the rest is in tests/e2e/host_nginx.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "nginx/host_nginx.h"
#include "nginx/proxy.h"
#include "sim_engine.h"
#include "system/files.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;

class HostNginxTest : public testing::Test {
 protected:
  ~HostNginxTest() override { std::filesystem::remove_all(directory_); }

  static std::string make_directory() {
    auto path = std::filesystem::temp_directory_path().string() + "/bluegreen-host-XXXXXX";
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    return path;
  }

  std::string directory_ = make_directory();
  HostNginx nginx_{{directory_, directory_ + "/nginx.pid"}};
};

TEST_F(HostNginxTest, SaysThatItDoesNotRunAndWhoCanStartIt) {
  const auto runs = nginx_.ensure_running();
  ASSERT_FALSE(runs);
  EXPECT_THAT(runs.error().message, HasSubstr("nginx does not run on this machine: open " + directory_ + "/nginx.pid"));
  EXPECT_THAT(runs.error().hint, HasSubstr("systemctl start nginx"));
  EXPECT_EQ(nginx_.how_to_read_its_log(), "journalctl -u nginx");
}

// A pid file may outlive its nginx, and its number may be somebody else's by now.
TEST_F(HostNginxTest, SignalsNobodyButAnNginxMaster) {
  for (const auto& text : {std::to_string(::getpid()) + "\n", std::string("no number"), std::string("-1")}) {
    ASSERT_TRUE(write_file(directory_ + "/nginx.pid", text));
    const auto told = nginx_.send_reload({});
    ASSERT_FALSE(told) << text;
    EXPECT_THAT(told.error().message, HasSubstr("is no nginx master"));
  }
}

TEST(HostNginx, IsNotThatOfAnEngineOnAnotherMachine) {
  SimCalls calls;
  SimClock clock;
  SimEngine engine(calls, clock);
  const auto opened =
      NginxProxy::open(engine, clock, {.project = "shop", .engine_place = EnginePlace::remote, .host = NginxOnHost{}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::usage);
  EXPECT_THAT(opened.error().message, HasSubstr("the engine is on another one"));
}

TEST(PrintedConfiguration, TellsWhichFilesNginxReads) {
  const std::vector<std::string> printed{"# configuration file /etc/nginx/nginx.conf:", "http { }",
                                         "# configuration file /etc/nginx/conf.d/bluegreen.a.b.conf:"};
  const auto read = [&](const std::string& name) {
    return check_that_nginx_reads({name}, "/etc/nginx/conf.d", printed);
  };
  EXPECT_TRUE(read("bluegreen.a.b.conf"));
  EXPECT_FALSE(read("green.a.b.conf"));
  EXPECT_THAT(read("bluegreen.conf").error().hint, HasSubstr("include /etc/nginx/conf.d/*.conf;"));
  EXPECT_THAT(read("bluegreen.a.b.stream").error().hint, HasSubstr("stream { include /etc/nginx/conf.d/*.stream; }"));
}

}  // namespace
}  // namespace bluegreen
