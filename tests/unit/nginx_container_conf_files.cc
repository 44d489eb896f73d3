// SPDX-License-Identifier: MIT
// conf.d through a container that is this machine: the scripts run in a shell here, and meet links, directories and
// other people's files.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "nginx/conf_files.h"
#include "sim_engine.h"
#include "system/files.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ExecResult run_here(const std::vector<std::string>& command) {
  std::string output_path = testing::TempDir() + "output-XXXXXX";
  const int output = ::mkstemp(output_path.data());
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, output, 1);
  posix_spawn_file_actions_adddup2(&files, output, 2);
  pid_t child = 0;
  int status = -1;
  if (::posix_spawnp(&child, words.front(), &files, nullptr, words.data(), environ) == 0) ::waitpid(child, &status, 0);
  posix_spawn_file_actions_destroy(&files);
  ::close(output);
  ExecResult result{WIFEXITED(status) ? WEXITSTATUS(status) : 255, read_file(output_path).value_or("")};
  ::unlink(output_path.c_str());
  return result;
}

class ContainerConfFiles : public testing::Test {
 protected:
  ContainerConfFiles() {
    std::string path = testing::TempDir() + "conf-XXXXXX";
    root_ = ::mkdtemp(path.data());
    directory_ = root_ + "/conf.d";
    std::filesystem::create_directory(directory_);
    std::filesystem::create_directory(root_ + "/outside");
    EXPECT_TRUE(write_file(root_ + "/outside/precious", "precious"));
    engine_.on_exec = [](const SimContainer&, const std::vector<std::string>& command) { return run_here(command); };
    engine_.add_image("nginx", {.id = "sha256:5133"});
    const auto id = engine_.create_container({.name = "nginx", .image = "nginx"});
    EXPECT_TRUE(id && engine_.start_container(*id));
    files_ = make_container_conf_files(engine_, *id, directory_);
  }
  ~ContainerConfFiles() override { std::filesystem::remove_all(root_); }

  void expect_outside_is_untouched() {
    EXPECT_THAT(*list_directory(root_ + "/outside"), ElementsAre("precious"));
    EXPECT_EQ(*read_file(root_ + "/outside/precious"), "precious");
  }

  SimCalls calls_;
  SimClock clock_;
  SimEngine engine_{calls_, clock_};
  std::string root_, directory_;
  std::unique_ptr<ConfFiles> files_;
};

TEST_F(ContainerConfFiles, WritesReadsAndRemoves) {
  const std::string large(150'000, 'x');
  ASSERT_TRUE(files_->write("a.conf", large));
  ASSERT_TRUE(files_->write("a.conf", "two"));
  EXPECT_EQ(files_->read({"a.conf"})->at("a.conf"), "two");
  EXPECT_THAT(*files_->list(), ElementsAre("a.conf"));
  ASSERT_TRUE(files_->remove("a.conf"));
  ASSERT_TRUE(files_->remove("a.conf"));
  EXPECT_THAT(*files_->list(), IsEmpty());
}

TEST_F(ContainerConfFiles, KeepsMarkersInADirectoryOfItsOwn) {
  ASSERT_TRUE(files_->create_marker("p.a.GREEN"));
  EXPECT_TRUE(*files_->has_marker("p.a.GREEN"));
  ASSERT_TRUE(files_->remove_marker("p.a.GREEN"));
  std::filesystem::remove(directory_ + "/active");
  std::filesystem::create_directory_symlink(root_ + "/outside", directory_ + "/active");
  for (const auto& done : {files_->create_marker("precious"), files_->remove_marker("precious")}) {
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("/active is a symbolic link"));
  }
  EXPECT_TRUE(files_->remove_marker("absent"));
  expect_outside_is_untouched();
}

TEST_F(ContainerConfFiles, ReplacesLinksAndFollowsNone) {
  for (const std::string to : {"/outside/precious", "/outside"}) {
    std::filesystem::create_symlink(root_ + to, directory_ + "/a.conf");
    std::filesystem::create_symlink(root_ + to, directory_ + "/.bluegreen-new.a.conf");
    ASSERT_TRUE(files_->write("a.conf", "new"));
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(directory_ + "/a.conf")));
    EXPECT_EQ(files_->read({"a.conf"})->at("a.conf"), "new");
    expect_outside_is_untouched();
    std::filesystem::remove(directory_ + "/a.conf");
  }
  ASSERT_TRUE(files_->create_marker("b"));
  std::filesystem::create_symlink(root_ + "/outside/precious", directory_ + "/active/p.a.GREEN");
  ASSERT_TRUE(files_->create_marker("p.a.GREEN"));
  EXPECT_FALSE(std::filesystem::is_symlink(directory_ + "/active/p.a.GREEN"));
  expect_outside_is_untouched();
}

TEST_F(ContainerConfFiles, RefusesADirectoryInAFilesPlaceAndLeavesNothing) {
  std::filesystem::create_directory(directory_ + "/a.conf");
  const auto written = files_->write("a.conf", "new");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("/a.conf is a directory"));
  EXPECT_THAT(*list_directory(directory_), ElementsAre("a.conf"));
  EXPECT_THAT(*list_directory(directory_ + "/a.conf"), IsEmpty());
}

TEST_F(ContainerConfFiles, MakesAndRemovesACandidateWithoutFollowingLinks) {
  std::filesystem::create_directory_symlink(root_ + "/outside", directory_ + "/.bluegreen-candidate.p");
  std::filesystem::create_directory_symlink(root_ + "/outside", directory_ + "/link");
  ASSERT_TRUE(files_->write("a.conf", "old"));
  ASSERT_TRUE(files_->make_candidate(".bluegreen-candidate.p"));
  ASSERT_TRUE(files_->write_into_candidate(".bluegreen-candidate.p", "a.conf", "new"));
  EXPECT_THAT(*list_directory(directory_ + "/.bluegreen-candidate.p"), ElementsAre("a.conf", "link"));
  EXPECT_EQ(*read_file(directory_ + "/a.conf"), "old");
  ASSERT_TRUE(files_->remove_candidate(".bluegreen-candidate.p"));
  expect_outside_is_untouched();
}

}  // namespace
}  // namespace bluegreen
