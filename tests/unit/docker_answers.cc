// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/answers.h"

namespace bluegreen::docker {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr auto kContainer = R"({"Id":"abc","Name":"/hello-BLUE","Image":"sha256:1","RestartCount":2,
  "State":{"Status":"running","Pid":42,"ExitCode":0,"OOMKilled":false,"Error":"","StartedAt":"2026-11-23T00:28:56.618410266Z",
           "Health":{"Status":"healthy"}},
  "Config":{"Image":"python:3","Tty":false},
  "Mounts":[{"Type":"bind","Source":"/a","Destination":"/b","RW":false,"Propagation":"rprivate"},
            {"Type":"volume","Name":"data","Source":"/var/lib/docker/volumes/data/_data","Destination":"/data","RW":true}],
  "NetworkSettings":{"Networks":{"net":{"IPAddress":"10.0.0.2"},"other":{"IPAddress":""}}}})";

TEST(DockerAnswers, ReadAContainer) {
  const auto container = read_container(kContainer);
  ASSERT_TRUE(container);
  EXPECT_EQ(container->name, "hello-BLUE");
  EXPECT_EQ(container->state, RunState::running);
  EXPECT_EQ(container->health, HealthState::healthy);
  EXPECT_EQ(container->pid, 42);
  EXPECT_EQ(container->restart_count, 2);
  EXPECT_EQ(container->image, "python:3");
  EXPECT_EQ(container->image_id, "sha256:1");
  EXPECT_EQ(container->started.time_since_epoch().count(), 1795393736618);
  ASSERT_EQ(container->mounts.size(), 2u);
  EXPECT_EQ(container->mounts[0].kind, Mount::Kind::bind);
  EXPECT_TRUE(container->mounts[0].read_only);
  EXPECT_EQ(container->mounts[1].source, "/var/lib/docker/volumes/data/_data");
  EXPECT_THAT(container->addresses, ElementsAre(Pair("net", "10.0.0.2"), Pair("other", "")));
}

TEST(DockerAnswers, ReadTheListWithHealthInItsWords) {
  const auto list = read_container_list(
      R"json([{"Id":"a","Names":["/other/alias","/web"],"ImageID":"i","Labels":{"k":"v","empty":""},"State":"running","Created":5,
               "Status":"Up 3 seconds (health: starting)","NetworkSettings":{"Networks":{"n":{"IPAddress":"10.0.0.9","IPAMConfig":{"IPAddress":"1.1.1.1"}},"other":null}}},
              {"Id":"b","Names":["/x"],"State":"exited","Status":"Exited (1) 2 seconds ago"},
              {"Id":"c","State":"running","Status":"Up 1 minute (unhealthy)"}])json");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0].name, "web");
  EXPECT_EQ((*list)[0].health, HealthState::starting);
  EXPECT_EQ((*list)[0].created.time_since_epoch().count(), 5000);
  EXPECT_THAT((*list)[0].labels, ElementsAre(Pair("empty", ""), Pair("k", "v")));
  EXPECT_THAT((*list)[0].addresses, ElementsAre(Pair("n", "10.0.0.9"), Pair("other", "")));
  EXPECT_EQ((*list)[1].state, RunState::exited);
  EXPECT_EQ((*list)[1].health, HealthState::none);
  EXPECT_EQ((*list)[2].health, HealthState::unhealthy);
}

TEST(DockerAnswers, TakeNoListThatIsNotOneOfContainers) {
  for (const auto* text : {"", "null", "{}", "[null]", "[1]", "[[]]", R"(["a"])", R"([{"Id":"a"},{}])", R"([{"Id":1}])",
                           R"([{"Id":"a"}]x)", R"([{"Id":"a"})", R"({"a":[{"Id":"a"}]})"})
    EXPECT_FALSE(read_container_list(text)) << text;
  EXPECT_TRUE(read_container_list("[]")->empty());
}

TEST(DockerAnswers, KeepAnImpossibleTimeWithinTheYearsThatAreDates) {
  const auto created = [](const char* seconds) {
    const auto list = read_container_list(std::string(R"([{"Id":"a","Created":)") + seconds + "}]");
    return list->front().created.time_since_epoch();
  };
  EXPECT_EQ(created("9223372036854775807"), Seconds(253'402'300'799));
  EXPECT_EQ(created("-9223372036854775808"), Seconds(0));
}

TEST(DockerAnswers, ReadProcessesByTheirTitles) {
  const auto processes = read_processes(
      R"({"Titles":["UID","PID","PPID","CMD"],"Processes":[["root","12","1","nginx: worker process"],["x"]]})");
  ASSERT_TRUE(processes);
  EXPECT_THAT(*processes, ElementsAre(Pair(12, "nginx: worker process")));
}

TEST(DockerAnswers, ReadNetworksVolumesAndImages) {
  const auto networks = read_networks(
      R"([{"Id":"i","Name":"n","Internal":true,"IPAM":{"Config":[{"Subnet":"10.1.0.0/16"},{}]},"Labels":null},{"Name":"m","IPAM":{"Config":null}}])");
  ASSERT_TRUE(networks);
  EXPECT_TRUE((*networks)[0].internal);
  EXPECT_THAT((*networks)[0].subnets, ElementsAre("10.1.0.0/16"));
  EXPECT_THAT(*read_volumes(R"({"Volumes":[{"Name":"v","Labels":{"a":"b"}}]})"),
              ElementsAre(Pair("v", ElementsAre(Pair("a", "b")))));
  EXPECT_TRUE(read_volumes(R"({"Volumes":null})")->empty());
  const auto image = read_image(
      R"({"Id":"sha256:2","RepoDigests":["python@sha256:3"],"Config":{"Healthcheck":{"Test":["CMD","x"],"Interval":5000000000}}})");
  EXPECT_THAT(image->repo_digests, ElementsAre("python@sha256:3"));
  EXPECT_EQ(image->healthcheck->interval, Milliseconds(5000));
  EXPECT_FALSE(read_image(R"({"Id":"x","RepoDigests":null,"Config":null})")->healthcheck);
}

TEST(DockerAnswers, NeverFallOverNonsense) {
  for (const auto* text :
       {"", "null", "1", "\"x\"", "[]", "{}", "[null]", "[1,\"a\",[]]", "{\"State\":3,\"Mounts\":{}}",
        R"({"NetworkSettings":{"Networks":[1]},"Mounts":[null,3],"Processes":3,"Titles":[1]})",
        R"([{"Names":null,"Labels":[],"Created":99999999999999999999,"NetworkSettings":null}])",
        "{\"Id\":", R"({"Volumes":[null],"Id":{},"RepoDigests":{}})", "\xff\xfe"}) {
    (void)read_container_list(text);
    EXPECT_FALSE(read_container(text)) << text;
    EXPECT_FALSE(read_processes(text)) << text;
    (void)read_networks(text);
    (void)read_volumes(text);
    EXPECT_FALSE(read_image(text)) << text;
    EXPECT_FALSE(read_exec(text)) << text;
    EXPECT_FALSE(read_version(text)) << text;
    EXPECT_FALSE(read_has_terminal(text)) << text;
    EXPECT_FALSE(read_id(text)) << text;
    EXPECT_FALSE(error_message(text).empty());
  }
}

TEST(DockerAnswers, TheEnginesOwnWordsComeFirst) {
  EXPECT_EQ(error_message(R"({"message":"No such image: x"})"), "No such image: x");
  EXPECT_EQ(error_message("bad gateway\nmore"), "bad gateway");
}

TEST(DockerAnswers, TimesThatAreNoneAreTheEpoch) {
  for (const auto* text : {"", "0001-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "yesterday"})
    EXPECT_EQ(parse_time(text), WallTime{}) << text;
  EXPECT_EQ(parse_time("1970-01-01T00:00:01Z").time_since_epoch().count(), 1000);
  EXPECT_EQ(parse_time("1970-01-01T00:00:01.5Z").time_since_epoch().count(), 1500);
}

}  // namespace
}  // namespace bluegreen::docker
