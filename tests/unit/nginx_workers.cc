// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nginx/workers.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Workers, AreToldApartByTheirTitles) {
  const auto workers = find_workers({{1, "nginx: master process nginx -g daemon off;"},
                                     {7, "nginx: worker process"},
                                     {8, "nginx: worker process is shutting down"},
                                     {9, "nginx: cache manager process"},
                                     {10, "sh -c nginx"}});
  EXPECT_THAT(workers.current, ElementsAre(7));
  EXPECT_THAT(workers.shutting_down, ElementsAre(8));
}

TEST(Workers, AreReplacedOnlyWhenNoOldOneTakesConnections) {
  EXPECT_FALSE(are_replaced({7, 8}, {{7, 8}, {}}));
  EXPECT_FALSE(are_replaced({7, 8}, {{7, 8, 9, 10}, {}}));
  EXPECT_FALSE(are_replaced({7, 8}, {{}, {7, 8}}));
  EXPECT_TRUE(are_replaced({7, 8}, {{9, 10}, {7, 8}}));
  EXPECT_TRUE(are_replaced({7, 8}, {{9, 10}, {}}));
}

TEST(Workers, MasterTellsWhichConfigurationItReads) {
  EXPECT_THAT(master_options({{1, "nginx: master process nginx -c /etc/own.conf -g daemon off;"}}),
              ElementsAre("-c", "/etc/own.conf"));
  EXPECT_THAT(master_options({{1, "nginx: master process nginx -c"}}), IsEmpty());
  EXPECT_THAT(master_options({{1, "sh"}}), IsEmpty());
}

TEST(Refusals, AreNginxsOwnWords) {
  EXPECT_THAT(find_refusals({"10.0.0.1 - - \"GET / HTTP/1.1\" 200",
                             "2026/01/02 03:04:05 [emerg] 1#1: unknown directive \"x\" in /etc/nginx/conf.d/a.conf:3",
                             "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)", "[emerg] "}),
              ElementsAre("unknown directive \"x\" in /etc/nginx/conf.d/a.conf:3",
                          "bind() to 0.0.0.0:80 failed (98: Address already in use)", ""));
}

TEST(Refusals, AreNewOnlyOnce) {
  const std::string old_line = "2026/01/02 03:04:05 [emerg] 1#1: old";
  const std::string new_line = "2026/01/02 03:04:06 [emerg] 1#1: new";
  EXPECT_EQ(find_new_refusal({old_line}, {old_line}), std::nullopt);
  EXPECT_EQ(find_new_refusal({old_line}, {}), std::nullopt);
  EXPECT_EQ(find_new_refusal({old_line, old_line}, {old_line}), std::nullopt);
  EXPECT_EQ(find_new_refusal({}, {new_line}), "new");
  EXPECT_EQ(find_new_refusal({old_line}, {old_line, new_line}), "new");
  EXPECT_EQ(find_new_refusal({old_line}, {old_line, old_line}), "old");
}

TEST(NginxVersion, IsReadAndCompared) {
  EXPECT_EQ(parse_version("nginx version: nginx/1.22.1\n"), (NginxVersion{1, 22, 1}));
  EXPECT_GE(parse_version("nginx version: nginx/1.27.4"), (NginxVersion{1, 27, 4}));
  EXPECT_GE(parse_version("nginx version: nginx/1.28.0 (x)"), (NginxVersion{1, 27, 4}));
  EXPECT_LT(parse_version("nginx version: nginx/1.27.3"), (NginxVersion{1, 27, 4}));
  EXPECT_EQ(parse_version("nothing"), NginxVersion{});
  EXPECT_EQ(parse_version("nginx/1"), (NginxVersion{1, 0, 0}));
  EXPECT_EQ(parse_version("nginx/99999999999.1"), NginxVersion{});
}

TEST(Version, WarnsOfReloadsWhereAResponseMayBeTruncated) {
  for (const auto& version : {NginxVersion{1, 17, 5}, NginxVersion{1, 22, 1}, NginxVersion{1, 23, 0}})
    EXPECT_THAT(reload_hazard(version), testing::StartsWith("nginx 1." + std::to_string(version.minor)));
  for (const auto& version : {NginxVersion{1, 17, 4}, NginxVersion{1, 23, 1}, NginxVersion{1, 29, 0}, NginxVersion{}})
    EXPECT_EQ(reload_hazard(version), "");
}

}  // namespace
}  // namespace bluegreen
