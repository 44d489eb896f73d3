// SPDX-License-Identifier: MIT
// What the Proxy port promises, with a real nginx: in a container, through its directory on this machine and through
// the container as with an engine on another one; and on this machine itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "nginx/config_text.h"
#include "nginx_fixture.h"
#include "system/files.h"

namespace bluegreen {
namespace {

using test::Answer;
using test::eventually;
using test::Place;
using testing::HasSubstr;
using testing::Not;

class ProxyContract : public testing::TestWithParam<Place> {
 protected:
  Site site_of(const std::string& app) {
    Site site;
    site.project = "example";
    site.app = app;
    Route route;
    route.service = app;
    site.routes = {route};
    site.sides.blue[app] = {blue_.endpoint()};
    site.sides.green[app] = {green_.endpoint()};
    return site;
  }

  Site hello() { return site_of("hello"); }

  static void expect_done(const Done& done) { EXPECT_TRUE(done) << done.error().message << "\n" << done.error().hint; }

  SiteState observed(const std::string& app = "hello") {
    const auto state = proxy_->observe();
    EXPECT_TRUE(state) << state.error().message;
    EXPECT_TRUE(state->sites.contains(app));
    return state->sites.at(app);
  }

  bool no_test_container_is_left() {
    return nginx_.engine().list_containers({{"bluegreen.role", "test"}, {"bluegreen.test-of", "example"}})->empty();
  }

  test::NginxFixture nginx_{GetParam()};
  test::Upstream blue_{"blue", nginx_.gateway()};
  test::Upstream green_{"green", nginx_.gateway()};
  std::unique_ptr<NginxProxy> proxy_ = nginx_.open("example");
};

std::string place_name(const testing::TestParamInfo<Place>& place) {
  if (place.param == Place::on_the_host) return "OnTheHost";
  return place.param == Place::beside_the_engine ? "OnThisMachine" : "ThroughTheContainer";
}

INSTANTIATE_TEST_SUITE_P(Nginx, ProxyContract,
                         testing::Values(Place::beside_the_engine, Place::on_another_machine, Place::on_the_host),
                         place_name);

TEST_P(ProxyContract, ServesWhatItWasToldAndReadsItBack) {
  EXPECT_TRUE(proxy_->observe()->sites.empty());
  expect_done(proxy_->configure(hello()));
  EXPECT_EQ(nginx_.get("any.example", "/"), (Answer{200, "blue"}));
  const auto state = observed();
  EXPECT_EQ(state.site, hello());
  EXPECT_EQ(state.active, Color::blue);
  EXPECT_FALSE(state.edited);
  EXPECT_TRUE(no_test_container_is_left());
}

TEST_P(ProxyContract, DoesNothingWhereTheFilesAlreadySaySo) {
  expect_done(proxy_->configure(hello()));
  const auto workers = nginx_.workers();
  expect_done(proxy_->configure(hello()));
  EXPECT_EQ(nginx_.workers(), workers);
}

TEST_P(ProxyContract, SwitchesEveryWorkerAtOnceWithoutANewOne) {
  expect_done(proxy_->configure(hello()));
  const auto workers = nginx_.workers();
  for (const auto color : {Color::green, Color::blue, Color::blue, Color::green}) {
    expect_done(proxy_->activate(hello(), color));
    const std::string name = color == Color::green ? "green" : "blue";
    for (int i = 0; i < 20; ++i) EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, name}));
    EXPECT_EQ(*proxy_->confirm(hello()), color);
    EXPECT_EQ(observed().active, color);
  }
  EXPECT_EQ(nginx_.workers(), workers);
  EXPECT_TRUE(proxy_->observe()->green_markers.contains("hello"));
}

TEST_P(ProxyContract, RefusesABadSnippetInNginxsWordsAndTouchesNothing) {
  expect_done(proxy_->configure(hello()));
  const auto before = nginx_.files();
  auto bad = hello();
  bad.routes[0].snippet = "no_such_directive on;";
  for (const auto& refused : {proxy_->configure(bad), proxy_->check(bad)}) {
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("unknown directive \"no_such_directive\""));
    EXPECT_THAT(refused.error().message, HasSubstr("/etc/nginx/conf.d/bluegreen.example.hello.conf:"));
    EXPECT_THAT(refused.error().hint, HasSubstr("no_such_directive on;"));
  }
  EXPECT_EQ(nginx_.files(), before);
  EXPECT_TRUE(no_test_container_is_left());
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "blue"}));
}

TEST_P(ProxyContract, ChecksWithoutMovingAnything) {
  expect_done(proxy_->check(hello()));
  EXPECT_TRUE(nginx_.files().empty());
}

TEST_P(ProxyContract, LeavesTheUsersOwnFilesAlone) {
  ASSERT_TRUE(write_file(nginx_.directory() + "/own.conf",
                         "server { listen 80; server_name own.example; return 200 own; }\n", 0600));
  ASSERT_TRUE(write_file(nginx_.directory() + "/disabled.conf.off", "}"));
  const auto before = nginx_.files();
  expect_done(proxy_->configure(hello()));
  EXPECT_EQ(nginx_.get("own.example", "/"), (Answer{200, "own"}));
  EXPECT_EQ(nginx_.get("other.example", "/"), (Answer{200, "blue"}));
  expect_done(proxy_->withdraw("hello"));
  EXPECT_EQ(nginx_.files(), before);
}

TEST_P(ProxyContract, SaysWhichFileOfTheUserIsBroken) {
  ASSERT_TRUE(write_file(nginx_.directory() + "/own.conf", "server { lisen 80; }\n"));
  const auto refused = proxy_->configure(hello());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("/etc/nginx/conf.d/own.conf:1"));
  EXPECT_THAT(refused.error().hint, HasSubstr("Repair own.conf"));
}

TEST_P(ProxyContract, TestsTheUsersFilesWhereTheyHaveChangedSinceNginxWasAsked) {
  expect_done(proxy_->configure(hello()));
  ASSERT_TRUE(write_file(nginx_.directory() + "/.gitkeep", ""));
  EXPECT_FALSE(proxy_->observe()->untested_files);
  const auto own = nginx_.directory() + "/own.conf";
  ASSERT_TRUE(write_file(own, "server { listen 80; server_name own.example; return 200 own; }\n"));
  EXPECT_TRUE(proxy_->observe()->untested_files);
  const auto workers = nginx_.workers();
  expect_done(proxy_->check(hello()));
  EXPECT_FALSE(proxy_->observe()->untested_files);
  EXPECT_EQ(nginx_.workers(), workers);
  ASSERT_TRUE(ensure_directory(nginx_.directory() + "/own"));
  ASSERT_TRUE(write_file(nginx_.directory() + "/own/part", "lisen 80;\n"));
  ASSERT_TRUE(write_file(own, "server {\n  include conf.d/own/part;\n}\n"));
  for (int i = 0; i < 2; ++i) {
    const auto refused = proxy_->check(hello());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("unknown directive \"lisen\" in /etc/nginx/conf.d/own/part:1"));
    EXPECT_TRUE(proxy_->observe()->untested_files);
  }
  ASSERT_TRUE(remove_file(own));
  ASSERT_TRUE(remove_file(nginx_.directory() + "/own/part"));
  EXPECT_FALSE(proxy_->observe()->untested_files);
}

TEST_P(ProxyContract, PutsThePreviousFilesBackWhenNginxDoesNotTakeTheNewOnes) {
  expect_done(proxy_->configure(hello()));
  const auto before = nginx_.files();
  const auto other_port = nginx_.open("example", 8099);
  // The port is somebody else's: `nginx -t` does not mind, the master does.
  nginx_.hold_port(8099);
  const auto refused = other_port->configure(hello());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("bind() to 0.0.0.0:8099 failed"));
  EXPECT_EQ(nginx_.files(), before);
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "blue"}));
}

TEST_P(ProxyContract, NoticesAnEditedFileAndRepairsIt) {
  expect_done(proxy_->configure(hello()));
  const auto path = nginx_.directory() + "/bluegreen.example.hello.conf";
  ASSERT_TRUE(write_file(path, *read_file(path) + "# by hand\n"));
  EXPECT_TRUE(observed().edited);
  EXPECT_EQ(observed().site, hello());
  expect_done(proxy_->configure(hello()));
  EXPECT_FALSE(observed().edited);
  ASSERT_TRUE(remove_file(nginx_.directory() + "/bluegreen.conf"));
  EXPECT_TRUE(observed().edited);
}

TEST_P(ProxyContract, ReportsAFileThatItCannotRead) {
  ASSERT_TRUE(write_file(nginx_.directory() + "/bluegreen.example.hello.conf", "# nothing\n"));
  const auto state = proxy_->observe();
  EXPECT_TRUE(state->sites.empty());
  EXPECT_THAT(state->problems, testing::ElementsAre(HasSubstr("bluegreen.example.hello.conf")));
}

TEST_P(ProxyContract, FinishesAChangeThatWasInterruptedBeforeTheReload) {
  expect_done(proxy_->configure(hello()));
  auto next = hello();
  std::swap(next.sides.blue, next.sides.green);
  for (const auto& [name, text] : render_all({PublishedSite{next, 80, 7999}})) {
    ASSERT_TRUE(write_file(nginx_.directory() + "/" + name, text));
  }
  ASSERT_TRUE(ensure_directory(nginx_.directory() + "/.bluegreen-candidate.example"));
  EXPECT_TRUE(observed().edited);
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "blue"}));
  expect_done(proxy_->configure(next));
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "green"}));
  EXPECT_FALSE(observed().edited);
}

TEST_P(ProxyContract, CountsTheConnectionsOfAnEnvironment) {
  expect_done(proxy_->configure(hello()));
  EXPECT_EQ(*proxy_->count_connections({blue_.endpoint()}), 0);
  blue_.hold();
  std::vector<std::jthread> clients;
  for (int i = 0; i < 3; ++i)
    clients.emplace_back([this] { EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "blue"})); });
  ASSERT_TRUE(eventually([&] { return blue_.waiting() == 3; }));
  expect_done(proxy_->activate(hello(), Color::green));
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "green"}));
  EXPECT_EQ(*proxy_->count_connections({blue_.endpoint()}), 3);
  EXPECT_EQ(*proxy_->count_connections({{blue_.endpoint().address, 1}}), 0);
  blue_.release();
  clients.clear();
  EXPECT_TRUE(eventually([&] { return *proxy_->count_connections({blue_.endpoint()}) == 0; }));
}

TEST_P(ProxyContract, CountsAnUploadOfWhichOnlyTheBeginningHasArrived) {
  expect_done(proxy_->configure(hello()));
  blue_.hold();
  const test::RawClient upload(nginx_.address(), 80,
                               "POST / HTTP/1.1\r\nHost: any\r\nContent-Length: 1000\r\n\r\nbegin");
  ASSERT_TRUE(eventually([&] { return blue_.waiting() == 1; }));
  expect_done(proxy_->activate(hello(), Color::green));
  EXPECT_EQ(*proxy_->count_connections({blue_.endpoint()}), 1);
}

TEST_P(ProxyContract, PreviewsTheIdleEnvironmentReplicaByReplica) {
  test::Upstream second("green2", nginx_.gateway());
  auto site = hello();
  site.routes[0].hosts = {"www.example.com"};
  site.sides.green["hello"].push_back(second.endpoint());
  expect_done(proxy_->configure(site));
  PreviewQuery query{"example", "hello", "hello", "/health", "www.example.com", Milliseconds(5000)};
  std::map<std::string, std::string> bodies;
  // One kept connection reaches one worker, and it takes turns; from inside, each request may reach another worker.
  const int most = GetParam() == Place::on_another_machine ? 20 : 2;
  for (int i = 0; i < most && bodies.size() < 2; ++i) {
    const auto answer = proxy_->preview(query);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    bodies[answer->upstream] = answer->body;
  }
  const auto name = [](const Endpoint& endpoint) { return endpoint.address + ":" + std::to_string(endpoint.port); };
  EXPECT_EQ(bodies, (std::map<std::string, std::string>{{name(green_.endpoint()), "green"},
                                                        {name(second.endpoint()), "green2"}}));
  EXPECT_THAT(second.last_head(), HasSubstr("get /health http/1.1\r\n"));
  EXPECT_THAT(second.last_head(), HasSubstr("host: www.example.com\r\n"));
  EXPECT_THAT(second.last_head(), HasSubstr("connection: close\r\n"));
  EXPECT_THAT(second.last_head(), Not(HasSubstr("x-bluegreen-host")));
  expect_done(proxy_->activate(site, Color::green));
  EXPECT_EQ(proxy_->preview(query)->body, "blue");
  EXPECT_EQ(proxy_->preview_address(), nginx_.address() + ":7999");
}

TEST_P(ProxyContract, PreviewsAnEnvironmentThatIsNotThereAsNginxsOwnAnswer) {
  auto site = hello();
  site.sides.green.clear();
  expect_done(proxy_->configure(site));
  const auto answer = proxy_->preview({"example", "hello", "hello", "/", "", Milliseconds(5000)});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 502);
  EXPECT_EQ(answer->upstream, "");
}

TEST_P(ProxyContract, RoutesByHostAndPathPrefix) {
  auto site = hello();
  Route api;
  api.service = "api";
  api.hosts = site.routes[0].hosts = {"shop.example", "*.shop.example"};
  api.path = "/api;v=1";
  site.routes.insert(site.routes.begin(), api);
  test::Upstream api_blue("api", nginx_.gateway());
  site.sides.blue["api"] = {api_blue.endpoint()};
  expect_done(proxy_->configure(site));
  for (const auto* path : {"/", "/api", "/api;v=12", "/other/api;v=1"})
    EXPECT_EQ(nginx_.get("shop.example", path).body, "blue");
  for (const auto* path : {"/api;v=1", "/api;v=1/", "/api;v=1/x?y=z", "/api;v=1?q"}) {
    EXPECT_EQ(nginx_.get("www.shop.example", path).body, "api") << path;
  }
  EXPECT_THAT(api_blue.last_head(), HasSubstr("get /api;v=1?q http/1.1\r\n"));
}

TEST_P(ProxyContract, PassesOnWhoAskedAndWhatFor) {
  expect_done(proxy_->configure(hello()));
  nginx_.get("www.example.com:8080", "/");
  const std::vector<std::string> headers{
      "host: www.example.com:8080", "x-forwarded-host: www.example.com:8080", "x-forwarded-proto: http",
      "x-forwarded-port: 80",       "x-forwarded-for: " + nginx_.gateway(),   "x-real-ip: " + nginx_.gateway()};
  for (const auto& header : headers) {
    EXPECT_THAT(blue_.last_head(), HasSubstr(header + "\r\n"));
  }
  EXPECT_THAT(blue_.last_head(), Not(HasSubstr("\r\nconnection:")));
  nginx_.get("www.example.com", "/", {"Connection: Upgrade", "Upgrade: websocket"});
  EXPECT_THAT(blue_.last_head(), HasSubstr("connection: upgrade\r\n"));
  EXPECT_THAT(blue_.last_head(), HasSubstr("upgrade: websocket\r\n"));
}

TEST_P(ProxyContract, LetsTwoProjectsShareAHost) {
  const auto blog = nginx_.open("blog");
  auto posts = site_of("posts");
  posts.project = "blog";
  posts.routes[0].path = "/posts";
  std::swap(posts.sides.blue, posts.sides.green);
  expect_done(proxy_->configure(hello()));
  expect_done(blog->configure(posts));
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "blue"}));
  EXPECT_EQ(nginx_.get("any", "/posts/1"), (Answer{200, "green"}));
  EXPECT_FALSE(observed().edited);
  expect_done(blog->activate(posts, Color::green));
  EXPECT_EQ(nginx_.get("any", "/posts/1"), (Answer{200, "blue"}));
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "blue"}));
  EXPECT_EQ(*blog->confirm(posts), Color::green);
  EXPECT_EQ(*proxy_->confirm(hello()), Color::blue);

  auto rival = posts;
  rival.routes[0].path = "/";
  EXPECT_EQ(blog->configure(rival).error().kind, ErrorKind::conflict);

  expect_done(proxy_->withdraw("hello"));
  EXPECT_EQ(nginx_.get("any", "/posts/1"), (Answer{200, "blue"}));
  EXPECT_EQ(nginx_.get("any", "/").status, 404);
  expect_done(blog->withdraw("posts"));
  EXPECT_EQ(nginx_.files(), (std::map<std::string, std::string>{{"active", ""}}));
}

TEST_P(ProxyContract, WithdrawsTwice) {
  expect_done(proxy_->configure(hello()));
  expect_done(proxy_->activate(hello(), Color::green));
  expect_done(proxy_->withdraw("hello"));
  expect_done(proxy_->withdraw("hello"));
  EXPECT_TRUE(proxy_->observe()->sites.empty());
  EXPECT_TRUE(proxy_->observe()->green_markers.empty());
}

TEST_P(ProxyContract, ShowsAPageWhileAnAppIsInMaintenanceAndGoesOnToPreviewAndSwitch) {
  for (const auto mode : {SwitchMode::marker, SwitchMode::reload}) {
    auto site = hello();
    site.mode = mode;
    expect_done(proxy_->configure(site));
    EXPECT_FALSE(*proxy_->confirm_maintenance(site));
    expect_done(proxy_->begin_maintenance(site, "<h1>soon</h1>"));
    const auto workers = nginx_.workers();
    EXPECT_TRUE(*proxy_->confirm_maintenance(site));
    EXPECT_TRUE(proxy_->observe()->in_maintenance.contains("hello"));
    EXPECT_FALSE(observed().edited);
    EXPECT_EQ(nginx_.get("any", "/a/b?c"), (Answer{503, "<h1>soon</h1>"}));
    EXPECT_EQ(nginx_.get("any", "/.bluegreen/maintenance/example.hello").status, 404);  // nobody asks for it
    const auto preview = proxy_->preview({"example", "hello", "hello", "/", "", Milliseconds(5000)});
    EXPECT_EQ(preview->body, "green");
    expect_done(proxy_->begin_maintenance(site, "<h1>later</h1>"));
    EXPECT_EQ(nginx_.get("any", "/"), (Answer{503, "<h1>later</h1>"}));
    EXPECT_EQ(nginx_.workers(), workers);
    expect_done(proxy_->end_maintenance(site));
    EXPECT_EQ(nginx_.get("any", "/").status, 200);
    expect_done(proxy_->begin_maintenance(site, "<h1>later</h1>"));
    EXPECT_EQ(nginx_.workers(), workers);  // from the second time on without a reload
    expect_done(proxy_->activate(site, Color::green));
    EXPECT_EQ(*proxy_->confirm(site), Color::green);
    EXPECT_EQ(nginx_.get("any", "/").status, 503);
    expect_done(proxy_->end_maintenance(site));
    expect_done(proxy_->end_maintenance(site));
    EXPECT_FALSE(*proxy_->confirm_maintenance(site));
    EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "green"}));
  }
  expect_done(proxy_->begin_maintenance(hello(), "x"));
  expect_done(proxy_->withdraw("hello"));
  EXPECT_EQ(nginx_.files(), (std::map<std::string, std::string>{{"active", ""}}));
}

TEST_P(ProxyContract, SwitchesByReloadAndCountsTheWorkersThatStillWork) {
  auto site = hello();
  site.mode = SwitchMode::reload;
  expect_done(proxy_->configure(site));
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "blue"}));
  EXPECT_EQ(*proxy_->count_old_workers(), 0);
  blue_.hold();
  std::jthread client([this] { EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "blue"})); });
  ASSERT_TRUE(eventually([&] { return blue_.waiting() == 1; }));
  expect_done(proxy_->activate(site, Color::green));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "green"}));
  EXPECT_EQ(*proxy_->confirm(site), Color::green);
  EXPECT_EQ(observed().active, Color::green);
  EXPECT_GE(*proxy_->count_old_workers(), 1);
  blue_.release();
  EXPECT_TRUE(eventually([&] { return *proxy_->count_old_workers() == 0; }));
}

TEST_P(ProxyContract, KeepsTheActiveEnvironmentWhenTheWayOfSwitchingChanges) {
  auto site = hello();
  site.mode = SwitchMode::reload;
  site.reload_active = Color::green;
  expect_done(proxy_->configure(site));
  expect_done(proxy_->configure(hello()));
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "green"}));
  EXPECT_EQ(observed().active, Color::green);
  expect_done(proxy_->configure(site));
  EXPECT_EQ(nginx_.get("any", "/"), (Answer{200, "green"}));
  EXPECT_TRUE(proxy_->observe()->green_markers.empty());
}

TEST_P(ProxyContract, TakesALargeSite) {
  auto site = hello();
  site.routes[0].snippet = "# " + std::string(3000, 'x') + "\n";
  for (int i = 0; i < 40; ++i) {
    site.routes[0].snippet += "proxy_set_header X-Number-" + std::to_string(i) + " " + std::string(60, 'y') + ";\n";
    site.sides.green["hello"].push_back({"10.230.0." + std::to_string(i + 1), 80});
  }
  expect_done(proxy_->configure(site));
  EXPECT_EQ(observed().site, site);
  EXPECT_FALSE(observed().edited);
}

TEST_P(ProxyContract, SaysThatNginxDoesNotRun) {
  nginx_.stop();
  const auto configured = proxy_->configure(hello());
  ASSERT_FALSE(configured);
  if (GetParam() != Place::on_another_machine) {
    EXPECT_THAT(configured.error().message, HasSubstr("does not run"));
  }
}

TEST_P(ProxyContract, LosesNoRequestWhileItSwitches) {
  expect_done(proxy_->configure(hello()));
  std::atomic<bool> done = false;
  std::atomic<int> sent = 0, failed = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      HttpClient kept({"http://" + nginx_.address(), "", "", "", ""});
      while (!done) {
        const auto answer = kept.perform({});
        failed += !answer || answer->status != 200;
        failed += nginx_.get("any", "/").status != 200;
        sent += 2;
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    const auto color = i % 2 == 0 ? Color::green : Color::blue;
    const int before = sent;
    expect_done(proxy_->activate(hello(), color));
    EXPECT_EQ(nginx_.get("any", "/").body, color == Color::green ? "green" : "blue");
    EXPECT_TRUE(eventually([&] { return sent > before + 20; }));
  }
  done = true;
  clients.clear();
  EXPECT_EQ(failed, 0) << "of " << sent;
}

}  // namespace
}  // namespace bluegreen
