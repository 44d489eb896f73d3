// SPDX-License-Identifier: MIT
// What the documentation shows is loaded here, so that it cannot rot.
#include <fstream>
#include <sstream>

#include "config_project.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::filesystem::path source = BLUEGREEN_SOURCE_DIR;

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The texts between ```yaml and ```.
std::vector<std::string> yaml_blocks(const std::string& document) {
  std::vector<std::string> blocks;
  const std::string opening = "\n```yaml\n", closing = "\n```\n";
  for (auto begin = document.find(opening); begin != std::string::npos; begin = document.find(opening, begin)) {
    begin += opening.size();
    const auto end = document.find(closing, begin);
    blocks.push_back(document.substr(begin, end - begin + 1));
  }
  return blocks;
}

Outcome<LoadedProject> load_example(const std::string& name) {
  return load_project({.working_directory = (source / "examples" / name).string()});
}

TEST(Examples, LoadWithoutComplaintOrWarning) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source / "examples")) {
    if (!std::filesystem::exists(entry.path() / "compose.yaml")) continue;
    ++count;
    const auto loaded = load_example(entry.path().filename().string());
    ASSERT_TRUE(loaded) << entry.path() << ": " << loaded.error().message;
    EXPECT_THAT(loaded->warnings, IsEmpty()) << entry.path();
  }
  EXPECT_GE(count, 2);
}

TEST(Examples, HelloIsOneAppBehindNginx) {
  const auto project = load_example("hello")->project;
  EXPECT_EQ(project.name, "example");
  ASSERT_EQ(project.apps.size(), 1U);
  EXPECT_EQ(project.apps[0].name, "hello");
  EXPECT_EQ(project.apps[0].services[0].port, 9000);
  EXPECT_THAT(*project.apps[0].services[0].container.command, ElementsAre("python", "/usr/local/src/hello.py"));
  EXPECT_EQ(project.proxy.service, "nginx");
  EXPECT_EQ(project.networks.at("default").name, "example_default");
}

TEST(Examples, ShopHasAnAppOfTwoServicesAWorkerAndADatabase) {
  const auto project = load_example("shop")->project;
  ASSERT_EQ(project.apps.size(), 2U);
  EXPECT_EQ(project.apps[0].name, "shop");
  EXPECT_EQ(project.apps[0].services.size(), 2U);
  EXPECT_EQ(project.apps[0].find_service("web")->replicas, 2);
  EXPECT_EQ(project.apps[0].find_service("web")->container.environment.at("DATABASE_URL"),
            "postgres://shop:change me@db:5432/shop");
  EXPECT_EQ(project.apps[1].name, "worker");
  EXPECT_EQ(project.apps[1].services[0].port, 0);
  EXPECT_EQ(project.volumes.at("data").name, "shop_data");
}

TEST(Manual, ShowsComposeFilesThatLoad) {
  const auto blocks = yaml_blocks(read_file(source / "docs" / "compose.md"));
  ASSERT_GE(blocks.size(), 2U);
  for (const auto& block : blocks) {
    ProjectDirectory directory;
    directory.write("compose.yaml", block).write("web.env", "");
    directory.input.environment = {{"HOME", "/root"}};
    const auto loaded = directory.load();
    ASSERT_TRUE(loaded) << loaded.error().message << "\n" << block;
    EXPECT_THAT(loaded->warnings, IsEmpty());
  }
}

}  // namespace
}  // namespace bluegreen
