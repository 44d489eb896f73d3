// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/names.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;

TEST(Hosts, AreLettersDigitsDotsAndDashes) {
  EXPECT_EQ(*parse_host("Shop.Example.COM"), "shop.example.com");
  EXPECT_EQ(*parse_host("*.example.com"), "*.example.com");
  EXPECT_EQ(*parse_host("10.0.0.1"), "10.0.0.1");
}

TEST(Hosts, CannotBreakOutOfTheConfiguration) {
  for (const auto* text :
       {"",     "a b",  "a;b",  "a{",       "a}",   "$host", "~^a", "a\nb", "\"a\"", "*",    "a.*",  "*a.b",
        "a..b", "-a.b", "a-.b", "http://a", "a:80", "a/b",   ".a",  "a.",   "a_b",   "a\\b", "ä.de", "a#b"})
    EXPECT_FALSE(parse_host(text)) << text;
}

TEST(Hosts, MayHaveAPortInAProbe) {
  EXPECT_EQ(*parse_host_header("Example.com:8080"), "example.com:8080");
  for (const auto* text : {"*.a.b", "a:x", "a:", "a\r\nX: y"}) EXPECT_FALSE(parse_host_header(text)) << text;
}

TEST(Paths, AreNormalised) {
  EXPECT_EQ(*parse_route_path("/"), "/");
  EXPECT_EQ(*parse_route_path("/api/"), "/api");
  EXPECT_EQ(*parse_route_path("//a///b/"), "/a/b");
}

TEST(Paths, CannotBreakOutOfTheConfiguration) {
  for (const auto* text : {"", "api", "/a b", "/a;", "/a{", "/}", "/$x", "/\"", "/'", "/\\", "/a\n", "/a\tb", "/../x",
                           "/a/./b", "/a?b", "/a#b", "/%20"})
    EXPECT_FALSE(parse_route_path(text)) << text;
}

TEST(ProbePaths, MayHaveAQueryButNoLineBreak) {
  EXPECT_EQ(*parse_probe_path("/up?full=1&x=%20"), "/up?full=1&x=%20");
  for (const auto* text : {"", "up", "/a b", "/a\r\nHost: x", "/ü"}) EXPECT_FALSE(parse_probe_path(text)) << text;
}

TEST(BodySizes, AreThoseOfNginx) {
  for (const auto* text : {"0", "10m", "512K", "1g", "999999999g", "999999999999m"})
    EXPECT_TRUE(parse_body_size(text)) << text;
  for (const auto* text : {"", "m", "10mb", "1.5m", "-1", "10 m", "1;", "9999999999g", "9999999999999"})
    EXPECT_FALSE(parse_body_size(text)) << text;
}

TEST(Names, BeginWithALetterOrADigitAndLeaveRoomForTheColor) {
  for (const auto* text : {"web", "Web_2.x-y", "0"}) EXPECT_TRUE(parse_app_name(text)) << text;
  for (const auto* text : {"", "-a", ".a", "_a", "a b", "a/b", "a;", "ä"}) EXPECT_FALSE(parse_app_name(text)) << text;
  EXPECT_TRUE(parse_app_name(std::string(54, 'a')));
  EXPECT_THAT(parse_app_name(std::string(55, 'a')).error().message, HasSubstr("at most 54"));
}

TEST(ProjectNames, AreLowerCase) {
  EXPECT_TRUE(parse_project_name("my_shop-2"));
  for (const auto* text : {"", "Shop", "-a", "_a", "a.b", "a b"}) EXPECT_FALSE(parse_project_name(text)) << text;
  EXPECT_EQ(project_name_from("My Shop.2"), "myshop2");
  EXPECT_EQ(project_name_from("__Web"), "web");
  EXPECT_EQ(project_name_from("..."), "");
}

TEST(Snippets, AreWholeDirectives) {
  EXPECT_EQ(*parse_snippet("  "), "");
  for (const auto* text : {"a b;", "a \"}\";", "if ($x) { return 403; }", "a ${b};", "a b\\;c;", "# } comment\na b;",
                           "a 'x{';\n# end }", "a { b { c; } }", "add_header X \"a\\\"}\";", "a b}c;", "a ~*\"x;"}) {
    const auto snippet = parse_snippet(text);
    ASSERT_TRUE(snippet) << text << ": " << snippet.error().message;
    EXPECT_TRUE(snippet->ends_with('\n'));
  }
}

TEST(Snippets, CannotCloseTheBlockThatTheyArePutInto) {
  for (const auto* text :
       {"}", "a b; } location / { c;", "a {", "a", "a b", "a \"open;", "a 'open;", "a; \"x\"; } {", "a ${b; }",
        "a \"\\\"; }", "a ${{ b; }", "a;\v# b; }", "a b\\", ";", "{ }", "a \"b\"c;", "a 'b' } c;", "a{b;}}", "a # x\n"})
    EXPECT_FALSE(parse_snippet(text)) << text;
}

TEST(VariableNames, HaveUnderscoresForEverythingElse) { EXPECT_EQ(variable_name("my-app.v2_x"), "my_app_v2_x"); }

}  // namespace
}  // namespace bluegreen
