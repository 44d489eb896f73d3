// SPDX-License-Identifier: MIT
// The keys of a service.
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Values = std::map<std::string, std::string>;
using Words = std::vector<std::string>;
using namespace std::chrono_literals;

TEST(ComposeReader, RefusesAnUnknownKeyWithFileLineAndColumn) {
  EXPECT_EQ(service_complaints("enviroment: {}"),
            "compose.yaml:4:5: services.web.enviroment: unknown key; did you mean \"environment\"?");
}

TEST(ComposeReader, SaysWhenAComposeKeyIsNotImplemented) {
  EXPECT_EQ(service_complaints("cap_add: [NET_ADMIN]"),
            "compose.yaml:4:5: services.web.cap_add: bluegreen does not implement this Compose key; remove it, or keep "
            "the service out of this file");
  for (const auto* key : {"secrets", "privileged", "mem_limit", "tmpfs", "links", "extends"})
    EXPECT_THAT(service_complaints(std::string(key) + ": x"), HasSubstr("does not implement")) << key;
}

TEST(ComposeReader, RefusesUnknownKeysAtEveryLevel) {
  for (const auto* body :
       {"healthcheck: {tset: x}", "deploy: {replica: 2}", "deploy: {resources: {}}", "depends_on: {web: {condtion: x}}",
        "networks: {default: {alias: []}}", "ports: [{target: 1, publish: 2}]",
        "volumes: [{type: bind, source: /a, target: /b, readonly: true}]",
        "volumes: [{type: volume, target: /b, volume: {subpath: x}}]", "env_file: [{path: x, requred: true}]",
        "x-bluegreen: {prot: 1}", "x-bluegreen: {port: 1, health: {pth: /}}", "x-bluegreen: {drain: {timout: 1s}}"})
    EXPECT_THAT(service_complaints(body), HasSubstr("compose.yaml:4:")) << body;
  EXPECT_THAT(complaints("servics: {}\nservices: {web: {image: a}}\n"),
              HasSubstr("compose.yaml:1:1: servics: unknown key; did you mean \"services\"?"));
  EXPECT_THAT(complaints("services: {web: {image: a}}\nsecrets: {}\n"),
              HasSubstr("compose.yaml:2:1: secrets: bluegreen does not implement"));
}

TEST(ComposeReader, CollectsAllComplaintsInTheOrderOfTheFile) {
  EXPECT_EQ(
      complaints("services:\n  web:\n    imgae: a\n    init: perhaps\n    stop_grace_period: 30\n"),
      "compose.yaml:3:5: services.web: needs image\n"
      "compose.yaml:3:5: services.web.imgae: unknown key; did you mean \"image\"?\n"
      "compose.yaml:4:11: services.web.init: \"perhaps\" is neither true nor false\n"
      "compose.yaml:5:24: services.web.stop_grace_period: \"30\" is not a duration; write e.g. 500ms, 30s or 1m30s");
}

TEST(ComposeReader, StopsAfterFiftyComplaints) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += numbered("zzkey", i) + ": 1\n";
  const auto message = service_complaints(body);
  EXPECT_EQ(std::ranges::count(message, '\n'), 50);
  EXPECT_THAT(message, HasSubstr("\nand more"));
}

TEST(ComposeReader, RefusesAMapWhereAListIsWantedAndTheOtherWayRound) {
  EXPECT_EQ(service_complaints("ports: 80"), "compose.yaml:4:12: services.web.ports: expected a list, not a value");
  EXPECT_EQ(service_complaints("healthcheck: 5"),
            "compose.yaml:4:18: services.web.healthcheck: expected a map, not a value");
  EXPECT_EQ(service_complaints("user: [a]"), "compose.yaml:4:11: services.web.user: expected a value, not a list");
  EXPECT_EQ(service_complaints("environment: {A: {b: c}}"),
            "compose.yaml:4:22: services.web.environment.A: expected a value, not a map");
  EXPECT_EQ(service_complaints("environment: [{A: b}]"),
            "compose.yaml:4:18: services.web.environment: expected a map, not a list");
  EXPECT_THAT(complaints("services: 5\n"), HasSubstr("compose.yaml:1:11: services: expected a map, not a value"));
  EXPECT_THAT(complaints("services: {web: 5}\n"),
              HasSubstr("compose.yaml:1:17: services.web: expected a map, not a value"));
  EXPECT_THAT(complaints("- a\n"), HasSubstr("compose.yaml:1:1: expected a map, not a list"));
}

TEST(ComposeReader, RefusesAKeyLeftEmpty) {
  EXPECT_EQ(service_complaints("user:"),
            "compose.yaml:4:5: services.web.user: is empty; give it a value or remove the key");
}

TEST(ComposeReader, AsksForAnImageAndNeverBuilds) {
  EXPECT_EQ(complaints("services:\n  web:\n    build: .\n"),
            "compose.yaml:3:5: services.web.build: bluegreen does not build images; build it first (docker build -t "
            "web:TAG ...) and write image: web:TAG");
  EXPECT_THAT(service_complaints("profiles: [debug]"),
              HasSubstr("compose.yaml:4:5: services.web.profiles: profiles are not implemented"));
  EXPECT_THAT(service_complaints("pull_policy: always"), HasSubstr("services.web.pull_policy"));
}

TEST(ComposeReader, IgnoresExtensionsButNotAMisspeltOneOfOurs) {
  EXPECT_EQ(service_complaints("x-other: {a: 1}"), "");
  EXPECT_EQ(service_complaints("x-bluegren: {}"),
            "compose.yaml:4:5: services.web.x-bluegren: unknown key; did you mean \"x-bluegreen\"?");
}

TEST(Command, IsSplitOrTakenAsAList) {
  const auto service = load_service("command: sh -c 'a b'\nentrypoint: [/run, a b]");
  EXPECT_EQ(service.container.command, (Words{"sh", "-c", "a b"}));
  EXPECT_EQ(service.container.entrypoint, (Words{"/run", "a b"}));
}

TEST(Command, IsTheImagesOwnWhenAbsentAndEmptyWhenEmpty) {
  EXPECT_EQ(load_service("command:").container.command, std::nullopt);
  EXPECT_EQ(load_service("command: []").container.command, Words{});
  EXPECT_EQ(load_service("entrypoint: ''").container.entrypoint, Words{});
}

TEST(Environment, ComesInBothForms) {
  const Values wanted{{"A", "1"}, {"B", "x=y"}, {"C", ""}, {"D", "true"}};
  EXPECT_EQ(load_service("environment: {A: 1, B: x=y, C: '', D: true}").container.environment, wanted);
  EXPECT_EQ(load_service("environment: [A=1, B=x=y, C=, D=true]").container.environment, wanted);
}

TEST(Environment, TakesAKeyWithoutValueFromOutside) {
  EXPECT_EQ(load_service("environment: {A: , B: }", {{"A", "out"}}).container.environment, (Values{{"A", "out"}}));
  EXPECT_EQ(load_service("environment: [A, B]", {{"A", "out"}}).container.environment, (Values{{"A", "out"}}));
}

TEST(Environment, RefusesTextThatTheEngineCouldNotTake) {
  EXPECT_THAT(complaints("services: {web: {image: a, environment: [A]}}\n", {{"A", "\xFF"}}), HasSubstr("not UTF-8"));
  EXPECT_THAT(service_complaints("environment: {'': x}"), HasSubstr("not a name of a variable"));
}

TEST(Labels, ComeInBothForms) {
  EXPECT_EQ(load_service("labels: {a: 1, b: }").container.labels, (Values{{"a", "1"}, {"b", ""}}));
  EXPECT_EQ(load_service("labels: [a=1, b]").container.labels, (Values{{"a", "1"}, {"b", ""}}));
}

TEST(Volumes, KnowTheShortForms) {
  ProjectDirectory directory;
  directory.input.environment = {{"HOME", "/home/me"}};
  directory.write("compose.yaml",
                  "services:\n  web:\n    image: a\n    volumes: ['./a:/a', '../b:/b:ro', '/c:/c:rw,rshared', "
                  "'~/d:/d', 'data:/e:nocopy', '/f/', '.:/g:cached']\n"
                  "volumes: {data: }\n");
  const auto loaded = directory.load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  using enum Mount::Kind;
  const auto here = directory.path(), above = here.substr(0, here.rfind('/'));
  EXPECT_THAT(loaded->project.infrastructure[0].container.mounts,
              ElementsAre(Mount{bind, here + "/a", "/a"}, Mount{bind, above + "/b", "/b", true},
                          Mount{bind, "/c", "/c", false, true, false, "rshared"}, Mount{bind, "/home/me/d", "/d"},
                          Mount{volume, "demo_data", "/e", false, true, true}, Mount{volume, "", "/f"},
                          Mount{bind, here, "/g"}));
}

TEST(Volumes, KnowTheLongForm) {
  const auto service = load_service(
      "volumes:\n"
      "- {type: bind, source: /a, target: /a, read_only: true, bind: {create_host_path: false, propagation: rslave}}\n"
      "- {type: volume, target: /b, volume: {nocopy: true}}\n"
      "- {type: tmpfs, target: /c, tmpfs: {size: 64m}}\n");
  using enum Mount::Kind;
  EXPECT_THAT(service.container.mounts, ElementsAre(Mount{bind, "/a", "/a", true, false, false, "rslave"},
                                                    Mount{volume, "", "/b", false, true, true},
                                                    Mount{tmpfs, "", "/c", false, true, false, "", 64 << 20}));
}

TEST(Volumes, RefuseWhatCannotBeMounted) {
  for (const auto& [body, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"volumes: [data:/a]", "the volume \"data\" is not declared"},
           {"volumes: ['./a:b']", "\"b\" is not an absolute path"},
           {"volumes: ['/a:/b:rx']", "\"rx\" is not an option"},
           {"volumes: ['/a:/b:z']", "SELinux"},
           {"volumes: ['/a:/b:ro:c']", "too many colons"},
           {"volumes: [':/b']", "no source"},
           {"volumes: ['~you/x:/b']", "another user's home"},
           {"volumes: ['/a:/b', '/c:/b/']", "a second mount at /b"},
           {"volumes: [{type: npipe, source: a, target: /b}]", "\"npipe\" is not implemented"},
           {"volumes: [{source: /a, target: /b}]", "needs type"},
           {"volumes: [{type: bind, target: /b}]", "needs source"},
           {"volumes: [{type: volume}]", "needs target"},
           {"volumes: [{type: tmpfs, source: /a, target: /b}]", "no source"},
           {"volumes: [{type: volume, target: /b, bind: {}}]", "does not fit"}})
    EXPECT_THAT(service_complaints(body), HasSubstr(wanted)) << body;
}

TEST(PublishedPorts, ComeInBothForms) {
  const auto ports = load_service(
                         "ports: ['8080:80', 9000, {target: 53, published: '5353', protocol: udp, host_ip: 127.0.0.1, "
                         "mode: host}, '8080:80']")
                         .container.ports;
  EXPECT_THAT(ports, ElementsAre(PortMapping{"", 8080, 80}, PortMapping{"", 0, 9000},
                                 PortMapping{"127.0.0.1", 5353, 53, "udp"}));
  EXPECT_EQ(service_complaints("ports: ['80:http']"),
            "compose.yaml:4:13: services.web.ports[0]: \"http\" is not a port; write a number from 1 to 65535");
  EXPECT_THAT(service_complaints("ports: [{published: 80}]"), HasSubstr("needs target"));
}

TEST(Expose, HasPortsAndProtocols) {
  EXPECT_THAT(load_service("expose: [9000, '9001/udp', 3000-3001]").container.expose,
              ElementsAre("9000", "9001/udp", "3000", "3001"));
  EXPECT_THAT(service_complaints("expose: ['80:80']"), HasSubstr("ports publishes it"));
}

TEST(DockerHealthcheck, KnowsEveryFormOfTest) {
  EXPECT_EQ(load_service("healthcheck: {test: curl -f localhost}").container.healthcheck->test,
            (Words{"CMD-SHELL", "curl -f localhost"}));
  EXPECT_EQ(load_service("healthcheck: {test: [CMD, a, b]}").container.healthcheck->test, (Words{"CMD", "a", "b"}));
  EXPECT_TRUE(load_service("healthcheck: {test: [NONE]}").container.healthcheck->disabled);
  EXPECT_TRUE(load_service("healthcheck: {disable: true}").container.healthcheck->disabled);
  EXPECT_THAT(service_complaints("healthcheck: {test: [curl, x]}"),
              HasSubstr("must begin with NONE, CMD or CMD-SHELL"));
  EXPECT_THAT(service_complaints("healthcheck: {test: [CMD]}"), HasSubstr("needs a program"));
  EXPECT_THAT(service_complaints("healthcheck: {start_interval: 1s}"), HasSubstr("does not implement"));
}

TEST(DockerHealthcheck, HasItsTimes) {
  const auto check = *load_service("healthcheck: {interval: 1m30s, timeout: 500ms, start_period: 0s, retries: 5}")
                          .container.healthcheck;
  EXPECT_EQ(check.interval, 90s);
  EXPECT_EQ(check.timeout, 500ms);
  EXPECT_EQ(check.start_period, 0ms);
  EXPECT_EQ(check.retries, 5);
  EXPECT_THAT(check.test, IsEmpty());
}

TEST(Dependencies, ComeInBothForms) {
  const auto loaded = load(
      "services:\n  a: {image: a, depends_on: [b]}\n  b: {image: b, depends_on: {c: {condition: service_healthy, "
      "restart: true}}}\n"
      "  c: {image: c, depends_on: {gone: {required: false}}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto& services = loaded->project.infrastructure;
  EXPECT_THAT(services[2].depends_on, ElementsAre(Dependency{"b", Dependency::Condition::started}));
  EXPECT_THAT(services[1].depends_on, ElementsAre(Dependency{"c", Dependency::Condition::healthy}));
  EXPECT_THAT(services[0].depends_on, IsEmpty());
  EXPECT_THAT(service_complaints("depends_on: {web: {condition: healthy}}"),
              HasSubstr("\"healthy\" is not a condition"));
}

TEST(Replicas, ComeFromDeployOrScale) {
  EXPECT_EQ(load_service("deploy: {replicas: 3}").replicas, 3);
  EXPECT_EQ(load_service("scale: 2").replicas, 2);
  EXPECT_EQ(load_service("scale: 2\ndeploy: {mode: replicated, replicas: 2}").replicas, 2);
  EXPECT_THAT(service_complaints("scale: 2\ndeploy: {replicas: 3}"),
              HasSubstr("compose.yaml:4:5: services.web.scale: differs from deploy.replicas"));
  EXPECT_THAT(service_complaints("deploy: {mode: global}"), HasSubstr("only the mode replicated"));
  EXPECT_THAT(service_complaints("scale: many"), HasSubstr("\"many\" is not a whole number from 0 to 99"));
}

TEST(Container, HasItsSmallSettings) {
  const auto service = load_service(
      "user: 1000:1000\nworking_dir: /srv\nhostname: h\nstop_signal: SIGQUIT\nstop_grace_period: 1m\ninit: false\ntty: "
      "true\nstdin_open: true\n"
      "restart: no\ncontainer_name: mine\nextra_hosts: ['a:1.2.3.4', 'b=[::1]', 'gw=host-gateway']\n");
  const auto& container = service.container;
  EXPECT_EQ(container.user, "1000:1000");
  EXPECT_EQ(container.working_dir, "/srv");
  EXPECT_EQ(container.hostname, "h");
  EXPECT_EQ(container.stop_signal, "SIGQUIT");
  EXPECT_EQ(container.stop_grace_period, 60s);
  EXPECT_EQ(container.init, false);
  EXPECT_TRUE(container.tty && container.stdin_open);
  EXPECT_EQ(container.restart.name, "no");
  EXPECT_EQ(service.container_name, "mine");
  EXPECT_THAT(container.extra_hosts, ElementsAre("a:1.2.3.4", "b:::1", "gw:host-gateway"));
  EXPECT_THAT(load_service("extra_hosts: {a: 1.2.3.4, b: [1.1.1.1, 2.2.2.2]}").container.extra_hosts,
              ElementsAre("a:1.2.3.4", "b:1.1.1.1", "b:2.2.2.2"));
  EXPECT_EQ(load_service("tty: false").container.init, std::nullopt);
}

}  // namespace
}  // namespace bluegreen
