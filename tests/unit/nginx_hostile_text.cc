// SPDX-License-Identifier: MIT
// No string of a Compose file breaks out of its place in nginx's configuration: not a host, path, size, name or header.
// The fuzzer nginx_text asks the same of inputs that nobody has thought of.
#include <gtest/gtest.h>

#include "config_project.h"
#include "nginx_text/hostile.h"

namespace bluegreen::test {
namespace {

Outcome<LoadedProject> read(const HostileProject& project) {
  static ProjectDirectory directory;
  return directory.write("compose.yaml", compose_text(project)).load();
}

// Fails where what the reader takes comes out as something else. True: it was taken.
bool is_taken(const HostileProject& project) {
  const auto taken = read(project);
  if (!taken) return false;
  const auto twin = read(innocuous_twin(project));
  EXPECT_TRUE(twin) << (twin ? "" : twin.error().message) << "\n" << compose_text(innocuous_twin(project));
  if (!twin) return true;
  const auto checked = check_nginx_text(project, taken->project, twin->project);
  EXPECT_TRUE(checked) << (checked ? "" : checked.error().message) << "\n" << compose_text(project);
  return true;
}

HostileProject shop() {
  return {.name = "shop",
          .services = {{.name = "web", .app = "shop", .port = "3000", .host = "shop.example.com"},
                       {.name = "api", .app = "shop", .port = "8000", .host = "shop.example.com", .path = "/api"}}};
}

using Field = std::string HostileService::*;
constexpr Field fields[] = {&HostileService::name,        &HostileService::app,         &HostileService::port,
                            &HostileService::host,        &HostileService::other_host,  &HostileService::path,
                            &HostileService::body_size,   &HostileService::timeout,     &HostileService::health_path,
                            &HostileService::health_host, &HostileService::certificate, &HostileService::key};

// Each wants to be more than one word, to be a word with another meaning, or not to be there at all.
const std::string nasty[] = {";",
                             "{",
                             "}",
                             "\"",
                             "'",
                             "\\",
                             "#",
                             " ",
                             "\t",
                             "\n",
                             "\r",
                             "\r\n",
                             "$",
                             "${",
                             "~",
                             "~^",
                             "*",
                             "=",
                             "@",
                             "^~",
                             "x; return 200 pwned;",
                             "x\"; return 200 pwned; #",
                             "x'; return 200 pwned; #",
                             "x\\",
                             "x\\\"; return 444; \"",
                             "x }\nserver { listen 1; }",
                             "x {} server {",
                             "x\n# y",
                             "#x",
                             "x # y",
                             "$host",
                             "${host}",
                             "x$bluegreen_idle",
                             "~^.*$",
                             "~.*",
                             "*",
                             "*.",
                             "*.*",
                             "x.*",
                             "*x.example",
                             "..",
                             ".",
                             "x..y",
                             ".x",
                             "x.",
                             "-x",
                             "x-",
                             "_",
                             "\"\"",
                             "''",
                             "x\ty",
                             "x y",
                             std::string("x\0y", 3),
                             "x\x7Fy",
                             "x\x1By",
                             "\xC3\xA9",
                             "\xEF\xBB\xBFx",
                             "\xFF\xFE",
                             "\xE2\x80\xA8x",
                             "x\xC2\xA0y",
                             "/",
                             "//",
                             "/..",
                             "/../etc",
                             "/./x",
                             "/x/../y",
                             "/%2e%2e",
                             "/x;y",
                             "/x{y",
                             "/x}",
                             "/x\"y",
                             "/x'y",
                             "/x y",
                             "/x\ny",
                             "/x\\",
                             "/x\\\"",
                             "/$uri",
                             "/~x",
                             "/@x",
                             "/=x",
                             "/x#y",
                             "/x?y",
                             "/(x)",
                             "/x|y",
                             "/[x]",
                             "/*",
                             "/x,y&z+!",
                             "x:80",
                             "x:80;",
                             "http://x",
                             "10m;",
                             "10m 10m",
                             "10mm",
                             "-1",
                             "0",
                             "1e3",
                             "99999999999999999999",
                             "999999999999g",
                             "10 m",
                             "1s;",
                             "1s}",
                             "1h30m",
                             "0s",
                             "1.5s",
                             "80 default_server",
                             "80;",
                             "080",
                             "0x50",
                             "+80",
                             "localhost\r\nX-Evil: 1",
                             "/ HTTP/1.1\r\nX-Evil: 1",
                             "/?a=b\nX: y",
                             "host00.example",
                             "name00",
                             "segment00",
                             "/segment01",
                             "project00",
                             "10000000"
                             "00k",
                             "Web",
                             "API",
                             "server",
                             "default",
                             "BLUE",
                             "web_BLUE",
                             "bluegreen",
                             "../../etc/nginx/nginx",
                             "..%2f",
                             "x/y",
                             "_all",
                             "_.x",
                             std::string(63, 'a'),
                             std::string(64, 'a'),
                             "/" + std::string(1023, 'a'),
                             "/" + std::string(1024, 'a'),
                             std::string(5000, 'a')};

TEST(NginxTextOfAHostileProject, TakesAnInnocuousOne) {
  EXPECT_TRUE(is_taken(shop()));
  auto two_apps = shop();
  two_apps.services[1].app = "other";
  EXPECT_TRUE(is_taken(two_apps)) << "a shared host stands in a file of its own";
  two_apps.switch_mode = "reload";
  EXPECT_TRUE(is_taken(two_apps));
}

TEST(NginxTextOfAHostileProject, IsTheDirectivesMeantWhateverThePathsOfItsCertificatesSay) {
  int taken = 0;
  for (const auto& value : nasty) {
    auto project = shop();
    project.acme = value;
    taken += is_taken(project);
    project.acme = "/var/www";
    for (auto& service : project.services) service.certificate = service.key = value;
    taken += is_taken(project);
  }
  EXPECT_GT(taken, 5) << "the reader refuses everything, so nothing was looked at";
}

TEST(NginxTextOfAHostileProject, IsTheDirectivesMeantWhateverOneFieldSays) {
  int taken = 0;
  for (const auto field : fields)
    for (const auto& value : nasty) {
      auto project = shop();
      project.services[1].*field = value;
      taken += is_taken(project);
    }
  EXPECT_GT(taken, 100) << "the reader refuses everything, so nothing was looked at";
}

TEST(NginxTextOfAHostileProject, IsTheDirectivesMeantWhateverItsNameAndPortsSay) {
  for (const auto field :
       {&HostileProject::name, &HostileProject::switch_mode, &HostileProject::listen, &HostileProject::preview_port})
    for (const auto& value : nasty) {
      auto project = shop();
      project.*field = value;
      is_taken(project);
    }
}

TEST(NginxTextOfAHostileProject, IsTheDirectivesMeantWithEveryFieldAtOnce) {
  HostileProject project{.name = "0-_a", .switch_mode = "reload", .listen = "65535", .preview_port = "1"};
  project.services = {{.name = "A.b_C-d",
                       .app = "0.0",
                       .port = "1",
                       .host = "*.Example.COM",
                       .other_host = "0-0.example",
                       .path = "/a(b)*c/&d,~e//f/",
                       .body_size = "1G",
                       .timeout = "1h",
                       .health_path = "/?a=\"b;c{}'\\",
                       .health_host = "A.b:81"},
                      {.name = "z", .port = "2", .host = "*.example.com", .path = "/a(b)*c"}};
  EXPECT_TRUE(is_taken(project));
}

TEST(NginxTextOfAHostileProject, RefusesWhatNginxCouldTakeForSyntax) {
  for (const auto* value : {"x;", "x y", "$x", "x{", "x}", "x\"", "x'", "x#", "x\n", "~x", "x\\"})
    for (const auto field : {&HostileService::name, &HostileService::app, &HostileService::host, &HostileService::path,
                             &HostileService::body_size}) {
      auto project = shop();
      project.services[0].*field = (field == &HostileService::path ? "/" : "") + std::string(value);
      if (field == &HostileService::path && std::string(value) == "~x") continue;  // after a / it is a letter
      EXPECT_FALSE(is_taken(project)) << value;
    }
}

TEST(NginxTextOfAHostileProject, IsSeenWhereADirectiveIsNotMeant) {
  const auto taken = read(shop());
  const auto twin = read(innocuous_twin(shop()));
  ASSERT_TRUE(taken && twin);
  const auto check_with = [&](auto change) {
    auto project = taken->project;
    change(*project.apps.at(0).services.at(0).route);
    return check_nginx_text(shop(), project, twin->project).has_value();
  };
  EXPECT_TRUE(check_with([](Route&) {}));
  EXPECT_FALSE(check_with([](Route& route) { route.snippet = "deny all;\n"; }));
  EXPECT_FALSE(check_with([](Route& route) { route.path = "/apis"; }));
  EXPECT_FALSE(check_with([](Route& route) { route.body_size = "1m; deny all"; }));
}

}  // namespace
}  // namespace bluegreen::test
