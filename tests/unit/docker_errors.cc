// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/api.h"
#include "docker/errors.h"

namespace bluegreen::docker {
namespace {

using testing::HasSubstr;

TEST(EngineRefusal, HasTheKindThatItsStatusMeans) {
  EXPECT_EQ(refusal(404, "x", "GET /x").kind, ErrorKind::not_found);
  EXPECT_EQ(refusal(409, "x", "GET /x").kind, ErrorKind::conflict);
  EXPECT_EQ(refusal(403, "x", "GET /x").kind, ErrorKind::conflict);
  EXPECT_EQ(refusal(500, "x", "GET /x").kind, ErrorKind::failed);
  EXPECT_EQ(refusal(409, "name already in use", "POST /containers/create").message,
            "engine answered 409 to POST /containers/create: name already in use");
}

TEST(EngineRefusal, NamesThePortThatIsTaken) {
  const auto error = refusal(500,
                             "driver failed programming external connectivity on endpoint web (0a1b): "
                             "Bind for 0.0.0.0:8080 failed: port is already allocated",
                             "POST /containers/0a1b/start");
  EXPECT_EQ(error.kind, ErrorKind::conflict);
  EXPECT_THAT(error.message, HasSubstr("port 8080 is taken"));
  EXPECT_THAT(error.hint, HasSubstr(":8080"));
  EXPECT_EQ(taken_port("Error starting userland proxy: listen tcp4 127.0.0.1:443: bind: address already in use"), 443);
  EXPECT_EQ(taken_port("failed to bind host port for [::]:99:10.0.0.2:80/tcp"), std::nullopt);
  EXPECT_EQ(taken_port("Bind for 0.0.0.0:x failed: port is already allocated"), std::nullopt);
  EXPECT_EQ(taken_port(" failed: port is already allocated"), std::nullopt);
  EXPECT_EQ(taken_port("port is already allocated"), std::nullopt);
}

TEST(Unreachable, SaysHowToStartAnEngineThatIsNotThere) {
  const auto error = unreachable({.path = "/nonexistent/docker.sock"}, {}, "", "GET /x");
  EXPECT_THAT(error.message, HasSubstr("/nonexistent/docker.sock"));
  EXPECT_THAT(error.hint, HasSubstr("systemctl start docker"));
}

TEST(Unreachable, RepeatsWhatSshSaid) {
  const auto error =
      unreachable({.kind = DockerAddress::Kind::ssh, .text = "ssh://me@there", .host = "there", .user = "me"}, {},
                  "Permission denied (publickey).", "GET /x");
  EXPECT_EQ(error.message, "ssh://me@there: Permission denied (publickey).");
  EXPECT_THAT(error.hint, HasSubstr("ssh me@there docker version"));
}

TEST(EngineRequest, IsNamedWithoutItsQueryAndWithShortIds) {
  EXPECT_EQ(name_of_request("POST", "/containers/" + std::string(64, 'a') + "/stop?t=3"),
            "POST /containers/aaaaaaaaaaaa/stop");
  EXPECT_EQ(name_of_request("GET", "/containers/json?all=1"), "GET /containers/json");
}

TEST(ApiVersion, IsTheNewestThatBothKnow) {
  EXPECT_EQ(*agree_on_version("1.41"), (ApiVersion{1, 41}));
  EXPECT_EQ(*agree_on_version("1.99"), kNewestApi);
  EXPECT_THAT(agree_on_version("1.39").error().message, HasSubstr("too old"));
  EXPECT_FALSE(agree_on_version(""));
  EXPECT_FALSE(agree_on_version("one"));
}

}  // namespace
}  // namespace bluegreen::docker
