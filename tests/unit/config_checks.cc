// SPDX-License-Identifier: MIT
// What concerns several services at once.
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names_of(const std::vector<Service>& services) {
  std::vector<std::string> names;
  for (const auto& service : services) names.push_back(service.name);
  return names;
}

std::string app_problem(const std::string& body) {
  return complaints("services:\n  web: {image: a, " + body + ", x-bluegreen: {port: 80}}\n");
}

TEST(AppServices, CannotHoldWhatTwoEnvironmentsCannotShare) {
  EXPECT_EQ(app_problem("ports: ['8080:80']"),
            "compose.yaml:2:19: services.web.ports: two environments cannot hold one port of the host; remove it and "
            "let nginx route to x-bluegreen.port");
  EXPECT_EQ(app_problem("ports: ['80']"), "");
  EXPECT_THAT(app_problem("container_name: x"),
              HasSubstr("services.web.container_name: the containers of an app are named by color; remove it; they are "
                        "called web-BLUE and web-GREEN"));
  EXPECT_THAT(app_problem("networks: {default: {ipv4_address: 10.0.0.5}}"), HasSubstr("cannot hold one ipv4_address"));
  EXPECT_THAT(app_problem("network_mode: none"), HasSubstr("needs a network"));
  EXPECT_THAT(app_problem("scale: 0"), HasSubstr("at least one replica"));
}

TEST(AppServices, ShareAnAppAndAreSorted) {
  const auto loaded = load(
      "services:\n  web: {image: a, x-bluegreen: {app: shop, port: 1}}\n  api: {image: a, x-bluegreen: {app: shop, "
      "port: 2, path: /api}}\n"
      "  blog: {image: a, x-bluegreen: {port: 3, host: blog.example}}\n  db: {image: b}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(loaded->project.apps.size(), 2U);
  EXPECT_EQ(loaded->project.apps[0].name, "blog");
  EXPECT_THAT(names_of(loaded->project.apps[1].services), ElementsAre("api", "web"));
  EXPECT_THAT(names_of(loaded->project.infrastructure), ElementsAre("db"));
}

TEST(AppServices, AgreeOnTheirPolicy) {
  const auto two = [](const std::string& one, const std::string& other) {
    return complaints("services:\n  a: {image: a, x-bluegreen: {app: x, " + one +
                      "}}\n  b: {image: a, x-bluegreen: {app: x, " + other + "}}\n");
  };
  EXPECT_EQ(two("drain: 5s", "drain: 6s"),
            "compose.yaml:3:39: services.b.x-bluegreen.drain: differs from services.a.x-bluegreen.drain "
            "(compose.yaml:2:39), but drain belongs to the app as a "
            "whole; say it at one of its services");
  EXPECT_EQ(two("drain: 5s", "drain: 5000ms"), "");
  EXPECT_EQ(two("drain: 5s", "retire: keep"), "");
  EXPECT_THAT(two("retire: stop", "retire: keep"), HasSubstr("but retire belongs"));
  EXPECT_THAT(two("switch: marker", "switch: reload"), HasSubstr("but switch belongs"));
  EXPECT_THAT(two("health: {deadline: 1s}", "health: {deadline: 2s}"), HasSubstr("but the health deadline belongs"));
}

TEST(Routes, BelongToOneService) {
  const auto two = [](const std::string& one, const std::string& other) {
    return complaints("services:\n  a: {image: a, x-bluegreen: {port: 1" + one +
                      "}}\n  b: {image: a, x-bluegreen: {port: 2" + other + "}}\n");
  };
  EXPECT_EQ(two("", ""),
            "compose.yaml:3:30: services.b.x-bluegreen: the services \"a\" and \"b\" both want every host, path /; "
            "give one of them another host or path; the other "
            "is services.a.x-bluegreen (compose.yaml:2:30)");
  EXPECT_THAT(two(", hosts: [x.example, y.example], path: /p", ", host: Y.example, path: /p/"),
              HasSubstr("both want http://y.example/p"));
  EXPECT_EQ(two(", host: x.example", ""), "");
  EXPECT_EQ(two(", path: /a", ", path: /b"), "");
}

TEST(Names, ThatBecomeOneNginxVariableAreRefused) {
  EXPECT_THAT(complaints("services:\n  a-b: {image: a, x-bluegreen: {}}\n  a_b: {image: a, x-bluegreen: {}}\n"),
              HasSubstr("the apps \"a_b\" and \"a-b\" become the same nginx variable $a_b; rename one of them; the "
                        "other is services.a-b.x-bluegreen (compose.yaml:2:32)"));
  EXPECT_THAT(
      complaints("services:\n  c: {image: a, x-bluegreen: {app: a_b}}\n  b_c: {image: a, x-bluegreen: {app: a}}\n  "
                 "c.d: {image: a, x-bluegreen: {app: a-b-x}}\n  c-d: {image: a, x-bluegreen: {app: z}}\n"),
      AllOf(HasSubstr("become the same nginx variable $a_b_c"), HasSubstr("variable $c_d")));
}

TEST(Names, ThatDifferInCaseAloneAreRefusedAsNginxTakesThemForOne) {
  EXPECT_THAT(
      complaints("services:\n  web: {image: a, x-bluegreen: {app: x}}\n  Web: {image: a, x-bluegreen: {app: x}}\n"),
      HasSubstr("the services \"Web\" and \"web\" become the same nginx variable $web"));
}

TEST(Names, OfAppsAreNotThoseOfStrangers) {
  EXPECT_THAT(complaints("services:\n  web: {image: a, x-bluegreen: {app: db}}\n  db: {image: a}\n"),
              HasSubstr("services.web.x-bluegreen: the app \"db\" has the name of a service that does not belong to "
                        "it; rename the app; the service is services.db (compose.yaml:3:7)"));
  EXPECT_THAT(
      complaints("services:\n  web: {image: a, x-bluegreen: {app: api}}\n  api: {image: a, x-bluegreen: {app: x}}\n"),
      HasSubstr("does not belong to it"));
}

TEST(Names, AreShortEnoughForAHostName) {
  EXPECT_THAT(complaints("services:\n  " + std::string(55, 'a') + ": {image: a, x-bluegreen: {}}\n"),
              HasSubstr("at most 54 characters"));
  EXPECT_THAT(complaints("services:\n  " + std::string(64, 'a') + ": {image: a}\n"), HasSubstr("at most 63"));
  EXPECT_THAT(complaints("services:\n  'we b': {image: a}\n"), HasSubstr("is not a name"));
}

TEST(Names, OfContainersAreUnique) {
  EXPECT_THAT(complaints("services:\n  a: {image: a, container_name: x}\n  b: {image: a, container_name: x}\n"),
              HasSubstr("\"x\" is the name of another container"));
  EXPECT_THAT(complaints("services:\n  a: {image: a, container_name: x, scale: 2}\n"),
              HasSubstr("several replicas cannot share one name"));
}

TEST(Order, PutsDependenciesFirstAndIsAlphabeticalOtherwise) {
  const auto loaded = load(
      "services:\n  z: {image: a}\n  a: {image: a, depends_on: [m]}\n  m: {image: a, depends_on: [z]}\n  b: {image: "
      "a}\n");
  ASSERT_TRUE(loaded);
  EXPECT_THAT(names_of(loaded->project.infrastructure), ElementsAre("z", "m", "a", "b"));
}

TEST(Order, RefusesCircles) {
  EXPECT_EQ(
      complaints("services:\n  a: {image: a, depends_on: [b]}\n  b: {image: a, depends_on: [c]}\n  c: {image: a, "
                 "depends_on: [b]}\n"),
      "compose.yaml:3:17: services.b.depends_on: goes in a circle: b -> c -> b; remove one of these dependencies");
  EXPECT_THAT(service_complaints("depends_on: [web]"), HasSubstr("web -> web"));
}

TEST(Order, RefusesDependenciesOnNothing) {
  EXPECT_EQ(complaints("services:\n  web: {image: a, depends_on: [dc]}\n  db: {image: a}\n"),
            "compose.yaml:2:19: services.web.depends_on: there is no service \"dc\"; did you mean \"db\"?");
}

TEST(Order, KeepsDependenciesOfAppsAndDropsThoseOfInfrastructureOnApps) {
  const auto loaded = load(
      "services:\n  web: {image: a, depends_on: [db, other], x-bluegreen: {}}\n  other: {image: a, x-bluegreen: {}}\n  "
      "db: {image: a}\n  nginx: {image: a, depends_on: [web, db]}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->project.find_app("web")->services[0].depends_on,
              ElementsAre(Dependency{"db"}, Dependency{"other"}));
  EXPECT_THAT(loaded->project.infrastructure[1].depends_on, ElementsAre(Dependency{"db"}));
  EXPECT_THAT(loaded->warnings, ElementsAre("compose.yaml:5:21: services.nginx.depends_on: infrastructure starts "
                                            "before the app's service \"web\"; this order is not kept"));
}

class Images : public testing::Test {
 protected:
  Outcome<LoadedProject> load_with(const std::map<std::string, std::string>& images) {
    directory_.write("compose.yaml",
                     "services:\n  web: {image: a:1, x-bluegreen: {}}\n  worker: {image: a:1, x-bluegreen: {app: "
                     "web}}\n  cache: {image: c:1, x-bluegreen: {app: web}}\n"
                     "  one: {image: o:1, x-bluegreen: {app: mixed}}\n  two: {image: t:1, x-bluegreen: {app: mixed}}\n "
                     " db: {image: d:1}\n");
    directory_.input.images = images;
    return directory_.load();
  }
  static std::string image(const Outcome<LoadedProject>& loaded, const std::string& app, const std::string& service) {
    return loaded ? loaded->project.find_app(app)->find_service(service)->container.image : loaded.error().message;
  }

 private:
  ProjectDirectory directory_;
};

TEST_F(Images, OfAnAppChangeWhereverItUsesThem) {
  const auto loaded = load_with({{"web", "a:2"}});
  EXPECT_EQ(image(loaded, "web", "web"), "a:2");
  EXPECT_EQ(image(loaded, "web", "worker"), "a:2");
  EXPECT_EQ(image(loaded, "web", "cache"), "c:1");
  EXPECT_NE(loaded->project.find_app("web")->services[0].digest, loaded->project.find_app("web")->services[1].digest);
}

TEST_F(Images, OfAServiceChangeThereAlone) {
  const auto loaded = load_with({{"worker", "a:2"}, {"two", "t:2"}});
  EXPECT_EQ(image(loaded, "web", "web"), "a:1");
  EXPECT_EQ(image(loaded, "web", "worker"), "a:2");
  EXPECT_EQ(image(loaded, "mixed", "two"), "t:2");
}

TEST_F(Images, AreRefusedWhereNobodyUsesThem) {
  EXPECT_EQ(load_with({{"db", "d:2"}}).error().message,
            "--image db=d:2: there is no app \"db\"; the apps are: cache, mixed, one, two, web, worker");
  EXPECT_THAT(load_with({{"mixed", "x"}}).error().message,
              HasSubstr("have different images; name one of them: one, two"));
  EXPECT_THAT(load_with({{"web", "a b"}}).error().message, HasSubstr("is not an image reference"));
}

TEST_F(Images, ChangeTheDigest) {
  EXPECT_NE(load_with({})->project.apps[0].services[0].digest,
            load_with({{"one", "x"}})->project.apps[0].services[0].digest);
}

}  // namespace
}  // namespace bluegreen
