// SPDX-License-Identifier: MIT
// A conf.d on this machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "nginx/conf_files.h"
#include "system/files.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LocalConfFiles : public testing::Test {
 protected:
  LocalConfFiles() {
    std::string path = testing::TempDir() + "conf-XXXXXX";
    directory_ = ::mkdtemp(path.data());
    files_ = make_local_conf_files(directory_);
  }
  ~LocalConfFiles() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::unique_ptr<ConfFiles> files_;
};

TEST_F(LocalConfFiles, WritesReadsAndRemoves) {
  ASSERT_TRUE(files_->write("a.conf", "one"));
  ASSERT_TRUE(files_->write("a.conf", "two"));
  EXPECT_EQ(files_->read({"a.conf", "absent.conf"})->at("a.conf"), "two");
  EXPECT_EQ(files_->read({"absent.conf"})->size(), 0U);
  EXPECT_THAT(*files_->list(), ElementsAre("a.conf"));
  ASSERT_TRUE(files_->remove("a.conf"));
  EXPECT_TRUE(files_->remove("a.conf"));
  EXPECT_THAT(*files_->list(), IsEmpty());
}

TEST_F(LocalConfFiles, KeepsMarkersWhereEveryWorkerMayLook) {
  EXPECT_THAT(*files_->list_markers(), IsEmpty());
  EXPECT_TRUE(files_->remove_marker("p.a.GREEN"));
  const auto mask = ::umask(0077);
  ASSERT_TRUE(files_->create_marker("p.a.GREEN"));
  ::umask(mask);
  ASSERT_TRUE(files_->create_marker("p.a.GREEN"));
  EXPECT_TRUE(*files_->has_marker("p.a.GREEN"));
  EXPECT_THAT(*files_->list_markers(), ElementsAre("p.a.GREEN"));
  struct stat status{};
  ASSERT_EQ(::stat((directory_ + "/active").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0755U);
  ASSERT_TRUE(files_->remove_marker("p.a.GREEN"));
  EXPECT_FALSE(*files_->has_marker("p.a.GREEN"));
}

TEST_F(LocalConfFiles, OpensTheMarkersDirectoryAgain) {
  ASSERT_TRUE(files_->create_marker("p.a.GREEN"));
  ASSERT_EQ(::chmod((directory_ + "/active").c_str(), 0700), 0);
  ASSERT_TRUE(files_->create_marker("p.a.GREEN"));
  struct stat status{};
  ASSERT_EQ(::stat((directory_ + "/active").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0755U);
}

// conf.d may hold links of the user's; nothing of ours goes through one.
TEST_F(LocalConfFiles, WriteThroughNoLink) {
  const auto outside = directory_ + "/outside";
  std::filesystem::create_directory(outside);
  ASSERT_TRUE(write_file(outside + "/precious", "precious"));
  std::filesystem::create_directory_symlink(outside, directory_ + "/active");
  for (const auto& done : {files_->create_marker("precious"), files_->remove_marker("precious")}) {
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, testing::HasSubstr(directory_ + "/active is a symbolic link"));
    EXPECT_THAT(done.error().hint, testing::HasSubstr("Replace the link"));
  }
  EXPECT_TRUE(files_->remove_marker("absent"));
  std::filesystem::create_directory_symlink(outside, directory_ + "/.bluegreen-candidate.p");
  ASSERT_TRUE(files_->make_candidate(".bluegreen-candidate.p"));
  ASSERT_TRUE(files_->write_into_candidate(".bluegreen-candidate.p", "a.conf", "x"));
  ASSERT_TRUE(files_->remove_candidate(".bluegreen-candidate.p"));
  std::filesystem::create_symlink(outside + "/precious", directory_ + "/a.conf");
  ASSERT_TRUE(files_->write("a.conf", "new"));
  EXPECT_FALSE(std::filesystem::is_symlink(directory_ + "/a.conf"));
  EXPECT_THAT(*list_directory(outside), ElementsAre("precious"));
  EXPECT_EQ(*read_file(outside + "/precious"), "precious");
}

TEST_F(LocalConfFiles, MakesACandidateOfEverythingButMarkersAndCandidates) {
  ASSERT_TRUE(files_->write("user.conf", "mine"));
  ASSERT_TRUE(files_->create_marker("p.a.GREEN"));
  std::filesystem::create_directory(directory_ + "/snippets");
  ASSERT_TRUE(files_->write("snippets/tls.conf", "tls"));
  std::filesystem::create_symlink("../elsewhere.conf", directory_ + "/link.conf");
  ASSERT_TRUE(files_->make_candidate(".bluegreen-candidate.other"));
  ASSERT_TRUE(files_->make_candidate(".bluegreen-candidate.p"));
  ASSERT_TRUE(files_->make_candidate(".bluegreen-candidate.p"));
  ASSERT_TRUE(files_->write_into_candidate(".bluegreen-candidate.p", "user.conf", "changed"));
  ASSERT_TRUE(files_->remove_from_candidate(".bluegreen-candidate.p", "absent.conf"));

  const auto candidate = directory_ + "/.bluegreen-candidate.p";
  EXPECT_THAT(*list_directory(candidate), ElementsAre("link.conf", "snippets", "user.conf"));
  EXPECT_EQ(*read_file(candidate + "/snippets/tls.conf"), "tls");
  EXPECT_EQ(std::filesystem::read_symlink(candidate + "/link.conf"), "../elsewhere.conf");
  EXPECT_EQ(*read_file(candidate + "/user.conf"), "changed");
  EXPECT_EQ(files_->read({"user.conf"})->at("user.conf"), "mine");
  ASSERT_TRUE(files_->remove_candidate(".bluegreen-candidate.p"));
  EXPECT_TRUE(files_->remove_candidate(".bluegreen-candidate.p"));
  EXPECT_FALSE(std::filesystem::exists(candidate));
}

TEST_F(LocalConfFiles, KeepsTheOldFileUntilANewOneIsCommitted) {
  ASSERT_TRUE(files_->write("a.conf", "old"));
  {
    auto file = AtomicFile::create(directory_ + "/a.conf");
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("half"));
    EXPECT_EQ(files_->read({"a.conf"})->at("a.conf"), "old");
  }
  EXPECT_THAT(*files_->list(), ElementsAre("a.conf"));
  EXPECT_EQ(files_->read({"a.conf"})->at("a.conf"), "old");
}

TEST_F(LocalConfFiles, SaysWhichPathAndWhy) {
  const auto missing = make_local_conf_files(directory_ + "/missing");
  const auto written = missing->write("a.conf", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::not_found);
  EXPECT_THAT(written.error().message, testing::HasSubstr("missing/a.conf: No such file or directory"));
}

}  // namespace
}  // namespace bluegreen
