// SPDX-License-Identifier: MIT
// Networks and volumes.
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(Networks, GiveAServiceWithoutAnyTheDefaultOne) {
  const auto loaded = load("services: {web: {image: a}}\n");
  EXPECT_THAT(loaded->project.infrastructure[0].networks, ElementsAre(NetworkAttachment{"default"}));
  EXPECT_THAT(loaded->project.networks, ElementsAre(Pair("default", Network{.name = "demo_default"})));
}

TEST(Networks, HaveTheProjectsNameInFrontUnlessNamed) {
  const auto loaded = load(
      "services: {web: {image: a, networks: [plain, named, out, other]}}\n"
      "networks: {plain: , named: {name: mine, internal: true, driver_opts: {a: 1}, labels: [b=2]}, out: {external: "
      "true}, other: {external: true, name: theirs}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(
      loaded->project.networks,
      ElementsAre(
          Pair("named", Network{.name = "mine", .internal = true, .driver_opts = {{"a", "1"}}, .labels = {{"b", "2"}}}),
          Pair("other", Network{.name = "theirs", .external = true}),
          Pair("out", Network{.name = "out", .external = true}), Pair("plain", Network{.name = "demo_plain"})));
}

TEST(Networks, HaveASubnet) {
  const auto loaded = load(
      "services: {web: {image: a, networks: {n: {aliases: [x, y], ipv4_address: 10.9.0.5}}}}\n"
      "networks: {n: {driver: bridge, ipam: {driver: default, config: [{subnet: 10.9.0.0/24, gateway: 10.9.0.1}]}}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->project.networks.at("n").subnet, "10.9.0.0/24");
  EXPECT_EQ(loaded->project.networks.at("n").gateway, "10.9.0.1");
  EXPECT_THAT(loaded->project.infrastructure[0].networks, ElementsAre(NetworkAttachment{"n", {"x", "y"}, "10.9.0.5"}));
}

TEST(Networks, AreSortedAndOnlyThoseInUseAreMade) {
  const auto loaded = load("services: {web: {image: a, networks: [z, a]}}\nnetworks: {a: , m: , z: }\n");
  EXPECT_THAT(loaded->project.infrastructure[0].networks, ElementsAre(NetworkAttachment{"a"}, NetworkAttachment{"z"}));
  EXPECT_EQ(loaded->project.networks.size(), 2U);
}

TEST(Networks, CanBeNoneAtAll) {
  EXPECT_THAT(load_service("network_mode: none").networks, IsEmpty());
  EXPECT_THAT(service_complaints("network_mode: host"),
              HasSubstr("\"host\" is not implemented; write none, or use networks"));
  EXPECT_THAT(service_complaints("network_mode: none\nnetworks: [default]"),
              HasSubstr("does not go with network_mode"));
}

TEST(Networks, RefuseMistakes) {
  for (const auto& [network, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"{external: true, internal: true}", "networks.n.internal: does not go with external"},
           {"{external: {name: x}}", "the map form of external is obsolete"},
           {"{enable_ipv6: true}", "does not implement"},
           {"{ipam: {config: [{subnet: 10.0.0.1/24}]}}", "host bits"},
           {"{ipam: {config: [{gateway: 10.0.0.1}]}}", "gateway needs subnet"},
           {"{ipam: {config: [{subnet: 10.0.0.0/24}, {subnet: 10.0.1.0/24}]}}", "only one subnet"},
           {"{name: 'a b'}", "is not a name"}})
    EXPECT_THAT(complaints("services: {web: {image: a}}\nnetworks: {n: " + network + "}\n"), HasSubstr(wanted))
        << network;
  EXPECT_THAT(service_complaints("networks: [n]"),
              HasSubstr("compose.yaml:4:16: services.web.networks.n: the network \"n\" is not declared"));
  EXPECT_THAT(service_complaints("networks: {default: {ipv4_address: x}}"), HasSubstr("not an IPv4 address"));
}

TEST(NamedVolumes, HaveTheProjectsNameInFrontUnlessNamed) {
  const auto loaded = load(
      "services: {web: {image: a, volumes: ['a:/a', 'b:/b', 'c:/c']}}\n"
      "volumes: {a: , b: {name: mine, driver: nfs, driver_opts: {o: ro}, labels: {x: 1}}, c: {external: true}, unused: "
      "}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(
      loaded->project.volumes,
      ElementsAre(
          Pair("a", Volume{.name = "demo_a"}),
          Pair("b", Volume{.name = "mine", .driver = "nfs", .driver_opts = {{"o", "ro"}}, .labels = {{"x", "1"}}}),
          Pair("c", Volume{.name = "c", .external = true})));
  EXPECT_EQ(loaded->project.infrastructure[0].container.mounts[1].source, "mine");
}

}  // namespace
}  // namespace bluegreen
