// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <vector>

#include "docker/reference.h"

namespace bluegreen::docker {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

std::string normal(const std::string& text) {
  const auto reference = parse_reference(text);
  return reference ? full_name(*reference) : "error: " + reference.error().message;
}

TEST(ImageReference, FillsInWhatPeopleLeaveOut) {
  EXPECT_EQ(normal("python"), "docker.io/library/python:latest");
  EXPECT_EQ(normal("python:3"), "docker.io/library/python:3");
  EXPECT_EQ(normal("me/app"), "docker.io/me/app:latest");
  EXPECT_EQ(normal("docker.io/python"), "docker.io/library/python:latest");
  EXPECT_EQ(normal("index.docker.io/me/app:1"), "docker.io/me/app:1");
}

TEST(ImageReference, TellsARegistryFromAUser) {
  EXPECT_EQ(normal("ghcr.io/me/app:v1"), "ghcr.io/me/app:v1");
  EXPECT_EQ(normal("localhost/app"), "localhost/app:latest");
  EXPECT_EQ(normal("localhost:5000/app"), "localhost:5000/app:latest");
  EXPECT_EQ(normal("[::1]:5000/a/b/c:x"), "[::1]:5000/a/b/c:x");
}

TEST(ImageReference, LetsADigestWin) {
  EXPECT_EQ(normal("python@" + kDigest), "docker.io/library/python@" + kDigest);
  const auto both = parse_reference("python:3@" + kDigest);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->tag, "3");
  EXPECT_EQ(full_name(*both), "docker.io/library/python@" + kDigest);
}

TEST(ImageReference, RefusesWhatIsNone) {
  for (const auto& text : std::vector<std::string>{"", ":", "@", "Python", "a b", "a:", "a:b c", "a@sha256:xyz",
                                                   "a@" + kDigest + "?x", "/a", "a/", "a//b", "../../containers/json",
                                                   "a?b=c", "a%2fb", "ghcr.io/", "-a", "a:-b", "host\r\n.io/a"}) {
    const auto reference = parse_reference(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().kind, ErrorKind::usage);
  }
}

}  // namespace
}  // namespace bluegreen::docker
