// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/ports.h"
#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Durations, AddUpTheirParts) {
  for (const auto& [text, milliseconds] : std::vector<std::pair<std::string, int>>{{"0", 0},
                                                                                   {"0s", 0},
                                                                                   {"500ms", 500},
                                                                                   {"1.5s", 1500},
                                                                                   {"1m30s", 90'000},
                                                                                   {"2h", 7'200'000},
                                                                                   {"1h5m30s20ms", 3'930'020},
                                                                                   {"200us", 1},
                                                                                   {"1d", 86'400'000}}) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(duration->count(), milliseconds) << text;
  }
}

TEST(Durations, RefuseWhatHasNoUnitOrNoNumber) {
  for (const auto* text : {"", "30", "s", "-1s", "1x", "1s 2s", "1.2.3s", "1e3s", "99999999h", "nan", "infs", "1s2"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_EQ(parse_duration("30").error().message, "\"30\" is not a duration; write e.g. 500ms, 30s or 1m30s");
  EXPECT_FALSE(parse_positive_duration("0s"));
}

TEST(Sizes, KnowComposesUnits) {
  EXPECT_EQ(*parse_bytes("1024"), 1024);
  EXPECT_EQ(*parse_bytes("64m"), 64 << 20);
  EXPECT_EQ(*parse_bytes("1GB"), 1 << 30);
  for (const auto* text : {"", "m", "1t", "-1", "1 m"}) EXPECT_FALSE(parse_bytes(text)) << text;
}

TEST(Booleans, AreWordsInAnyCase) {
  EXPECT_TRUE(*parse_bool("true") && *parse_bool("Yes") && *parse_bool("ON"));
  EXPECT_FALSE(*parse_bool("false") || *parse_bool("no") || *parse_bool("off"));
  EXPECT_FALSE(parse_bool("1"));
}

TEST(Restart, CountsTriesOfOnFailure) {
  EXPECT_EQ(*parse_restart("on-failure:3"), (RestartPolicy{"on-failure", 3}));
  EXPECT_EQ(*parse_restart("no"), (RestartPolicy{"no", 0}));
  for (const auto* text : {"", "never", "on-failure:", "on-failure:x", "always:2"})
    EXPECT_FALSE(parse_restart(text)) << text;
}

TEST(Subnets, HaveNoHostBits) {
  EXPECT_TRUE(parse_subnet("10.213.8.0/24"));
  for (const auto* text :
       {"10.0.0.0", "10.0.0.1/24", "10.0.0.0/33", "10.0.0/8", "fd00::/64", "300.0.0.0/8", "10.0.0.0/", "010.0.0.0/8"})
    EXPECT_FALSE(parse_subnet(text)) << text;
}

TEST(Commands, AreSplitLikeComposeDoesIt) {
  EXPECT_THAT(*split_command("python  /usr/local/src/hello.py"), ElementsAre("python", "/usr/local/src/hello.py"));
  EXPECT_THAT(*split_command("sh -c 'a && b; \"c\"'"), ElementsAre("sh", "-c", "a && b; \"c\""));
  EXPECT_THAT(*split_command("a \"b 'c' \\\"d\\\"\" e\\ f '' x\"y\"z"),
              ElementsAre("a", "b 'c' \"d\"", "e f", "", "xyz"));
  EXPECT_THAT(*split_command("  "), IsEmpty());
}

TEST(Commands, RefuseWhatOnlyAShellUnderstands) {
  for (const auto* text : {"a && b", "a | b", "a > b", "a; b", "$(a)", "'open", "\"open", "end\\"})
    EXPECT_FALSE(split_command(text)) << text;
  EXPECT_THAT(split_command("a && b").error().message, HasSubstr("[\"sh\", \"-c\", \"...\"]"));
}

TEST(Ports, KnowEveryShortForm) {
  using Mapping = PortMapping;
  EXPECT_THAT(*parse_port_mapping("9000"), ElementsAre(Mapping{"", 0, 9000, "tcp"}));
  EXPECT_THAT(*parse_port_mapping("8080:80"), ElementsAre(Mapping{"", 8080, 80, "tcp"}));
  EXPECT_THAT(*parse_port_mapping("127.0.0.1:5353:53/udp"), ElementsAre(Mapping{"127.0.0.1", 5353, 53, "udp"}));
  EXPECT_THAT(*parse_port_mapping("127.0.0.1::53"), ElementsAre(Mapping{"127.0.0.1", 0, 53, "tcp"}));
  EXPECT_THAT(*parse_port_mapping("[::1]:80:80"), ElementsAre(Mapping{"::1", 80, 80, "tcp"}));
  EXPECT_THAT(*parse_port_mapping("8000-8001:80-81"),
              ElementsAre(Mapping{"", 8000, 80, "tcp"}, Mapping{"", 8001, 81, "tcp"}));
  EXPECT_THAT(*parse_port_mapping("80-81"), ElementsAre(Mapping{"", 0, 80, "tcp"}, Mapping{"", 0, 81, "tcp"}));
}

TEST(Ports, RefuseWhatIsNone) {
  for (const auto* text : {"", ":", "http", "0", "65536", "80:", "80:80/icmp", "8000-8002:80-81", "8000-8001:80",
                           "1-65535", "81-80", "host:1:2", "1:2:3:4", "-1", "+80"})
    EXPECT_FALSE(parse_port_mapping(text)) << text;
}

TEST(NearMisses, AreTypingErrorsOnly) {
  const std::vector<std::string> keys{"image", "ports", "environment", "port"};
  EXPECT_EQ(nearest("imgae", keys), "image");
  EXPECT_EQ(nearest("prot", keys), "port");
  EXPECT_EQ(nearest("enviroment", keys), "environment");
  EXPECT_EQ(nearest("Image", keys), "image");
  EXPECT_EQ(nearest("privileged", keys), "");
  EXPECT_EQ(nearest("x", keys), "");
}

TEST(Utf8, IsCheckedStrictly) {
  EXPECT_TRUE(is_utf8("grün \xE2\x82\xAC \xF0\x9F\x9F\xA2"));
  for (const std::string text : {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE0\x80\x80"})
    EXPECT_FALSE(is_utf8(text));
  EXPECT_FALSE(is_utf8(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace bluegreen
