// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "nginx_sites.h"

namespace bluegreen {
namespace {

TEST(PublishedSite, ComesBackFromItsFileAsItWas) {
  for (const auto& site : {test::hello_site(), test::shop_site(), test::reload_site(), test::blog_site(),
                           test::secure_site(), test::tcp_site()}) {
    const auto text = render_app_file(site, {});
    const auto back = parse_site(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, site);
    EXPECT_EQ(render_app_file(*back, {}), text);
  }
}

TEST(PublishedSite, ShowsItsPreviewAtOneAddressOnly) {
  auto site = test::hello_site();
  site.preview_address = "127.0.0.1";
  const auto text = render_app_file(site, {});
  EXPECT_EQ(*parse_site(text), site);
  EXPECT_NE(text.find("    listen 127.0.0.1:7999;\n"), std::string::npos);
  EXPECT_TRUE(check_sites({site}));
  site.preview_address = "127.0.0.1:80; include x";
  EXPECT_FALSE(check_sites({site}));
}

TEST(PublishedSite, ComesBackWhateverItsSnippetHolds) {
  auto site = test::hello_site();
  site.site.routes[0].snippet =
      "# \xc3\xa4 \xf0\x9f\x90\x99 \"quoted\\\" \r\n\t#+ {json}\n# bluegreen {}\n" + std::string(1, '\x01');
  const auto back = parse_site(render_app_file(site, {}));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, site);
}

TEST(PublishedSite, NeverWritesACommentThatIsTooLongForNginx) {
  auto site = test::hello_site();
  site.site.routes[0].snippet = std::string(20'000, 'x');
  const auto text = render_first_lines(site);
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find('\n', from);
    EXPECT_LT(end - from, 4096U);
    EXPECT_EQ(text[from], '#');
    from = end + 1;
  }
  const auto back = parse_site(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, site);
}

TEST(PublishedSite, IsNotReadFromWhatItDidNotWrite) {
  for (const std::string text : {"", "server {}", "# bluegreen", "# bluegreen {", "# bluegreen []", "# bluegreen {}\n",
                                 "# bluegreen {\"project\":1}\n", "# bluegreen {\"project\":\"a\",\"app\":\"b\"}\n"}) {
    EXPECT_FALSE(parse_site(text)) << text;
  }
  auto whole = render_first_lines(test::shop_site());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) EXPECT_FALSE(parse_site(whole.substr(0, size))) << size;
}

TEST(PublishedSite, IsReadFromAFileThatAnEarlierVersionWrote) {
  const auto site = parse_site(
      "# bluegreen {\"BLUE\":{\"hello\":[{\"address\":\"10.213.8.2\",\"port\":9000}]},"
      "\"GREEN\":{\"hello\":[{\"address\":\"10.213.8.3\",\"port\":9000}]},\"app\":\"hello\",\"listen\":80,"
      "\"preview_port\":7999,\"project\":\"example\",\"routes\":[{\"body_size\":\"\",\"hosts\":[],\"path\":\"/\","
      "\"service\":\"hello\",\"snippet\":\"\",\"timeout_seconds\":60}],\"switch\":\"marker\"}\n");
  ASSERT_TRUE(site) << site.error().message;
  EXPECT_EQ(*site, test::hello_site());
}

TEST(PublishedSite, TakesNoNumberThatItCannotHold) {
  const auto with = [](const std::string& from, const std::string& to) {
    auto text = render_first_lines(test::hello_site());
    text.replace(text.find(from), from.size(), to);
    return parse_site(text);
  };
  EXPECT_FALSE(with("\"listen\":80", "\"listen\":1e30"));
  EXPECT_FALSE(with("\"timeout_seconds\":60", "\"timeout_seconds\":92233720368547758080"));
  EXPECT_EQ(with("\"listen\":80", "\"listen\":65616")->listen, 0);
  EXPECT_EQ(with("\"port\":9000", "\"port\":-1")->site.sides.blue["hello"][0].port, 0);
}

TEST(PublishedSite, RemembersThatTheAppWasInMaintenance) {
  auto published = test::hello_site();
  published.maintenance = true;
  EXPECT_EQ(*parse_site(render_first_lines(published)), published);
}

TEST(PublishedSite, KnowsAServerBlockOfTheUsersOwnAndSaysNothingOfItElsewhere) {
  auto published = test::hello_site();
  EXPECT_EQ(render_first_lines(published).find("own_server"), std::string::npos);
  published.site.routes[0].own_server = true;
  const auto read = parse_site(render_first_lines(published));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, published);
}

}  // namespace
}  // namespace bluegreen
