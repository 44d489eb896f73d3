// SPDX-License-Identifier: MIT
// Several files, one project: https://docs.docker.com/reference/compose-file/merge/
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Values = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

Outcome<LoadedProject> merge(const std::string& base, const std::string& over) {
  ProjectDirectory directory;
  directory.write("compose.yaml", base).write("compose.override.yaml", over);
  return directory.load();
}

ContainerSettings merged(const std::string& base, const std::string& over) {
  const auto loaded = merge("services: {web: {image: a, " + base + "}}\nvolumes: {v: }\nnetworks: {n: , m: }\n",
                            "services: {web: {" + over + "}}\n");
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
  return loaded ? loaded->project.infrastructure[0].container : ContainerSettings{};
}

TEST(Merge, LaysMapsOverEachOtherInEitherForm) {
  EXPECT_EQ(merged("environment: {A: 1, B: 2}", "environment: [B=3, C=4]").environment,
            (Values{{"A", "1"}, {"B", "3"}, {"C", "4"}}));
  EXPECT_EQ(merged("labels: [a=1, b=2]", "labels: {b: 3}").labels, (Values{{"a", "1"}, {"b", "3"}}));
  EXPECT_EQ(merged("user: a, tty: true", "user: b").user, "b");
}

TEST(Merge, ReplacesCommandsAndTests) {
  EXPECT_EQ(merged("command: [a, b]", "command: [c]").command, Words{"c"});
  EXPECT_EQ(merged("entrypoint: [a, b]", "entrypoint: c d").entrypoint, (Words{"c", "d"}));
  const auto check = merged("healthcheck: {test: [CMD, a], retries: 4}", "healthcheck: {test: [CMD, b]}").healthcheck;
  EXPECT_EQ(check->test, (Words{"CMD", "b"}));
  EXPECT_EQ(check->retries, 4);
}

TEST(Merge, AppendsOtherLists) {
  EXPECT_EQ(merged("ports: ['80:80']", "ports: ['81:81', '80:80']").ports.size(), 2U);
  EXPECT_THAT(merged("expose: [1]", "expose: [2]").expose, ElementsAre("1", "2"));
}

TEST(Merge, MergesMountsByTheirTarget) {
  const auto mounts =
      merged("volumes: ['/a:/x', '/b:/y']", "volumes: [{type: volume, source: v, target: /x}, '/c:/z']").mounts;
  ASSERT_EQ(mounts.size(), 3U);
  EXPECT_EQ(mounts[0].source, "demo_v");
  EXPECT_EQ(mounts[2].source, "/c");
}

TEST(Merge, ResetsAndOverridesOnRequest) {
  EXPECT_TRUE(merged("ports: ['80:80']", "ports: !reset []").ports.empty());
  EXPECT_EQ(merged("ports: ['80:80']", "ports: !override ['81:81']").ports.size(), 1U);
  EXPECT_EQ(merged("environment: {A: 1, B: 2}", "environment: {A: !reset null}").environment, (Values{{"B", "2"}}));
}

TEST(Merge, KeepsWhatAnEmptyKeyLiesOver) {
  EXPECT_EQ(merged("environment: {A: 1}", "environment:").environment, (Values{{"A", "1"}}));
}

TEST(Merge, MergesOurOwnKeysToo) {
  const auto loaded = merge(
      "services: {web: {image: a, networks: [n], x-bluegreen: {port: 80, host: a.example}}}\nnetworks: {n: , m: }\n",
      "services: {web: {networks: {m: {aliases: [x]}}, x-bluegreen: {path: /x}}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto& service = loaded->project.apps[0].services[0];
  EXPECT_EQ(service.networks.size(), 2U);
  EXPECT_EQ(service.route->path, "/x");
  EXPECT_THAT(service.route->hosts, ElementsAre("a.example"));
}

TEST(Merge, ComplainsWithThePlaceInTheRightFile) {
  const auto loaded = merge("services: {web: {image: a}}\n", "services:\n  web:\n    tty: what\n");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("compose.override.yaml:3:10: services.web.tty: "));
}

TEST(Merge, AddsServicesNetworksAndVolumes) {
  const auto loaded =
      merge("services: {a: {image: a}}\n", "services: {b: {image: b, volumes: ['v:/v']}}\nvolumes: {v: }\n");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->project.infrastructure.size(), 2U);
  EXPECT_EQ(loaded->project.volumes.size(), 1U);
}

TEST(Merge, IsQuickForLargeMaps) {
  std::string one = "services: {web: {image: a, environment: {", two = one;
  for (int i = 0; i < 40'000; ++i) {
    one += numbered("A", i) + ": 1, ";
    two += numbered("B", i) + ": 1, ";
  }
  const auto loaded = merge(one + "}}}\n", two + "}}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->project.infrastructure[0].container.environment.size(), 80'000U);
}

}  // namespace
}  // namespace bluegreen
