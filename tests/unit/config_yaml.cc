// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_tree.h"
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;

struct Parsed {
  Node root;
  std::string problem;
};

Parsed parse(const std::string& text) {
  Complaints complaints;
  auto root = parse_yaml(text, "compose.yaml", complaints);
  return {std::move(root), complaints.empty() ? "" : complaints.error().message};
}

TEST(YamlTree, KnowsWhereKeysAndValuesStand) {
  const auto [root, problem] = parse("a:\n  b: value\n  c: [1, two]\n");
  ASSERT_EQ(problem, "");
  const auto& b = root.find("a")->value.entries[0];
  EXPECT_EQ(to_string(b.at), "compose.yaml:2:3");
  EXPECT_EQ(to_string(b.value.at), "compose.yaml:2:6");
  EXPECT_EQ(to_string(root.find("a")->value.find("c")->value.items[1].at), "compose.yaml:3:10");
}

TEST(YamlTree, PutsAnAbsentValueAtItsKey) {
  const auto [root, problem] = parse("a:\nb: 1\n");
  EXPECT_EQ(root.find("a")->value.kind, Node::Kind::null);
  EXPECT_EQ(to_string(root.find("a")->value.at), "compose.yaml:1:1");
}

TEST(YamlTree, TakesAnEmptyFileForAnEmptyMap) {
  EXPECT_EQ(parse("").root.kind, Node::Kind::map);
  EXPECT_EQ(parse("# nothing\n").problem, "");
}

TEST(YamlTree, AppliesMergeKeysSoThatOwnKeysWin) {
  const auto [root, problem] = parse("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: own}\n");
  ASSERT_EQ(problem, "");
  const auto& z = root.find("z")->value;
  EXPECT_EQ(z.find("a")->value.text, "own");
  EXPECT_EQ(z.find("b")->value.text, "2");
  EXPECT_EQ(z.find("c")->value.text, "4");
  EXPECT_EQ(z.find("<<"), nullptr);
}

TEST(YamlTree, MergesThroughSeveralLevels) {
  const auto [root, problem] = parse("x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y}\n");
  EXPECT_EQ(root.find("z")->value.find("a")->value.text, "1");
}

TEST(YamlTree, RefusesAMergeKeyThatIsNoMap) {
  EXPECT_EQ(parse("x:\n  <<: word\n").problem,
            "compose.yaml:2:7: <<: is not a map; give it an alias of a map, e.g. <<: *defaults");
}

TEST(YamlTree, RefusesDuplicateKeys) {
  EXPECT_EQ(parse("a:\n  b: 1\n  c: 2\n  b: 3\n").problem, "compose.yaml:4:3: b: duplicate key; keep one of the two");
}

TEST(YamlTree, RefusesSeveralDocuments) {
  EXPECT_THAT(parse("a: 1\n---\nb: 2\n").problem, HasSubstr("several YAML documents"));
}

TEST(YamlTree, RefusesForeignTagsAndKnowsComposesOwn) {
  EXPECT_THAT(parse("a: !ruby/object {}\n").problem, HasSubstr("compose.yaml:1:4: unknown tag"));
  const auto [root, problem] = parse("a: !reset null\nb: !override [1]\nc: !!str 5\n");
  EXPECT_EQ(problem, "");
  EXPECT_EQ(root.find("a")->value.overlay, Node::Overlay::reset);
  EXPECT_EQ(root.find("b")->value.overlay, Node::Overlay::replace);
}

TEST(YamlTree, RefusesMapsAsKeys) { EXPECT_THAT(parse("? [a, b]\n: c\n").problem, HasSubstr("cannot be a key")); }

TEST(YamlTree, RefusesNulAndWhatIsNotUtf8) { EXPECT_THAT(parse("a: \"x\\0y\"\n").problem, HasSubstr("NUL")); }

TEST(YamlTree, SaysWhereTheSyntaxIsWrong) {
  EXPECT_THAT(parse("a: 1\nb: [1, 2\n").problem, HasSubstr("not valid YAML"));
  EXPECT_THAT(parse("a: b: c\n").problem, HasSubstr("compose.yaml:1:5: not valid YAML"));
  EXPECT_THAT(parse("a: *nowhere\n").problem, HasSubstr("not valid YAML"));
}

TEST(YamlTree, RefusesAnAliasBombWithoutBuildingIt) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto before = numbered("*a", i - 1);
    const auto name = numbered("a", i);
    text += name + ": &" + name + " [" + before;
    for (int j = 0; j < 9; ++j) text += ", " + before;
    text += "]\n";
  }
  EXPECT_THAT(parse(text).problem, HasSubstr("more than 100000 values"));
}

TEST(YamlTree, RefusesAnAliasThatContainsItself) {
  EXPECT_THAT(parse("a: &a [*a]\n").problem, HasSubstr("inside the value that it names"));
}

TEST(YamlTree, RefusesDeepNestingHoweverItIsWritten) {
  EXPECT_THAT(parse(std::string(100, '[') + std::string(100, ']')).problem, HasSubstr("nested deeper"));
  EXPECT_NE(parse(std::string(100'000, '[')).problem, "");
  EXPECT_NE(parse(std::string(100'000, '{')).problem, "");
  std::string block;
  for (std::size_t i = 0; i < 1000; ++i) block += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(parse(block).problem, HasSubstr("nested deeper"));
  std::string aliases = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i) aliases += numbered("a", i) + numbered(": &a", i) + numbered(" [*a", i - 1) + "]\n";
  EXPECT_THAT(parse(aliases).problem, HasSubstr("nested deeper"));
}

// A password need not be quoted to be a password.
TEST(Yaml, DoesNotQuoteAValueThatLooksLikeAnAliasOrATag) {
  for (const auto* text :
       {"PASSWORD: *hunter2\n", "PASSWORD: !hunter2\n", "PASSWORD: !hunter2 {\n", "PASSWORD: &hunter2 {\n",
        "PASSWORD: \"\\hunter2\"\n", "PASSWORD: hunter2: x\n", "PASSWORD: @hunter2\n", "PASSWORD: `hunter2`\n",
        "PASSWORD: %hunter2\n", "PASSWORD: [hunter2\n"}) {
    EXPECT_THAT(parse(text).problem, testing::Not(HasSubstr("hunter2"))) << text;
  }
}

}  // namespace
}  // namespace bluegreen
