// SPDX-License-Identifier: MIT
#include "config/json.h"
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using namespace std::chrono_literals;

// Every field has a value that is not its default.
Service full_service() {
  Service service;
  service.name = "web";
  auto& c = service.container;
  c.image = "app:1";
  c.command = {{"a", "b c"}};
  c.entrypoint = std::vector<std::string>{};
  c.environment = {{"A", "1"}, {"B", "ü \"\n"}};
  c.labels = {{"l", ""}};
  c.mounts = {{Mount::Kind::volume, "v", "/v", true, false, true, "rshared", 5}, {}};
  c.ports = {{"127.0.0.1", 8080, 80, "udp"}};
  c.expose = {"9000/udp"};
  c.healthcheck = HealthCheck{true, {"CMD", "x"}, 1s, 2s, 0ms, 3};
  c.restart = {"on-failure", 3};
  c.user = "u";
  c.working_dir = "/w";
  c.hostname = "h";
  c.stop_signal = "SIGQUIT";
  c.stop_grace_period = 0ms;
  c.init = false;
  c.tty = c.stdin_open = true;
  c.extra_hosts = {"a:1.2.3.4"};
  service.container_name = "n";
  service.networks = {{"net", {"alias"}, "10.0.0.5"}};
  service.depends_on = {{"db", Dependency::Condition::completed}};
  service.replicas = 0;
  service.port = 65535;
  service.route = Route{.service = "web",
                        .hosts = {"a.example"},
                        .path = "/p",
                        .body_size = "10m",
                        .timeout = 90s,
                        .balance = Balance::ip_hash,
                        .protocol = Protocol::grpc,
                        .streaming = true,
                        .tls = Tls{"/c", "/k", 8443, 1h},
                        .snippet = "a b;\n"};
  service.health = {HealthProbe::Kind::tcp, "/h", "h", 201, 202, 7, 1ms, 2ms};
  service.digest = "d";
  return service;
}

Project full_project() {
  Project project{.name = "shop", .directory = "/srv/shop"};
  project.apps = {{"app", {full_service()}, {SwitchMode::reload, Retire::keep, 5ms, 0ms}}};
  project.infrastructure = {full_service(), Service{}};
  project.networks = {{"n", {"shop_n", true, true, "macvlan", {{"a", "1"}}, {{"b", "2"}}, "10.0.0.0/24", "10.0.0.1"}}};
  project.volumes = {{"v", {"shop_v", true, "nfs", {{"a", "1"}}, {{"b", "2"}}}}};
  project.proxy = {.service = "nginx",
                   .image = "nginx:2",
                   .ports = {{"", 1, 2, "tcp"}},
                   .mounts = {{.source = "/certs", .target = "/c"}},
                   .listen = 81,
                   .listen_tls = 83,
                   .preview_port = 82,
                   .acme = "/acme",
                   .unknown_host = 444};
  project.subnet = "10.1.0.0/24";
  return project;
}

TEST(Json, CarriesAServiceWithoutLoss) {
  const auto read = service_from_json(service_to_json(full_service()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, full_service());
  EXPECT_EQ(service_to_json(*read), service_to_json(full_service()));
  EXPECT_EQ(*service_from_json(service_to_json(Service{})), Service{});
}

TEST(Json, CarriesAnAppAndAProjectWithoutLoss) {
  EXPECT_EQ(*app_from_json(app_to_json(full_project().apps[0])), full_project().apps[0]);
  EXPECT_EQ(*project_from_json(project_to_json(full_project(), Secrets::shown)), full_project());
}

TEST(Json, CarriesWhatAFileSays) {
  const auto service = load_service(
      "command: []\nenvironment: {A: }\nvolumes: ['./a:/b']\nx-bluegreen: {port: 80, snippet: 'a b;'}", {{"A", "ü"}});
  EXPECT_EQ(*service_from_json(service_to_json(service)), service);
}

TEST(Json, LeavesOutDefaultsSoThatNewFieldsChangeNoDigest) {
  EXPECT_EQ(service_to_json(Service{.name = "web"}), "{\"name\":\"web\"}");
}

TEST(Json, RefusesWhatItDoesNotKnow) {
  for (const auto* text : {"", "nonsense", "[]", "{\"name\":5}", "{\"name\":\"a\",\"new_field\":1}", "{\"port\":65536}",
                           "{\"port\":-1}", "{\"replicas\":1.5}", "{\"health\":{\"kind\":\"smtp\"}}",
                           "{\"depends_on\":{}}", "{\"container\":{\"environment\":{\"A\":1}}}"})
    EXPECT_FALSE(service_from_json(text)) << text;
  EXPECT_EQ(service_from_json("{\"new_field\":1}").error().message, "the field new_field is unknown");
}

TEST(Json, SurvivesBytesThatAreNoText) {
  Service service;
  service.container.environment["A"] = "\xFF";
  EXPECT_THAT(service_to_json(service), HasSubstr("\"A\":"));
}

TEST(Digest, HasThirtyTwoHexadecimalDigitsAndIsStable) {
  EXPECT_THAT(digest_of(full_service()), MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(digest_of(full_service()).size(), 32U);
  EXPECT_EQ(digest_of(Service{.name = "web"}), digest_of(Service{.name = "web", .digest = "other"}));
  // FNV-1a, 128 bit, of {"name":"web"}: a change of this value would make every app look changed.
  EXPECT_EQ(digest_of(Service{.name = "web"}), "de541095ef18e7535ec7a04dd826939a");
}

TEST(Digest, ChangesWithTheConfigurationAndNotWithAMountedFile) {
  ProjectDirectory directory;
  const auto digest = [&] { return directory.load()->project.infrastructure[0].digest; };
  directory.write("compose.yaml", "services: {web: {image: a, volumes: ['./f:/f'], environment: {A: '${A:-1}'}}}\n")
      .write("f", "1");
  const auto before = digest();
  directory.write("f", "2");
  EXPECT_EQ(digest(), before);
  directory.write(
      "compose.yaml",
      "# only the text differs\nservices:\n  web:\n    environment: [A=1]\n    volumes: ['./f:/f']\n    image: a\n");
  EXPECT_EQ(digest(), before);
  directory.write("compose.yaml", "services: {web: {image: a, volumes: ['./f:/f'], environment: {A: 2}}}\n");
  EXPECT_NE(digest(), before);
}

TEST(Yaml, ReadsWell) {
  Project project{.name = "shop", .directory = "/srv/shop"};
  project.infrastructure = {
      {.name = "db",
       .container = {
           .image = "postgres:16", .command = {{"a", "- b"}}, .environment = {{"ON", "yes"}, {"URL", "x: y"}}}}};
  EXPECT_EQ(project_to_yaml(project, Secrets::shown),
            "name: shop\n"
            "directory: /srv/shop\n"
            "infrastructure:\n"
            "  - name: db\n"
            "    container:\n"
            "      image: postgres:16\n"
            "      command:\n"
            "        - a\n"
            "        - \"- b\"\n"
            "      environment:\n"
            "        \"ON\": \"yes\"\n"
            "        URL: \"x: y\"\n");
}

TEST(Secrets, AreHiddenOnRequest) {
  Project project;
  project.infrastructure = {{.name = "db", .container = {.environment = {{"DB_PASSWORD", "hunter2"}}}}};
  EXPECT_THAT(project_to_json(project, Secrets::hidden), Not(HasSubstr("hunter2")));
  EXPECT_THAT(project_to_yaml(project, Secrets::hidden), Not(HasSubstr("hunter2")));
  EXPECT_THAT(project_to_json(project, Secrets::shown), HasSubstr("hunter2"));
}

}  // namespace
}  // namespace bluegreen
