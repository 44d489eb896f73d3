// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/variables.h"
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Variables variables{{"SET", "value"}, {"EMPTY", ""}, {"OTHER", "second"}};

std::string expand(const std::string& text) {
  const auto result = interpolate(text, variables, 10'000);
  return result ? result->text : "error: " + result.error().message;
}

TEST(Interpolation, TakesVariablesWithAndWithoutBraces) {
  EXPECT_EQ(expand("a $SET b ${SET}c"), "a value b valuec");
  EXPECT_EQ(expand("$SET-$OTHER.$SET"), "value-second.value");
  EXPECT_EQ(expand("no variable"), "no variable");
}

TEST(Interpolation, TurnsTwoDollarsIntoOne) { EXPECT_EQ(expand("$$SET costs 5$$"), "$SET costs 5$"); }

TEST(Interpolation, UsesTheDefaultWhenUnsetOrWithAColonWhenEmpty) {
  EXPECT_EQ(expand("${NO-d} ${EMPTY-d} ${SET-d}"), "d  value");
  EXPECT_EQ(expand("${NO:-d} ${EMPTY:-d} ${SET:-d}"), "d d value");
  EXPECT_EQ(expand("${NO:-}|${NO-}"), "|");
}

TEST(Interpolation, UsesTheReplacementWhenSetOrWithAColonWhenNotEmpty) {
  EXPECT_EQ(expand("${NO+r} ${EMPTY+r} ${SET+r}"), " r r");
  EXPECT_EQ(expand("${NO:+r} ${EMPTY:+r} ${SET:+r}"), "  r");
}

TEST(Interpolation, DemandsARequiredVariableAndSaysItsMessage) {
  EXPECT_EQ(expand("${NO:?set it}"),
            "error: the variable NO is required: set it; set it in the environment or in .env");
  EXPECT_THAT(expand("${EMPTY:?}"), HasSubstr("EMPTY is required"));
  EXPECT_EQ(expand("${EMPTY?x}${SET:?x}"), "value");
}

TEST(Interpolation, NestsInDefaults) {
  EXPECT_EQ(expand("${NO:-${NOT:-${SET}}}"), "value");
  EXPECT_EQ(expand("${NO:-a${OTHER}b}c"), "asecondbc");
  EXPECT_EQ(expand("${NO:-{\"json\": {}}}"), "{\"json\": {}}");
  EXPECT_EQ(expand("${NO:?${OTHER} is missing}"),
            "error: the variable NO is required: second is missing; set it in the environment or in .env");
}

TEST(Interpolation, KeepsColonsAndQuestionMarksOfDefaults) {
  EXPECT_EQ(expand("${NO:-http://a:80/?x=-1}"), "http://a:80/?x=-1");
}

TEST(Interpolation, RefusesWhatIsNoVariable) {
  for (const auto* text : {"$", "$1", "a $ b", "${", "${SET", "${}", "${1}", "${SET!x}", "${SET:}", "${SET:x}"})
    EXPECT_THAT(expand(text), HasSubstr("error: ")) << text;
}

TEST(Interpolation, NamesVariablesThatAreNotSet) {
  EXPECT_THAT(interpolate("$NO ${NEITHER} ${D:-d} $SET", variables, 100)->unset, ElementsAre("NO", "NEITHER"));
  EXPECT_THAT(interpolate("${EMPTY}", variables, 100)->unset, IsEmpty());
}

TEST(Interpolation, RefusesToGrowOrToNestWithoutEnd) {
  EXPECT_FALSE(interpolate("$SET$SET$SET", variables, 10));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "${NO:-";
  EXPECT_FALSE(interpolate(deep + std::string(100'000, '}'), variables, 1'000'000));
}

TEST(Interpolation, LeavesKeysAlone) {
  const auto service = load_service("environment: {$A: $A}", {{"A", "1"}});
  EXPECT_EQ(service.container.environment, (std::map<std::string, std::string>{{"$A", "1"}}));
}

TEST(Interpolation, WarnsOnceOfAVariableThatIsNotSet) {
  const auto loaded = load("services:\n  web:\n    image: app:1\n    user: a${NO}\n    hostname: b${NO}\n");
  ASSERT_TRUE(loaded);
  EXPECT_THAT(
      loaded->warnings,
      ElementsAre("compose.yaml:4:11: services.web.user: the variable NO is not set; it becomes an empty text"));
}

TEST(Interpolation, ComplainsWithFileLineColumnAndKey) {
  EXPECT_EQ(
      service_complaints("user: ${NO:?who}"),
      "compose.yaml:4:11: services.web.user: the variable NO is required: who; set it in the environment or in .env");
}

TEST(Interpolation, LeavesOtherExtensionsAlone) {
  const auto loaded = load("x-note: costs $5\nservices:\n  web:\n    image: app:1\n    x-other: ${NO:?x}\n");
  EXPECT_TRUE(loaded) << loaded.error().message;
}

}  // namespace
}  // namespace bluegreen
