// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "docker/container_body.h"

namespace bluegreen::docker {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

json body_of(const ContainerSpec& spec, NetworksAtCreate networks = NetworksAtCreate::first) {
  return json::parse(container_body(spec, networks));
}

TEST(ContainerBody, SaysNothingThatTheSpecDoesNotSay) {
  EXPECT_EQ(body_of({.image = "python:3"}), json::parse(R"({"Image":"python:3","Labels":{},"HostConfig":{}})"));
}

TEST(ContainerBody, SaysEverythingThatTheSpecSays) {
  ContainerSpec spec{.name = "web-BLUE", .image = "sha256:1", .labels = {{"a", "ours"}}};
  auto& settings = spec.settings;
  settings.image = "python:3";
  settings.command = {"python", "x y.py"};
  settings.entrypoint = std::vector<std::string>{};
  settings.environment = {{"A", "1"}, {"B", "two=2"}};
  settings.labels = {{"a", "theirs"}, {"b", "theirs"}};
  settings.mounts = {
      {.source = "/srv/x", .target = "/x", .read_only = true, .propagation = "rslave"},
      {.source = "/srv/y", .target = "/y", .create_source = false},
      {.kind = Mount::Kind::volume, .source = "data", .target = "/data", .no_copy = true},
      {.kind = Mount::Kind::volume, .target = "/anonymous"},
      {.kind = Mount::Kind::tmpfs, .target = "/tmp", .tmpfs_bytes = 4096},
  };
  settings.ports = {{.host_port = 8080, .container_port = 80},
                    {.host_ip = "127.0.0.1", .container_port = 53, .protocol = "udp"}};
  settings.expose = {"9000", "9001/udp"};
  settings.healthcheck =
      HealthCheck{.test = {"CMD-SHELL", "true"}, .interval = 1500ms, .timeout = 2s, .start_period = 1ms, .retries = 4};
  settings.restart = {.name = "on-failure", .maximum_retries = 5};
  settings.user = "1000:1000";
  settings.working_dir = "/srv";
  settings.hostname = "web";
  settings.stop_signal = "SIGQUIT";
  settings.stop_grace_period = 1500ms;
  settings.init = true;
  settings.tty = true;
  settings.stdin_open = true;
  settings.extra_hosts = {"db:10.0.0.1"};
  spec.extra_hosts = {"api:10.0.0.2"};
  EXPECT_EQ(body_of(spec), json::parse(R"({
    "Image": "sha256:1", "Cmd": ["python", "x y.py"], "Entrypoint": [], "Env": ["A=1", "B=two=2"],
    "Labels": {"a": "ours", "b": "theirs"},
    "ExposedPorts": {"9000/tcp": {}, "9001/udp": {}, "80/tcp": {}, "53/udp": {}},
    "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 1500000000, "Timeout": 2000000000, "StartPeriod": 1000000, "Retries": 4},
    "User": "1000:1000", "WorkingDir": "/srv", "Hostname": "web", "StopSignal": "SIGQUIT", "StopTimeout": 2,
    "Tty": true, "OpenStdin": true,
    "HostConfig": {
      "Init": true, "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}, "Binds": ["/srv/x:/x:ro,rslave"],
      "Mounts": [
        {"Type": "bind", "Source": "/srv/y", "Target": "/y", "ReadOnly": false},
        {"Type": "volume", "Source": "data", "Target": "/data", "ReadOnly": false, "VolumeOptions": {"NoCopy": true}},
        {"Type": "volume", "Target": "/anonymous", "ReadOnly": false},
        {"Type": "tmpfs", "Target": "/tmp", "ReadOnly": false, "TmpfsOptions": {"SizeBytes": 4096}}],
      "ExtraHosts": ["db:10.0.0.1", "api:10.0.0.2"],
      "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "53/udp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}}})"));
}

TEST(ContainerBody, DisablesAHealthcheckAndInheritsOne) {
  ContainerSpec spec;
  spec.settings.healthcheck = HealthCheck{.disabled = true};
  EXPECT_EQ(body_of(spec)["Healthcheck"], json::parse(R"({"Test":["NONE"]})"));
  spec.settings.healthcheck = HealthCheck{.retries = 2};
  EXPECT_EQ(body_of(spec)["Healthcheck"], json::parse(R"({"Retries":2})"));
}

TEST(ContainerBody, SaysABindWithAColonInItsPathTheLongWay) {
  ContainerSpec spec;
  spec.settings.mounts = {{.source = "/a:b", .target = "/c"}};
  const auto host = body_of(spec)["HostConfig"];
  EXPECT_FALSE(host.contains("Binds"));
  EXPECT_EQ(host["Mounts"][0]["Source"], "/a:b");
}

ContainerSpec on_two_networks() {
  return {
      .networks = {{.network = "managed", .aliases = {"web"}, .ipv4_address = "10.213.8.2"}, {.network = "backend"}}};
}

TEST(ContainerBody, TakesOneNetworkAtCreationOnOldEngines) {
  const auto body = body_of(on_two_networks());
  EXPECT_EQ(body["HostConfig"]["NetworkMode"], "managed");
  EXPECT_EQ(body["NetworkingConfig"]["EndpointsConfig"],
            json::parse(R"({"managed":{"Aliases":["web"],"IPAMConfig":{"IPv4Address":"10.213.8.2"}}})"));
}

TEST(ContainerBody, TakesAllNetworksAtCreationOnNewEngines) {
  const auto endpoints = body_of(on_two_networks(), NetworksAtCreate::all)["NetworkingConfig"]["EndpointsConfig"];
  EXPECT_EQ(endpoints.size(), 2u);
  EXPECT_EQ(endpoints["backend"], json::object());
}

TEST(ContainerBody, LeavesToTheOtherContainerWhatComesWithItsNetwork) {
  ContainerSpec spec{.network_mode = "container:abc"};
  spec.settings.hostname = "x";
  spec.settings.ports = {{.host_port = 1, .container_port = 1}};
  spec.settings.extra_hosts = {"a:1.1.1.1"};
  EXPECT_EQ(body_of(spec), json::parse(R"({"Image":"","Labels":{},"HostConfig":{"NetworkMode":"container:abc"}})"));
}

TEST(ContainerBody, SurvivesTextThatIsNotUtf8) {
  ContainerSpec spec;
  spec.settings.environment = {{"A", "\xff"}};
  EXPECT_EQ(body_of(spec)["Env"][0], "A=\xef\xbf\xbd");
}

TEST(NetworkBody, SaysSubnetRangeAndLabels) {
  NetworkSpec spec;
  spec.network.name = "bluegreen";
  spec.network.internal = true;
  spec.network.labels = {{"a", "1"}};
  spec.network.subnet = "10.213.8.0/24";
  spec.ip_range = "10.213.8.128/25";
  spec.labels = {{"a", "2"}};
  EXPECT_EQ(json::parse(network_body(spec)), json::parse(R"({"Name":"bluegreen","CheckDuplicate":true,"Driver":"bridge",
    "Internal":true,"Labels":{"a":"2"},
    "IPAM":{"Driver":"default","Config":[{"Subnet":"10.213.8.0/24","IPRange":"10.213.8.128/25"}]}})"));
  EXPECT_FALSE(json::parse(network_body(NetworkSpec{})).contains("IPAM"));
}

TEST(ConnectBody, CarriesAddressAndAliases) {
  EXPECT_EQ(
      json::parse(connect_body({.network = "n", .aliases = {"a"}, .ipv4_address = "10.0.0.2"}, "c")),
      json::parse(R"({"Container":"c","EndpointConfig":{"Aliases":["a"],"IPAMConfig":{"IPv4Address":"10.0.0.2"}}})"));
}

TEST(VolumeBody, CarriesDriverOptionsAndLabels) {
  EXPECT_EQ(json::parse(volume_body({.name = "v", .driver_opts = {{"type", "nfs"}}}, {{"l", "1"}})),
            json::parse(R"({"Name":"v","Driver":"local","DriverOpts":{"type":"nfs"},"Labels":{"l":"1"}})"));
}

TEST(WholeSeconds, AreRoundedUp) {
  EXPECT_EQ(whole_seconds(0ms), 0);
  EXPECT_EQ(whole_seconds(1ms), 1);
  EXPECT_EQ(whole_seconds(2000ms), 2);
}

}  // namespace
}  // namespace bluegreen::docker
