// SPDX-License-Identifier: MIT
// Which files, which variables, which name.
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string plain = "services: {web: {image: 'app:${TAG:-none}'}}\n";

std::string image_of(const Outcome<LoadedProject>& loaded) {
  return loaded ? loaded->project.infrastructure.at(0).container.image : loaded.error().message;
}

TEST(ComposeFiles, AreFoundByComposesNamesInTheirOrder) {
  for (const auto* name : {"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}) {
    ProjectDirectory directory;
    directory.write(name, plain).write("docker-compose.yml", plain);
    const auto loaded = directory.load();
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded->files, ElementsAre(directory.path() + "/" + name));
  }
}

TEST(ComposeFiles, AreFoundAboveAndShownFromHere) {
  ProjectDirectory directory;
  directory.write("compose.yaml", "services: {web: {image: a, volumes: ['./x:/x'], bad: 1}}\n").write("sub/file", "");
  directory.input.working_directory += "/sub";
  EXPECT_THAT(directory.load().error().message, HasSubstr("../compose.yaml:1:49: services.web.bad"));
  directory.write("compose.yaml", "services: {web: {image: a, volumes: ['./x:/x']}}\n");
  const auto loaded = directory.load();
  EXPECT_EQ(loaded->project.directory, directory.path());
  EXPECT_EQ(loaded->project.infrastructure[0].container.mounts[0].source, directory.path() + "/x");
}

TEST(ComposeFiles, CanBeNamed) {
  ProjectDirectory directory;
  directory.write("compose.yaml", "no").write("a.yaml", plain).write("deep/b.yaml", "services: {web: {image: b}}\n");
  directory.input.files = {"a.yaml", "deep/b.yaml"};
  EXPECT_EQ(image_of(directory.load()), "b");
  directory.input.files.clear();
  directory.input.environment["COMPOSE_FILE"] = "a.yaml:deep/b.yaml";
  EXPECT_EQ(image_of(directory.load()), "b");
  directory.input.environment.clear();
  directory.write(".env", "COMPOSE_FILE=a.yaml\n");
  EXPECT_EQ(image_of(directory.load()), "app:none");
}

TEST(ComposeFiles, TakeRelativePathsFromTheDirectoryOfTheFirst) {
  ProjectDirectory directory;
  directory.write("deep/a.yaml", "services: {web: {image: a, volumes: ['./x:/x'], env_file: e}}\n")
      .write("deep/e", "A=1\n");
  directory.input.files = {"deep/a.yaml"};
  const auto loaded = directory.load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->project.infrastructure[0].container.mounts[0].source, directory.path() + "/deep/x");
  EXPECT_EQ(loaded->project.name, "deep");
}

TEST(ComposeFiles, SayWhenThereIsNone) {
  ProjectDirectory directory;
  const auto loaded = directory.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(exit_code(loaded.error().kind), 2);
  EXPECT_THAT(loaded.error().message, HasSubstr("no compose.yaml in " + directory.path()));
  EXPECT_THAT(loaded.error().hint, HasSubstr("-f FILE"));
  directory.input.files = {"gone.yaml"};
  EXPECT_THAT(directory.load().error().message, HasSubstr("cannot read"));
  directory.input.files = {"."};
  EXPECT_THAT(directory.load().error().message, HasSubstr("is a directory"));
}

TEST(ComposeFiles, MustNotBeHuge) {
  ProjectDirectory directory;
  directory.write("compose.yaml", "# " + std::string(1 << 20, 'x') + "\n");
  EXPECT_THAT(directory.load().error().message, HasSubstr("larger than 1 MiB"));
}

TEST(ComposeFiles, NeedAService) {
  EXPECT_THAT(complaints("name: x\n"), HasSubstr("no services"));
  EXPECT_THAT(complaints(""), HasSubstr("no services"));
  EXPECT_EQ(complaints("version: '3.8'\n" + plain), "");
}

TEST(EnvironmentFiles, AreDotenvOfTheProjectOrTheNamedOnes) {
  ProjectDirectory directory;
  directory.write("compose.yaml", plain)
      .write(".env", "TAG=dotenv\n")
      .write("one", "TAG=one\nX=1\n")
      .write("two", "TAG=two$X\n");
  EXPECT_EQ(image_of(directory.load()), "app:dotenv");
  directory.input.env_files = {"one", "two"};
  EXPECT_EQ(image_of(directory.load()), "app:two1");
  directory.input.environment = {{"TAG", "process"}};
  EXPECT_EQ(image_of(directory.load()), "app:process");
  directory.input.env_files = {"gone"};
  EXPECT_THAT(image_of(directory.load()), HasSubstr("cannot read"));
}

TEST(EnvironmentFiles, ComplainOfTheirOwnMistakes) {
  ProjectDirectory directory;
  directory.write("compose.yaml", plain).write(".env", "A=1\nB='x\n");
  EXPECT_EQ(image_of(directory.load()), ".env:2:1: B: the closing quote is missing");
}

TEST(ProjectName, ComesFromTheMostExplicitPlace) {
  ProjectDirectory directory;
  directory.write("compose.yaml", plain);
  EXPECT_EQ(directory.load()->project.name, "demo");
  directory.write("compose.yaml", "name: 'file-${TAG:-x}'\n" + plain);
  EXPECT_EQ(directory.load()->project.name, "file-x");
  directory.write(".env", "COMPOSE_PROJECT_NAME=dotenv\n");
  EXPECT_EQ(directory.load()->project.name, "dotenv");
  directory.input.environment["COMPOSE_PROJECT_NAME"] = "process";
  EXPECT_EQ(directory.load()->project.name, "process");
  directory.input.project_name = "flag";
  EXPECT_EQ(directory.load()->project.name, "flag");
}

TEST(ProjectName, IsRefusedWhenWrong) {
  EXPECT_THAT(complaints("name: My Shop\n" + plain),
              HasSubstr("compose.yaml:1:7: name: \"My Shop\" is not a project name"));
  ProjectDirectory directory;
  directory.write("compose.yaml", plain);
  directory.input.project_name = "No";
  EXPECT_THAT(directory.load().error().message, HasSubstr("--project-name: \"No\" is not a project name"));
}

TEST(ProjectName, IsRefusedWhenItIsFarTooLong) {
  EXPECT_THAT(complaints("name: " + std::string(5000, 'a') + "\n" + plain), HasSubstr("longer than 63 characters"));
  EXPECT_THAT(complaints("name: ${A}\n" + plain, {{"A", std::string(5000, 'a')}}), HasSubstr("1:7: name: "));
}

TEST(ProjectName, IsAVariableOfItsOwn) {
  const auto loaded = load("name: shop\nservices: {web: {image: a, hostname: '${COMPOSE_PROJECT_NAME}-web'}}\n");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->project.infrastructure[0].container.hostname, "shop-web");
}

TEST(MergeKeys, WorkInServices) {
  const auto loaded = load(
      "x-base: &base\n  restart: always\n  environment: &env {A: 1, B: 2}\n"
      "services:\n  web:\n    <<: *base\n    image: a\n    environment: {<<: *env, B: 3}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->project.infrastructure[0].container.restart.name, "always");
  EXPECT_EQ(loaded->project.infrastructure[0].container.environment,
            (std::map<std::string, std::string>{{"A", "1"}, {"B", "3"}}));
}

TEST(HostileFiles, AreRefusedQuickly) {
  EXPECT_THAT(complaints(std::string(900'000, '[')), HasSubstr("compose.yaml:1:1: "));
  EXPECT_THAT(complaints("a: [" + std::string(500'000, ',')), HasSubstr("compose.yaml:"));
  std::string services = "services:\n";
  for (int i = 0; i < 5'000; ++i) services += numbered("  s", i) + ": {image: a}\n";
  EXPECT_THAT(complaints(services), HasSubstr("more than 500 services"));
  std::string unknown = "services:\n  web:\n    image: a\n";
  for (int i = 0; i < 40'000; ++i) unknown += numbered("    imagf", i) + ": 1\n";
  EXPECT_THAT(complaints(unknown), HasSubstr("and more"));
}

}  // namespace
}  // namespace bluegreen
