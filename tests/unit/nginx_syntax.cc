// SPDX-License-Identifier: MIT
// The reader of nginx's language that other tests rely on.
#include <gtest/gtest.h>

#include "nginx_text/syntax.h"

namespace bluegreen::test {
namespace {

std::string dumped(std::string_view text) {
  const auto directives = parse_nginx(text);
  return directives ? dump(*directives) : "error: " + directives.error().message;
}

TEST(NginxSyntax, ReadsWordsBlocksAndComments) {
  EXPECT_EQ(dumped("# a { comment ;\nserver { listen 80; # here too }\n  a b;}\nc{}"),
            "\"server\" {\n  \"listen\" \"80\" ;\n  \"a\" \"b\" ;\n}\n\"c\" {\n}\n");
}

TEST(NginxSyntax, ReadsQuotesAndEscapesAsNginxDoes) {
  EXPECT_EQ(dumped(R"(a "x;{}#'y" 'it"s' "q\"\\z" \.d b\;c "";)"),
            R"("a" "x;{}#'y" "it\x22s" "q\x22\x5cz" "\x5c.d" "b\x5c;c" "" ;)"
            "\n");
}

TEST(NginxSyntax, TakesAHashABraceOfAVariableAndAClosingOneInsideAWord) {
  EXPECT_EQ(dumped("a x#y ${b}c d}e;"), "\"a\" \"x#y\" \"${b}c\" \"d}e\" ;\n");
}

TEST(NginxSyntax, RefusesWhatNginxRefuses) {
  for (const auto* text : {"a", "a {", "}", "a }", ";", "{", "a \"b;", "a \"b\"c;", "a 'b"})
    EXPECT_TRUE(dumped(text).starts_with("error: ")) << text;
  EXPECT_TRUE(dumped("a " + std::string(5000, 'b') + ";").starts_with("error: "));
  EXPECT_TRUE(dumped("#" + std::string(5000, 'b') + "\na;").starts_with("error: "));
}

}  // namespace
}  // namespace bluegreen::test
