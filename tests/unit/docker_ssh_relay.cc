// SPDX-License-Identifier: MIT
// The relay with a program named ssh that is a script: what it is told, what comes through, what is left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "docker/api.h"
#include "docker/engine.h"
#include "docker/ssh_relay.h"

namespace bluegreen::docker {
namespace {

using testing::HasSubstr;

const DockerAddress kThere{
    .kind = DockerAddress::Kind::ssh, .text = "ssh://me@there:22", .host = "there", .user = "me", .port = 22};

class Relay : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/bluegreen-relay-XXXXXX";
    directory_ = mkdtemp(pattern);
    path_ = getenv("PATH");
    setenv("PATH", (directory_.string() + ":" + path_).c_str(), 1);
  }
  void TearDown() override {
    setenv("PATH", path_.c_str(), 1);
    std::filesystem::remove_all(directory_);
  }
  void ssh_is(const std::string& script) const {
    std::ofstream(directory_ / "ssh") << "#!/bin/sh\necho \"$@\" > " << directory_.string() << "/arguments\n" << script;
    chmod((directory_ / "ssh").c_str(), 0700);
  }
  std::string arguments() const {
    std::ifstream file(directory_ / "arguments");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::filesystem::path directory_;
  std::string path_;
};

TEST_F(Relay, CarriesAnExchange) {
  ssh_is(R"(printf 'HTTP/1.1 200 OK\r\nApi-Version: 1.43\r\nContent-Length: 2\r\n\r\nOK'; cat >/dev/null)");
  auto api = Api::open(kThere);
  ASSERT_TRUE(api) << api.error().message;
  const auto version = (*api)->version();
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_EQ(*version, (ApiVersion{1, 43}));
  EXPECT_EQ(arguments(), "-T -o ConnectTimeout=15 -l me -p 22 -- there docker system dial-stdio\n");
}

TEST_F(Relay, SaysWhatSshSaid) {
  ssh_is("echo 'me@there: Permission denied (publickey).' >&2; exit 255");
  auto engine = connect_docker(kThere);
  ASSERT_TRUE(engine);
  const auto version = (*engine)->version();
  ASSERT_FALSE(version);
  EXPECT_THAT(version.error().message, HasSubstr("Permission denied (publickey)."));
}

TEST_F(Relay, LeavesNothingBehindThoughSshStillRuns) {
  ssh_is("trap '' TERM; while :; do sleep 0.1; done");
  std::filesystem::path socket;
  {
    const auto relay = SshRelay::open(kThere);
    ASSERT_TRUE(relay);
    socket = (*relay)->socket_path();
    struct stat info{};
    ASSERT_EQ(stat(socket.parent_path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    HttpClient client({.base_url = "http://localhost", .unix_socket = socket});
    EXPECT_EQ(client.perform({.path = "/_ping", .timeout = std::chrono::milliseconds(200)}).error().kind,
              ErrorKind::timeout);
  }
  EXPECT_FALSE(std::filesystem::exists(socket.parent_path()));
}

}  // namespace
}  // namespace bluegreen::docker
