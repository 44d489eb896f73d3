// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nginx/conf_changes.h"
#include "nginx_sites.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const ConfChanges& changes) {
  std::vector<std::string> result;
  for (const auto& [name, text] : changes.writes) result.push_back(name);
  return result;
}

ConfChanges changes_for(const FileTexts& live, const PublishedSite& wanted) {
  const auto changes = plan_changes(live, wanted.site.project, wanted.site.app, wanted);
  EXPECT_TRUE(changes) << changes.error().message;
  return *changes;
}

FileTexts after(FileTexts live, const ConfChanges& changes) {
  for (const auto& [name, text] : changes.writes) live[name] = text;
  for (const auto& name : changes.removals) live.erase(name);
  return live;
}

TEST(ConfChanges, OfTheFirstAppWriteTheCommonFileFirst) {
  const auto changes = changes_for({}, test::hello_site());
  EXPECT_THAT(names(changes),
              ElementsAre("00-bluegreen.example.conf", "bluegreen.conf", "bluegreen.example.hello.conf"));
}

TEST(ConfChanges, AreNoneWhereTheFilesAlreadySaySo) {
  const auto live = render_all({test::hello_site(), test::shop_site()});
  EXPECT_TRUE(changes_for(live, test::shop_site()).empty());
}

TEST(ConfChanges, OfOneAppLeaveTheOthersAlone) {
  const auto live = render_all({test::hello_site(), test::shop_site()});
  auto hello = test::hello_site();
  hello.site.sides.green["hello"][0].address = "10.213.8.9";
  EXPECT_THAT(names(changes_for(live, hello)), ElementsAre("bluegreen.example.hello.conf"));
}

TEST(ConfChanges, DoNotRepairWhatIsSomebodyElses) {
  auto live = render_all({test::hello_site(), test::shop_site()});
  live["bluegreen.shop.shop.conf"] += "# by hand\n";
  live["bluegreen.other.app.conf"] = "not readable";
  live["00-bluegreen.other.conf"] = "server {}";
  EXPECT_TRUE(changes_for(live, test::hello_site()).empty());
  const auto gone = plan_changes(live, "example", "hello", std::nullopt);
  EXPECT_THAT(gone->removals, ElementsAre("bluegreen.example.hello.conf", "00-bluegreen.example.conf"));
}

TEST(ConfChanges, RepairTheAppsOwnFileAndTheCommonOne) {
  auto live = render_all({test::hello_site()});
  live["bluegreen.example.hello.conf"] += "# by hand\n";
  live.erase("bluegreen.conf");
  EXPECT_EQ(after(live, changes_for(live, test::hello_site())), render_all({test::hello_site()}));
}

TEST(ConfChanges, MoveAHostIntoItsOwnFileBeforeItsAppLetsGoOfIt) {
  const auto live = render_all({test::shop_site()});
  const auto changes = changes_for(live, test::blog_site());
  EXPECT_THAT(names(changes), ElementsAre("00-bluegreen.blog.conf", "bluegreen.blog.posts.conf",
                                          "bluegreen-host.80.shop.example.com.conf", "bluegreen.shop.shop.conf"));
  EXPECT_TRUE(changes.removals.empty());
}

TEST(ConfChanges, GiveAHostBackBeforeItsFileGoes) {
  const auto live = render_all({test::shop_site(), test::blog_site()});
  const auto changes = plan_changes(live, "blog", "posts", std::nullopt);
  ASSERT_TRUE(changes);
  EXPECT_THAT(names(*changes), ElementsAre("bluegreen.shop.shop.conf"));
  EXPECT_THAT(changes->removals, ElementsAre("bluegreen-host.80.shop.example.com.conf", "bluegreen.blog.posts.conf",
                                             "00-bluegreen.blog.conf"));
  EXPECT_EQ(after(live, *changes), render_all({test::shop_site()}));
}

TEST(ConfChanges, OfTheLastAppRemoveEverything) {
  const auto live = render_all({test::hello_site()});
  const auto changes = plan_changes(live, "example", "hello", std::nullopt);
  EXPECT_THAT(changes->removals,
              ElementsAre("bluegreen.example.hello.conf", "00-bluegreen.example.conf", "bluegreen.conf"));
  EXPECT_TRUE(plan_changes({}, "example", "hello", std::nullopt)->empty());
}

TEST(ConfChanges, CanBeTakenBack) {
  const auto live = render_all({test::shop_site(), test::blog_site()});
  const auto away = plan_changes(live, "blog", "posts", std::nullopt);
  EXPECT_EQ(after(after(live, *away), invert(*away, live)), live);
  const auto added = changes_for(live, test::hello_site());
  EXPECT_EQ(after(after(live, added), invert(added, live)), live);
}

TEST(ConfChanges, RefuseAHostThatAnotherAppServes) {
  auto rival = test::shop_site();
  rival.site.app = "rival";
  EXPECT_FALSE(plan_changes(render_all({test::shop_site()}), "shop", "rival", rival));
}

}  // namespace
}  // namespace bluegreen
