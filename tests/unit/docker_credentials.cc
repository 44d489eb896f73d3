// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "docker/child.h"
#include "docker/credentials.h"

namespace bluegreen::docker {
namespace {

using nlohmann::json;

Outcome<std::string> no_helper(const std::vector<std::string>&, const std::string&) {
  return failure("no such helper");
}

json auth(const std::string& registry, const std::string& configuration, const RunHelper& run = no_helper) {
  const auto header = registry_auth(registry, configuration, run);
  EXPECT_TRUE(header);
  return header->empty() ? json() : json::parse(decode_base64(*header));
}

TEST(RegistryAuth, IsEmptyWhereNothingIsConfigured) {
  EXPECT_EQ(auth("ghcr.io", "{}"), json());
  EXPECT_EQ(auth("ghcr.io", R"({"auths":null,"credHelpers":[]})"), json());
  EXPECT_EQ(auth("ghcr.io", R"({"auths":{"ghcr.io":{}}})"), json());
}

TEST(RegistryAuth, DecodesTheFilesEntry) {  // bWU6c2U6Y3JldA== is me:se:cret
  EXPECT_EQ(auth("ghcr.io", R"({"auths":{"ghcr.io":{"auth":"bWU6c2U6Y3JldA=="}}})"),
            json::parse(R"({"username":"me","password":"se:cret","serveraddress":"ghcr.io"})"));
}

TEST(RegistryAuth, FindsOldKeysThatAreAddresses) {
  EXPECT_EQ(auth("ghcr.io", R"({"auths":{"https://ghcr.io/v1/":{"auth":"bWU6c2U6Y3JldA=="}}})")["username"], "me");
}

TEST(RegistryAuth, KnowsDockerHubUnderItsOldAddress) {
  EXPECT_EQ(
      auth("docker.io", R"({"auths":{"https://index.docker.io/v1/":{"auth":"bWU6c2U6Y3JldA=="}}})")["serveraddress"],
      "https://index.docker.io/v1/");
}

TEST(RegistryAuth, PassesAnIdentityTokenOn) {
  EXPECT_EQ(auth("r.io", R"({"auths":{"r.io":{"auth":"bWU6","identitytoken":"t"}}})"),
            json::parse(R"({"identitytoken":"t","serveraddress":"r.io"})"));
}

TEST(RegistryAuth, AsksTheHelperOfThatRegistryFirst) {
  const auto run = [](const std::vector<std::string>& command, const std::string& input) -> Outcome<std::string> {
    EXPECT_EQ(input, "r.io");
    if (command.front() != "docker-credential-special") return failure("wrong helper");
    return R"({"ServerURL":"r.io","Username":"u","Secret":"s"})";
  };
  EXPECT_EQ(auth("r.io", R"({"credsStore":"common","credHelpers":{"r.io":"special"}})", run),
            json::parse(R"({"username":"u","password":"s","serveraddress":"r.io"})"));
}

TEST(RegistryAuth, UnderstandsAHelpersToken) {
  const auto run = [](const auto&, const auto&) -> Outcome<std::string> {
    return R"({"Username":"<token>","Secret":"t"})";
  };
  EXPECT_EQ(auth("r.io", R"({"credsStore":"x"})", run)["identitytoken"], "t");
}

TEST(RegistryAuth, GoesOnWithoutAHelperThatKnowsNothing) {
  EXPECT_EQ(auth("r.io", R"({"credsStore":"x","auths":{"r.io":{"auth":"bWU6c2U6Y3JldA=="}}})")["username"], "me");
}

TEST(RegistryAuth, RefusesAHelperThatIsAPath) {
  EXPECT_FALSE(registry_auth("r.io", R"({"credsStore":"../../bin/sh"})", no_helper));
  EXPECT_FALSE(registry_auth("r.io", "not json", no_helper));
}

TEST(Base64, GoesBothWays) {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\xfe\xfd"})
    EXPECT_EQ(decode_base64(encode_base64_url(text)), text);
  EXPECT_EQ(encode_base64_url("\xff\xff"), "__8=");
  EXPECT_EQ(decode_base64("//8="), "\xff\xff");
}

TEST(Child, ReadsItsInputAndAnswers) { EXPECT_EQ(*run_child({"cat"}, "hello"), "hello"); }

TEST(Child, ThatFailsOrIsNotThereIsAnError) {
  EXPECT_THAT(run_child({"false"}, "").error().message, testing::HasSubstr("false failed"));
  EXPECT_THAT(run_child({"bluegreen-no-such-program"}, "").error().message, testing::HasSubstr("No such file"));
}

}  // namespace
}  // namespace bluegreen::docker
