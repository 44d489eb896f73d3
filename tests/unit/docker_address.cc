// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "docker/address.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;
using Kind = DockerAddress::Kind;

Variables environment(std::map<std::string, std::string> variables) {
  variables.try_emplace("HOME", "/nonexistent");
  return [variables](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  };
}

Outcome<DockerAddress> read(const std::string& host, PlainTcp plain = PlainTcp::refused) {
  return find_docker_address({.host = host, .plain_tcp = plain}, environment({}));
}

TEST(DockerAddress, IsTheDefaultSocketWhenNothingSaysOtherwise) {
  const auto address = find_docker_address({}, environment({}));
  ASSERT_TRUE(address);
  EXPECT_EQ(address->kind, Kind::unix_socket);
  EXPECT_EQ(address->path, "/var/run/docker.sock");
}

TEST(DockerAddress, PrefersTheCommandLineToTheEnvironment) {
  const auto variables = environment({{"DOCKER_HOST", "unix:///b"}});
  EXPECT_EQ(find_docker_address({}, variables)->path, "/b");
  EXPECT_EQ(find_docker_address({.host = "unix:///a"}, variables)->path, "/a");
}

TEST(DockerAddress, ReadsUserHostAndPortOfSsh) {
  const auto address = read("ssh://me@example.org:2222");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->kind, Kind::ssh);
  EXPECT_EQ(address->user, "me");
  EXPECT_EQ(address->host, "example.org");
  EXPECT_EQ(address->port, 2222);
  EXPECT_EQ(read("ssh://example.org")->port, 0);
}

TEST(DockerAddress, RefusesPlainTcpUnlessItIsAllowed) {
  const auto refused = read("tcp://10.0.0.5:2375");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().hint, HasSubstr("DOCKER_TLS_VERIFY"));
  EXPECT_EQ(read("tcp://10.0.0.5", PlainTcp::allowed)->port, 2375);
}

TEST(DockerAddress, TakesTlsFromTheEnvironment) {
  const auto with_path = find_docker_address({.host = "tcp://[fd00::1]:1"},
                                             environment({{"DOCKER_TLS_VERIFY", "1"}, {"DOCKER_CERT_PATH", "/certs"}}));
  ASSERT_TRUE(with_path);
  EXPECT_EQ(with_path->certificates, "/certs");
  EXPECT_EQ(with_path->host, "fd00::1");
  EXPECT_EQ(with_path->port, 1);
  const auto without =
      find_docker_address({.host = "tcp://h"}, environment({{"DOCKER_TLS_VERIFY", "1"}, {"HOME", "/me"}}));
  EXPECT_EQ(without->certificates, "/me/.docker");
  EXPECT_EQ(without->port, 2376);
}

TEST(DockerAddress, RefusesWhatIsNoneAndWhatSshWouldTakeForAnOption) {
  for (const auto* text :
       {"", "/var/run/docker.sock", "unix://", "unix://relative", "ssh://", "ssh://-oProxyCommand=x", "ssh://a b",
        "ssh://host:0", "ssh://host:99999", "ssh://host:2x", "ssh://-l@host", "ftp://host"}) {
    if (*text == '\0') continue;
    const auto address = read(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().kind, ErrorKind::usage);
  }
}

class DockerContext : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/bluegreen-context-XXXXXX";
    directory_ = mkdtemp(pattern);
    write("config.json", R"({"currentContext":"remote"})");
    write("contexts/meta/abc/meta.json", R"({"Name":"remote","Endpoints":{"docker":{"Host":"ssh://root@there"}}})");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name) << text;
  }
  Outcome<DockerAddress> find(std::map<std::string, std::string> variables = {}) const {
    variables["DOCKER_CONFIG"] = directory_;
    return find_docker_address({}, environment(variables));
  }
  std::filesystem::path directory_;
};

TEST_F(DockerContext, TheCurrentOneNamesTheEngine) { EXPECT_EQ(find()->host, "there"); }

TEST_F(DockerContext, YieldsToDockerHost) { EXPECT_EQ(find({{"DOCKER_HOST", "unix:///x"}})->path, "/x"); }

TEST_F(DockerContext, CanBeNamedByTheEnvironment) {
  EXPECT_EQ(find({{"DOCKER_CONTEXT", "default"}})->path, "/var/run/docker.sock");
  EXPECT_THAT(find({{"DOCKER_CONTEXT", "other"}}).error().message, HasSubstr("\"other\""));
}

TEST_F(DockerContext, SurvivesBrokenFiles) {
  write("contexts/meta/abc/meta.json", "{");
  EXPECT_FALSE(find());
  write("config.json", "[");
  EXPECT_EQ(find()->path, "/var/run/docker.sock");
}

}  // namespace
}  // namespace bluegreen
