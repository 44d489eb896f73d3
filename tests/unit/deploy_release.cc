// SPDX-License-Identifier: MIT
// What a release is called, and the containers that it and the infrastructure are made of.
#include "deploy/release.h"
#include "worlds.h"

namespace bluegreen {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

WallTime at(std::chrono::sys_days day, Milliseconds time) { return WallTime(day) + time; }
const auto november = at(std::chrono::year{2026} / 11 / 23, Milliseconds{36'900'000 + 7'042});

TEST(ReleaseId, SaysWhenItWasMadeInUtc) { EXPECT_EQ(make_release_id(november), "20261123-101507-0ac0"); }

TEST(ReleaseId, SortsByTimeAlsoWithinASecond) {
  EXPECT_LT(make_release_id(november), make_release_id(november + Seconds(1)));
  EXPECT_LT(make_release_id(at(std::chrono::year{2026} / 9 / 30, Milliseconds(0))),
            make_release_id(at(std::chrono::year{2026} / 10 / 1, Milliseconds(0))));
  for (Milliseconds each{0}; each < Seconds(2); ++each)
    EXPECT_LT(make_release_id(november + each), make_release_id(november + each + Milliseconds(1)));
}

// ---- environments ---------------------------------------------------------------------------------------------

struct EnvironmentContainers : testing::Test {
  EnvironmentContainers() {
    project.networks["backend"].name = "shop_backend";
    release.app = app_of("shop", {service_of("api", 8000), service_of("web", 3000)});
    release.app.services[0].networks = {{"backend", {"api", "internal-api"}, ""}};
    release.app.services[1].replicas = 2;
  }
  std::vector<ContainerSpec> make(Color color = Color::green) {
    const auto sides = site_of(project, release.app).sides;
    return environment_containers({project, release, color, sides[color], managed_name}, foreign_names);
  }
  Project project = shop_project();
  Release release{"r1", {}, {{"api", "sha256:api"}}};
  std::set<std::string> foreign_names;
};

TEST_F(EnvironmentContainers, AreNamedByServiceColorAndReplica) {
  EXPECT_THAT(names(make(Color::green)), ElementsAre("api-GREEN", "web-GREEN-1", "web-GREEN-2"));
  EXPECT_THAT(names(make(Color::blue)), ElementsAre("api-BLUE", "web-BLUE-1", "web-BLUE-2"));
}

TEST_F(EnvironmentContainers, GetTheProjectsNameInFrontWhereSomebodyElseHasTheirs) {
  foreign_names = {"web-GREEN-1"};
  const auto containers = make();
  EXPECT_THAT(names(containers), ElementsAre("api-GREEN", "shop-web-GREEN-1", "web-GREEN-2"));
  EXPECT_THAT(containers[1].networks[0].aliases, ElementsAre("web-GREEN"));
}

TEST_F(EnvironmentContainers, CarryOurLabelsAndNotComposes) {
  const auto labels = make()[2].labels;
  EXPECT_EQ(labels.at(label::project), "shop");
  EXPECT_EQ(labels.at(label::app), "shop");
  EXPECT_EQ(labels.at(label::color), "GREEN");
  EXPECT_EQ(labels.at(label::service), "web");
  EXPECT_EQ(labels.at(label::replica), "2");
  EXPECT_EQ(labels.at(label::release), "r1");
  EXPECT_EQ(labels.at(label::digest), "digest-of-web");
  EXPECT_EQ(labels.at(label::image), "web:1");
  EXPECT_FALSE(labels.contains(label::compose_project));
}

TEST_F(EnvironmentContainers, AreMadeFromTheReleasesImage) {
  const auto containers = make();
  EXPECT_EQ(containers[0].image, "sha256:api");
  EXPECT_EQ(containers[1].image, "web:1");  // not known before it is pulled
}

TEST_F(EnvironmentContainers, StandOnTheirNetworksAndLastOnTheManagedOne) {
  const auto containers = make();
  EXPECT_THAT(containers[0].networks,
              ElementsAre(NetworkEndpoint{"shop_backend", {"api-GREEN", "internal-api-GREEN"}, ""},
                          NetworkEndpoint{managed_name, {"api-GREEN"}, "10.208.0.5"}));
  EXPECT_EQ(containers[1].networks.back().ipv4_address, "10.208.0.6");
  EXPECT_EQ(containers[2].networks.back().ipv4_address, "10.208.0.7");
}

TEST_F(EnvironmentContainers, FindEachOtherInsideTheirColorUnderPlainNames) {
  for (const auto& container : make()) {
    EXPECT_THAT(container.extra_hosts,
                ElementsAre("api:10.208.0.5", "internal-api:10.208.0.5", "web:10.208.0.6", "web:10.208.0.7"));
  }
  EXPECT_EQ(make(Color::blue).front().extra_hosts.front(), "api:10.208.0.2");
}

TEST_F(EnvironmentContainers, AreToldTheirColorAndReleaseUnlessTheFileSaysOtherwise) {
  release.app.services[0].container.environment = {{"BLUEGREEN_COLOR", "own"}, {"A", "1"}};
  const auto containers = make();
  EXPECT_EQ(containers[0].settings.environment.at("BLUEGREEN_COLOR"), "own");
  EXPECT_EQ(containers[0].settings.environment.at("A"), "1");
  EXPECT_EQ(containers[1].settings.environment.at("BLUEGREEN_COLOR"), "GREEN");
  EXPECT_EQ(containers[1].settings.environment.at("BLUEGREEN_RELEASE"), "r1");
}

TEST_F(EnvironmentContainers, GetAnInitProcessAndComeBackAfterAReboot) {
  release.app.services[1].container.init = false;
  release.app.services[1].container.restart.name = "no";
  const auto containers = make();
  EXPECT_EQ(containers[0].settings.init, true);
  EXPECT_EQ(containers[0].settings.restart.name, "unless-stopped");
  EXPECT_EQ(containers[1].settings.init, false);
  EXPECT_EQ(containers[1].settings.restart.name, "no");
}

// ---- infrastructure -------------------------------------------------------------------------------------------

TEST(InfrastructureContainer, IsNamedAndLabelledAsComposeDoesIt) {
  const auto project = shop_project();
  const auto db = infrastructure_container(project, project.infrastructure.front());
  EXPECT_EQ(db.name, "shop-db-1");
  EXPECT_EQ(db.image, "db:1");
  EXPECT_EQ(db.labels.at(label::compose_project), "shop");
  EXPECT_EQ(db.labels.at(label::compose_service), "db");
  EXPECT_EQ(db.labels.at(label::compose_number), "1");
  EXPECT_EQ(db.labels.at(label::compose_oneoff), "False");
  EXPECT_EQ(db.labels.at(label::project), "shop");
  EXPECT_FALSE(slot_labels(db.labels));
  EXPECT_FALSE(db.settings.init);
  EXPECT_EQ(db.settings.restart.name, "");
}

TEST(InfrastructureContainer, OfNginxComesBackAfterARebootUnlessTheFileSaysOtherwise) {
  auto project = shop_project();
  auto& nginx = project.infrastructure[1];
  EXPECT_EQ(infrastructure_container(project, nginx).settings.restart.name, "unless-stopped");
  nginx.container.restart.name = "no";
  EXPECT_EQ(infrastructure_container(project, nginx).settings.restart.name, "no");
  EXPECT_EQ(infrastructure_container(project, project.infrastructure[0]).settings.restart.name, "");
}

TEST(InfrastructureContainer, KeepsTheNameAliasesAndAddressOfTheFile) {
  const auto project = shop_project();
  auto service = project.infrastructure.front();
  service.container_name = "postgres";
  service.networks = {{"default", {"database"}, "172.18.0.9"}};
  const auto db = infrastructure_container(project, service);
  EXPECT_EQ(db.name, "postgres");
  EXPECT_THAT(db.networks, ElementsAre(NetworkEndpoint{"shop_default", {"db", "database"}, "172.18.0.9"}));
  service.networks = {{"default", {"database", "db"}, ""}};
  EXPECT_THAT(infrastructure_container(project, service).networks.front().aliases, ElementsAre("database", "db"));
}

TEST(InfrastructureContainer, WithoutNetworksHasNone) {
  const auto project = shop_project();
  auto service = project.infrastructure.front();
  EXPECT_EQ(infrastructure_container(project, service).network_mode, "");
  service.networks.clear();
  EXPECT_EQ(infrastructure_container(project, service).network_mode, "none");
}

TEST(DefaultProxyContainer, PublishesPort80AndKeepsItsConfigurationInAVolume) {
  const auto nginx = default_proxy_container({});
  EXPECT_EQ(nginx.name, default_proxy_name);
  EXPECT_EQ(nginx.image, "nginx");
  EXPECT_THAT(nginx.settings.ports, ElementsAre(PortMapping{"", 80, 80, "tcp"}));
  ASSERT_EQ(nginx.settings.mounts.size(), 1U);
  EXPECT_EQ(nginx.settings.mounts.front().source, default_proxy_volume);
  EXPECT_EQ(nginx.settings.mounts.front().target, "/etc/nginx/conf.d");
  EXPECT_TRUE(nginx.settings.mounts.front().no_copy);
  EXPECT_THAT(nginx.networks, ElementsAre(NetworkEndpoint{default_proxy_network, {}, ""}));
  EXPECT_EQ(nginx.settings.restart.name, "unless-stopped");
  EXPECT_FALSE(nginx.labels.contains(label::project));  // it is every project's
}

TEST(DefaultProxyContainer, TakesTheImageAndPortsOfTheFile) {
  Project project;
  project.proxy.image = "nginx:1.27";
  project.proxy.ports = {{"127.0.0.1", 8080, 80, "tcp"}};
  EXPECT_EQ(default_proxy_container(project).image, "nginx:1.27");
  EXPECT_EQ(default_proxy_container(project).settings.ports, project.proxy.ports);
}

TEST(DefaultProxyContainer, PublishesPort443WhereAnAppHasTlsAndMountsWhatTheFileSays) {
  auto project = shop_project();
  project.proxy.mounts = {{.source = "/srv/certs", .target = "/etc/nginx/certs"}};
  project.proxy.listen_tls = 8443;
  auto& route = project.apps.front().services.front().route;
  if (!route) route.emplace();
  route->tls = Tls{"/etc/nginx/certs/a.pem", "/etc/nginx/certs/a.key"};
  const auto nginx = default_proxy_container(project);
  EXPECT_THAT(nginx.settings.ports, ElementsAre(PortMapping{"", 80, 80, "tcp"}, PortMapping{"", 443, 8443, "tcp"}));
  ASSERT_EQ(nginx.settings.mounts.size(), 2U);
  EXPECT_EQ(nginx.settings.mounts.back(), project.proxy.mounts.front());
}

TEST(ProjectNetworksAndVolumes, AreLabelledAsComposeDoesIt) {
  const auto project = shop_project();
  EXPECT_EQ(project_network(project, "default").network.name, "shop_default");
  EXPECT_EQ(project_network(project, "default").labels.at(label::compose_network), "default");
  EXPECT_EQ(volume_labels(project, "data").at(label::compose_volume), "data");
  for (const auto& labels : {project_network(project, "default").labels, volume_labels(project, "data")}) {
    EXPECT_EQ(labels.at(label::project), "shop");
    EXPECT_EQ(labels.at(label::compose_project), "shop");
  }
}

}  // namespace
}  // namespace bluegreen
