// SPDX-License-Identifier: MIT
// The generated text against golden files; BLUEGREEN_UPDATE_GOLDEN=1 writes them anew, to be read in the diff.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "nginx/include_text.h"
#include "nginx_sites.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;
using testing::Not;

void expect_golden(const std::string& name, const std::string& text) {
  const auto path = std::string(BLUEGREEN_GOLDEN_DIR) + "/" + name;
  if (std::getenv("BLUEGREEN_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(golden.str(), text) << "differs from " << path;
}

TEST(ConfigText, OfAnAppAtEveryHost) {
  const auto files = render_all({test::hello_site()});
  ASSERT_EQ(files.size(), 3U);
  expect_golden("00-bluegreen.example.conf", files.at("00-bluegreen.example.conf"));
  expect_golden("bluegreen.conf", files.at("bluegreen.conf"));
  expect_golden("bluegreen.example.hello.conf", files.at("bluegreen.example.hello.conf"));
}

TEST(ConfigText, OfAnAppWithTwoServicesBehindTheSameHosts) {
  expect_golden("bluegreen.shop.shop.conf", render_all({test::shop_site()}).at("bluegreen.shop.shop.conf"));
}

TEST(ConfigText, OfReloadModeNamesTheColorAndLooksAtNoMarker) {
  const auto text = render_all({test::reload_site()}).at("bluegreen.example.hello.conf");
  expect_golden("reload.conf", text);
  EXPECT_THAT(text, Not(HasSubstr(".GREEN")));
}

TEST(ConfigText, OfAHostThatTwoAppsServeStandsInAFileOfItsOwn) {
  const auto files = render_all({test::shop_site(), test::blog_site()});
  expect_golden("bluegreen-host.80.shop.example.com.conf", files.at("bluegreen-host.80.shop.example.com.conf"));
  EXPECT_THAT(files.at("bluegreen.shop.shop.conf"), HasSubstr("server_name www.shop.example.com;"));
  EXPECT_THAT(files.at("bluegreen.blog.posts.conf"), HasSubstr("server_name blog.example.com;"));
  EXPECT_THAT(files.at("bluegreen.blog.posts.conf"), Not(HasSubstr("server_name shop.example.com")));
  EXPECT_EQ(files.size(), 6U);
}

TEST(ConfigText, OfHostsWithTlsSendsHttpOnUnlessToldOtherwise) {
  const auto files = render_all({test::secure_site()});
  expect_golden("bluegreen.safe.safe.conf", files.at("bluegreen.safe.safe.conf"));
  expect_golden("00-bluegreen.safe.conf", files.at("00-bluegreen.safe.conf"));
}

TEST(ConfigText, SaysHttp2WithTheListenerWhereNginxHasNoDirectiveForIt) {
  auto site = test::secure_site();
  site.http2_directive = false;
  for (const auto& [name, text] : render_all({site})) {
    EXPECT_THAT(text, Not(HasSubstr("http2 on"))) << name;
    EXPECT_THAT(text, Not(HasSubstr("listen 8443 ssl;"))) << name;
  }
}

TEST(ConfigText, LeavesTheChallengesToAnAppThatAsksForThem) {
  auto site = test::hello_site();
  site.acme = "/var/www/acme";
  site.site.routes[0].path = "/.well-known/acme-challenge";
  EXPECT_THAT(render_all({site}).at("bluegreen.example.hello.conf"), Not(HasSubstr("/var/www/acme;")));
}

TEST(ConfigText, LeavesADeadReplicaOutForAWhileButNoneOfASingleOne) {
  const auto text = render_all({test::shop_site()}).at("bluegreen.shop.shop.conf");
  EXPECT_THAT(text, HasSubstr("upstream shop.api_BLUE {\n    least_conn;\n"
                              "    server 10.213.8.10:8000 max_fails=1 fail_timeout=5s;\n"
                              "    server 10.213.8.11:8000 max_fails=1 fail_timeout=5s;\n"
                              "    server 10.213.8.10:8000 max_fails=0 backup;\n"
                              "    server 10.213.8.11:8000 max_fails=0 backup;\n"));
  EXPECT_THAT(text, HasSubstr("upstream shop.web_BLUE {\n    server 10.213.8.12:3000 max_fails=0;\n    keepalive"));
  EXPECT_THAT(text, HasSubstr("proxy_next_upstream_tries 2;"));
}

TEST(ConfigText, HoldsNothingAgainstAReplicaThatThePreviewSawFail) {
  const auto text = render_all({test::shop_site()}).at("bluegreen.shop.shop.conf");
  EXPECT_THAT(text, HasSubstr("upstream shop.api_BLUE_preview {\n    server 10.213.8.10:8000 max_fails=0;\n"));
  EXPECT_THAT(text, HasSubstr("proxy_pass http://shop.api_${bluegreen_idle}_preview;"));
}

TEST(ConfigText, GivesIpHashNoBackupsForNginxKnowsNoneThere) {
  auto site = test::shop_site();
  site.site.routes[0].balance = Balance::ip_hash;
  const auto text = render_all({site}).at("bluegreen.shop.shop.conf");
  EXPECT_THAT(text, HasSubstr("    ip_hash;\n    server 10.213.8.10:8000 max_fails=0;"));
  EXPECT_THAT(text, Not(HasSubstr("backup")));
}

TEST(ConfigText, LooksAtTheMaintenanceMarkerOfTheAppThatServesALocationAndNeverInThePreview) {
  auto shop = test::shop_site();
  auto blog = test::blog_site();
  shop.maintenance = blog.maintenance = true;
  const auto files = render_all({shop, blog});
  const auto& shared = files.at("bluegreen-host.80.shop.example.com.conf");
  const auto below = [&](const std::string& location) {
    const auto at = shared.find("    location " + location + " {\n") + location.size() + 16;
    return shared.substr(at, shared.find('\n', at) - at);
  };
  EXPECT_THAT(below("/api/"), HasSubstr("if (-f /etc/nginx/conf.d/active/shop.shop.MAINTENANCE)"));
  EXPECT_THAT(below("/blog/"), HasSubstr("if (-f /etc/nginx/conf.d/active/blog.posts.MAINTENANCE)"));
  const auto& own = files.at("bluegreen.shop.shop.conf");
  EXPECT_THAT(own.substr(own.find("listen 7999")), Not(HasSubstr("return 503")));
}

TEST(ConfigText, LooksForNoMaintenanceBeforeTheFirst) {
  EXPECT_THAT(render_all({test::hello_site()}).at("bluegreen.example.hello.conf"), Not(HasSubstr("MAINTENANCE")));
}

TEST(ConfigText, NamesBothEnvironmentsInALocationAndOnlyASnippetGetsAVariable) {
  auto site = test::hello_site();
  const auto text = [&] { return render_all({site}).at("bluegreen.example.hello.conf"); };
  EXPECT_THAT(text(), HasSubstr("        proxy_pass http://example.hello_BLUE;\n"
                                "        if (-f /etc/nginx/conf.d/active/example.hello.GREEN) "
                                "{ proxy_pass http://example.hello_GREEN; }\n"));
  EXPECT_THAT(text(), Not(HasSubstr("$bluegreen_color")));
  site.site.routes[0].snippet = "rewrite ^/old/(.*) /new/$1 break;";  // no `if` after it would be asked
  EXPECT_THAT(text(), HasSubstr("proxy_pass http://example.hello_$bluegreen_color;"));
  EXPECT_THAT(text(), HasSubstr("{ set $bluegreen_color GREEN; }"));
}

TEST(ConfigText, HasNoNameOfItsOwnThatIsTooLongForNginx) {
  auto site = test::hello_site();
  site.site.project = "a-project-with-quite-a-long-name-for-the-table";
  const auto text = render_all({site}).at("00-bluegreen." + site.site.project + ".conf");
  EXPECT_THAT(text, HasSubstr("server_name ~^"));  // no literal name: those have a table, which is too small
}

PublishedSite site_with_own_server() {
  auto published = test::hello_site();
  published.site.routes[0].own_server = true;
  return published;
}

TEST(ConfigText, OfAServerBlockOfTheUsersOwnIsAnIncludeAndNoPublicServer) {
  const auto files = render_all({site_with_own_server()});
  const auto& include = files.at("bluegreen.example.hello.include");
  expect_golden("bluegreen.example.hello.include", include);
  EXPECT_THAT(files.at("bluegreen.example.hello.conf"), Not(HasSubstr("listen 80;")));
  EXPECT_THAT(files.at("bluegreen.example.hello.conf"), HasSubstr("listen 7999;"));
  auto by_reload = site_with_own_server();
  by_reload.site.mode = SwitchMode::reload;
  by_reload.site.reload_active = Color::green;
  const auto reloaded = render_all({by_reload}).at("bluegreen.example.hello.include");
  EXPECT_THAT(reloaded, HasSubstr("set $bluegreen_hello example.hello_GREEN;"));
  EXPECT_THAT(reloaded, Not(HasSubstr("_BLUE")));
}

TEST(IncludeText, NamesVariablesThatNginxTakes) {
  EXPECT_EQ(upstream_variable("shop"), "bluegreen_shop");
  EXPECT_EQ(upstream_variable("my-shop.v2"), "bluegreen_my_shop_v2");
  const std::string long_name(54, 'a');
  EXPECT_EQ(upstream_variable(long_name).size(), 46U);
  EXPECT_NE(upstream_variable(long_name), upstream_variable(long_name.substr(1) + "b"));
}

TEST(IncludeText, TakesNoNameThatTheGeneratedFilesUse) {
  auto files = render_all({test::shop_site(), test::blog_site()});
  files.merge(render_all({test::reload_site()}));
  std::set<std::string> used;
  for (const auto& [name, text] : files) {
    for (auto at = text.find("$bluegreen_"); at != std::string::npos; at = text.find("$bluegreen_", at + 1)) {
      const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", at + 1);
      used.insert(text.substr(at + 1, end - at - 1));
    }
  }
  ASSERT_TRUE(used.contains("bluegreen_host"));
  for (const auto& name : used) EXPECT_NE(upstream_variable(name.substr(std::string("bluegreen_").size())), name);
}

TEST(ConfigText, SharesNoHostAcrossPorts) {
  auto other = test::blog_site();
  other.listen = 8080;
  EXPECT_TRUE(find_shared_hosts({test::shop_site(), other}).empty());
}

TEST(ConfigText, MatchesAPrefixButNotALongerName) {
  const auto text = render_all({test::shop_site()}).at("bluegreen.shop.shop.conf");
  EXPECT_THAT(text, HasSubstr("location = /api {"));
  EXPECT_THAT(text, HasSubstr("location /api/ {"));
  EXPECT_THAT(text, Not(HasSubstr("location /api {")));
}

TEST(ConfigText, QuotesAPathThatNginxWouldReadAsSyntax) {
  auto site = test::hello_site();
  site.site.routes[0].path = "/a;b'$c";
  ASSERT_TRUE(check_sites({site}));
  EXPECT_THAT(render_all({site}).at("bluegreen.example.hello.conf"), HasSubstr("location = \"/a;b'$c\" {"));
}

TEST(ConfigText, LeavesASnippetAsItIs) {
  EXPECT_THAT(render_all({test::shop_site()}).at("bluegreen.shop.shop.conf"),
              HasSubstr("        add_header X-Api \"one\ntwo\";\n# the end\n    }\n"));
}

TEST(ConfigText, PreviewsAServiceThatIsNotRoutedYetButNoWorker) {
  auto site = test::hello_site();
  site.site.sides.green["new"] = {{"10.213.8.5", 80}};
  site.site.sides.green["worker"] = {{"10.213.8.6", 0}};
  const auto text = render_all({site}).at("bluegreen.example.hello.conf");
  EXPECT_THAT(text, HasSubstr("upstream example.new_GREEN {\n    server 10.213.8.5:80 max_fails=0;"));
  EXPECT_THAT(text, HasSubstr("server_name ~^new\\.example\\.(preview|localhost)$;"));
  EXPECT_THAT(text, Not(HasSubstr("proxy_pass http://example.new_BLUE")));
  EXPECT_THAT(text, Not(HasSubstr("example.worker")));
}

TEST(ConfigText, HasNothingWithoutSites) { EXPECT_TRUE(render_all({}).empty()); }

TEST(ConfigText, NamesFilesSoThatNoTwoCanMeet) {
  EXPECT_EQ(host_file_name({80, ""}), "bluegreen-host.80._all.conf");
  EXPECT_EQ(host_file_name({80, "*.example.com"}), "bluegreen-host.80._.example.com.conf");
  EXPECT_EQ(app_file_name("host", "a"), "bluegreen.host.a.conf");
}

}  // namespace
}  // namespace bluegreen
