// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/dotenv.h"
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;

std::map<std::string, std::string> parse(const std::string& text, const Variables& outer = {}) {
  Complaints complaints;
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : parse_dotenv(text, ".env", outer, complaints))
    values[name] = value.value_or("(outside)");
  EXPECT_TRUE(complaints.empty()) << complaints.error().message;
  return values;
}

std::string problem(const std::string& text) {
  Complaints complaints;
  (void)parse_dotenv(text, ".env", {}, complaints);
  return complaints.empty() ? "" : complaints.error().message;
}

using Values = std::map<std::string, std::string>;

TEST(Dotenv, ReadsPlainLinesCommentsAndExport) {
  EXPECT_EQ(parse("# comment\n\nA=1\n export B = two words \nC=\nD: colon\r\n"),
            (Values{{"A", "1"}, {"B", "two words"}, {"C", ""}, {"D", "colon"}}));
}

TEST(Dotenv, BeginsACommentOnlyAfterASpace) {
  EXPECT_EQ(parse("A=VAL # comment\nB=VAL# none\nC=\"VAL # none\" # comment\nD=# comment\n"),
            (Values{{"A", "VAL"}, {"B", "VAL# none"}, {"C", "VAL # none"}, {"D", ""}}));
}

TEST(Dotenv, TakesSingleQuotesLiterally) {
  EXPECT_EQ(parse("A='$OTHER ${X} \\n'\nB='Let\\'s go!'\nC='two\nlines'\n"),
            (Values{{"A", "$OTHER ${X} \\n"}, {"B", "Let's go!"}, {"C", "two\nlines"}}));
}

TEST(Dotenv, KnowsEscapesAndLinesInDoubleQuotes) {
  EXPECT_EQ(parse("A=\"{\\\"hello\\\": \\\"json\\\"}\"\nB=\"a\\tb\\nc\\\\\"\nC=\"two\nlines\"\nD=4\nE=\"\\$D\"\n"),
            (Values{{"A", "{\"hello\": \"json\"}"}, {"B", "a\tb\nc\\"}, {"C", "two\nlines"}, {"D", "4"}, {"E", "$D"}}));
}

TEST(Dotenv, ExpandsVariablesOfTheProcessFirstThenOfTheLinesAbove) {
  EXPECT_EQ(parse("A=1\nB=${A}2\nC=\"${B:-x}$OUT\"\nOUT=mine\n", {{"OUT", "out"}, {"A", "9"}}),
            (Values{{"A", "1"}, {"B", "92"}, {"C", "92out"}, {"OUT", "mine"}}));
}

TEST(Dotenv, LeavesANameAloneToTheOutside) {
  EXPECT_EQ(parse("A\nB # comment\n"), (Values{{"A", "(outside)"}, {"B", "(outside)"}}));
}

TEST(Dotenv, SaysWhichLineIsWrong) {
  EXPECT_EQ(problem("A=1\n=2\n"), ".env:2:1: expected NAME=value; begin a comment with #");
  EXPECT_THAT(problem("A=\"x\ny\"\n\nB='open\n"), HasSubstr(".env:4:1: B: the closing quote is missing"));
  EXPECT_THAT(problem("A b=1\n"), HasSubstr(".env:1:1: A: expected ="));
  EXPECT_THAT(problem("A='x'y\n"), HasSubstr("text after the closing quote"));
  EXPECT_THAT(problem("A=pa$1ss\n"), HasSubstr("single quotes keep a $ as it is"));
}

TEST(Dotenv, RefusesValuesThatDoubleWithoutEnd) {
  std::string text = "A0=xxxxxxxxxxxxxxxx\n";
  for (int i = 1; i < 60; ++i) text += numbered("A", i) + numbered("=$A", i - 1) + numbered("$A", i - 1) + "\n";
  EXPECT_THAT(problem(text), HasSubstr("becomes too long"));
}

TEST(EnvFile, StandsBelowEnvironmentAndLaterFilesWin) {
  ProjectDirectory directory;
  directory.write("one.env", "A=1\nB=1\nC=1\n").write("two.env", "B=2\nC=2\nOUT\nUNSET\n");
  directory.write("compose.yaml",
                  "services:\n  web:\n    image: a\n    env_file: [one.env, {path: two.env}, {path: no.env, required: "
                  "false}]\n    environment: {C: 3}\n");
  directory.input.environment = {{"OUT", "side"}};
  const auto loaded = directory.load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->project.infrastructure[0].container.environment,
            (Values{{"A", "1"}, {"B", "2"}, {"C", "3"}, {"OUT", "side"}}));
}

TEST(EnvFile, ComplainsWhereTheMissingFileIsNamed) {
  EXPECT_THAT(service_complaints("env_file: no.env"),
              HasSubstr("compose.yaml:4:15: services.web.env_file[0]: cannot read "));
}

TEST(EnvFile, ComplainsInsideTheFile) {
  ProjectDirectory directory;
  directory.write("web.env", "A=1\n?\n").write("compose.yaml", "services: {web: {image: a, env_file: web.env}}\n");
  const auto loaded = directory.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, "web.env:2:1: expected NAME=value; begin a comment with #");
}

}  // namespace
}  // namespace bluegreen
