// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/redact.h"
#include "config/text.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;

TEST(Redaction, KnowsNamesThatSmellOfSecrets) {
  for (const auto* name : {"PASSWORD", "db_pass", "MYSQL_PWD", "apiKey", "AUTH_TOKEN", "client-secret", "CREDENTIALS"})
    EXPECT_TRUE(smells_of_secret(name)) << name;
  for (const auto* name : {"HOST", "PORT", "LOG_LEVEL", "TZ", ""}) EXPECT_FALSE(smells_of_secret(name)) << name;
}

TEST(Redaction, HidesPasswordsInUrlsWhereverTheyStand) {
  EXPECT_EQ(redact_text("postgres://shop:hunter2@db:5432/shop"), "postgres://shop:***@db:5432/shop");
  EXPECT_EQ(redact_text("a http://u:p@x/ b http://v:q@y/"), "a http://u:***@x/ b http://v:***@y/");
  EXPECT_EQ(redact_text("amqp://u:p@ss/w@x/"), "amqp://u:***@x/");
  EXPECT_EQ(redact_text("https://ghp_abc@host/x"), "https://***@host/x");
  EXPECT_EQ(redact_text("redis://:p@x"), "redis://:***@x");
}

TEST(Redaction, LeavesHarmlessTextAlone) {
  for (const auto* text : {"http://x:80/a", "http://x/?a=1", "http://x/a@b", "plain", "a=b", "mail@example.org", "://"})
    EXPECT_EQ(redact_text(text), text);
}

TEST(Redaction, HidesAssignments) {
  EXPECT_EQ(redact_text("--api-key=abc --x=1"), "--api-key=*** --x=1");
  EXPECT_EQ(redact_text("username=u,password=p w"), "username=u,password=*** w");
  EXPECT_EQ(redact_text("PGPASSWORD=x psql"), "PGPASSWORD=*** psql");
}

TEST(Redaction, GoesThroughTheWholeProject) {
  Service service;
  service.container.environment = {{"DB_PASSWORD", "x"}, {"URL", "http://u:p@h"}, {"EMPTY_KEY", ""}, {"HOST", "h"}};
  service.container.labels = {{"token", "x"}};
  service.container.command = {{"run", "--password", "x", "--token=y", "z"}};
  service.container.healthcheck = HealthCheck{.test = {"CMD-SHELL", "curl http://u:p@h"}};
  Project project;
  project.apps = {{"a", {service}, {}}};
  project.infrastructure = {service};
  project.volumes["v"].driver_opts = {{"o", "user=u,password=p"}};
  const auto hidden = redacted(project);
  for (const auto& redacted_service : {hidden.apps[0].services[0], hidden.infrastructure[0]}) {
    const auto& container = redacted_service.container;
    EXPECT_EQ(container.environment,
              (std::map<std::string, std::string>{
                  {"DB_PASSWORD", "***"}, {"URL", "http://u:***@h"}, {"EMPTY_KEY", ""}, {"HOST", "h"}}));
    EXPECT_EQ(container.labels.at("token"), "***");
    EXPECT_THAT(*container.command, ElementsAre("run", "--password", "***", "--token=***", "z"));
    EXPECT_EQ(container.healthcheck->test[1], "curl http://u:***@h");
  }
  EXPECT_EQ(hidden.volumes.at("v").driver_opts.at("o"), "user=u,password=***");
}

TEST(Quoting, ShowsNoSecretAndNoControlCharacter) {
  EXPECT_EQ(in_quotes("http://u:p@h"), "\"http://u:***@h\"");
  EXPECT_EQ(in_quotes("a\n\"b\""), "\"a\\x0a\\\"b\\\"\"");
  EXPECT_EQ(in_quotes(std::string(1000, 'x')), "\"" + std::string(80, 'x') + "...\"");
}

}  // namespace
}  // namespace bluegreen
