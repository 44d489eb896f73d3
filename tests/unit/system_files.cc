// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "system/files.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Files : public testing::Test {
 protected:
  Files() {
    std::string path = testing::TempDir() + "files-XXXXXX";
    directory_ = ::mkdtemp(path.data());
  }
  ~Files() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  [[nodiscard]] unsigned mode_of(const std::string& name) const {
    struct stat status{};
    EXPECT_EQ(::lstat(path(name).c_str(), &status), 0) << name;
    return status.st_mode & 07777;
  }

  std::string directory_;
};

TEST_F(Files, AreWrittenWholeWithTheirModeWhateverTheUmask) {
  const auto mask = ::umask(0077);
  EXPECT_TRUE(write_file(path("a"), "one"));
  EXPECT_TRUE(write_file(path("secret"), std::string(100'000, 'x'), 0600));
  ::umask(mask);
  EXPECT_EQ(*read_file(path("a")), "one");
  EXPECT_EQ(read_file(path("secret"))->size(), 100'000U);
  EXPECT_EQ(mode_of("a"), 0644U);
  EXPECT_EQ(mode_of("secret"), 0600U);
}

TEST_F(Files, AreReplacedAndNotWrittenInto) {
  ASSERT_TRUE(write_file(path("a"), "old"));
  std::filesystem::create_hard_link(path("a"), path("witness"));
  ASSERT_TRUE(write_file(path("a"), "new"));
  EXPECT_EQ(*read_file(path("a")), "new");
  EXPECT_EQ(*read_file(path("witness")), "old");
}

TEST_F(Files, AreDiscardedUnlessCommitted) {
  ASSERT_TRUE(write_file(path("a"), "old"));
  {
    auto file = AtomicFile::create(path("a"));
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("half"));
    EXPECT_EQ(list_directory(directory_)->size(), 2U);
    EXPECT_EQ(list_directory(directory_)->front(), std::string(temporary_prefix) + "a");
    const auto moved = std::move(*file);
  }
  EXPECT_THAT(*list_directory(directory_), ElementsAre("a"));
  EXPECT_EQ(*read_file(path("a")), "old");
}

TEST_F(Files, ReplaceWhatAKilledWriterLeftHalfWritten) {
  ASSERT_TRUE(write_file(path(std::string(temporary_prefix) + "a"), "half of a much longer text"));
  ASSERT_TRUE(write_file(path("a"), "new"));
  EXPECT_THAT(*list_directory(directory_), ElementsAre("a"));
  EXPECT_EQ(*read_file(path("a")), "new");
}

TEST_F(Files, EmptyOnesAreMadeAndRemovedAsOftenAsOneLikes) {
  ASSERT_TRUE(create_empty_file(path("marker")));
  EXPECT_EQ(*read_file(path("marker")), "");
  ASSERT_TRUE(write_file(path("marker"), "text"));
  EXPECT_TRUE(create_empty_file(path("marker")));
  EXPECT_EQ(*read_file(path("marker")), "text");
  EXPECT_TRUE(remove_file(path("marker")));
  EXPECT_TRUE(remove_file(path("marker")));
  EXPECT_TRUE(remove_file(path("no/directory/marker")));
  EXPECT_THAT(*list_directory(directory_), IsEmpty());
}

TEST_F(Files, DirectoriesAreMadeOneLevelAtATime) {
  EXPECT_TRUE(ensure_directory(path("d"), 0711));
  EXPECT_TRUE(ensure_directory(path("d"), 0755));
  EXPECT_EQ(mode_of("d"), 0711U);
  EXPECT_FALSE(ensure_directory(path("x/y")));
  ASSERT_TRUE(write_file(path("file"), ""));
  const auto made = ensure_directory(path("file"));
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("make directory " + path("file") + ": File exists"));
}

TEST_F(Files, AnEmptyOneReplacesALinkAndIsNotMadeWhereItLeads) {
  for (const auto* name : {"outside", "nowhere"}) {
    std::filesystem::create_symlink(path(name), path("marker"));
    ASSERT_TRUE(create_empty_file(path("marker")));
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(path("marker"))));
    EXPECT_FALSE(std::filesystem::exists(path(name)));
    std::filesystem::remove(path("marker"));
  }
}

TEST_F(Files, AnEmptyOneIsNoPipeOrDirectory) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(create_empty_file(path("pipe")));
  ASSERT_TRUE(ensure_directory(path("directory")));
  EXPECT_FALSE(create_empty_file(path("directory")));
}

TEST_F(Files, AnOwnDirectoryHasItsModeAndIsNoLink) {
  ASSERT_TRUE(ensure_directory(path("open"), 0777));
  ASSERT_TRUE(ensure_own_directory(path("open"), 0700));
  EXPECT_EQ(mode_of("open"), 0700U);
  std::filesystem::create_directory_symlink(path("open"), path("link"));
  std::filesystem::create_symlink(path("nowhere"), path("dangling"));
  ASSERT_TRUE(write_file(path("file"), ""));
  for (const auto* name : {"link", "dangling", "file"}) {
    const auto ensured = ensure_own_directory(path(name), 0755);
    ASSERT_FALSE(ensured) << name;
    EXPECT_THAT(ensured.error().message, testing::HasSubstr(path(name) + " is no directory of its own"));
  }
  EXPECT_EQ(mode_of("open"), 0700U);
}

TEST_F(Files, ALinkIsNamedAsWhatIsInTheWay) {
  EXPECT_TRUE(ensure_no_link(path("absent")));
  ASSERT_TRUE(write_file(path("file"), ""));
  EXPECT_TRUE(ensure_no_link(path("file")));
  std::filesystem::create_symlink(path("file"), path("link"));
  const auto ensured = ensure_no_link(path("link"));
  ASSERT_FALSE(ensured);
  EXPECT_THAT(ensured.error().message, testing::HasSubstr(path("link") + " is a symbolic link"));
}

TEST_F(Files, AreReplacedAlsoWhereALinkStands) {
  ASSERT_TRUE(write_file(path("outside"), "precious"));
  std::filesystem::create_symlink(path("outside"), path("link"));
  ASSERT_TRUE(write_file(path("link"), "new"));
  EXPECT_EQ(*read_file(path("outside")), "precious");
  EXPECT_EQ(*read_file(path("link")), "new");
}

TEST_F(Files, TreesThatHoldLinksLeaveWhatTheyLeadTo) {
  ASSERT_TRUE(ensure_directory(path("outside")));
  ASSERT_TRUE(write_file(path("outside/precious"), "precious"));
  ASSERT_TRUE(ensure_directory(path("tree")));
  std::filesystem::create_directory_symlink(path("outside"), path("tree/link"));
  ASSERT_TRUE(copy_tree(path("tree"), path("copy"), [](const std::string&) { return true; }));
  EXPECT_TRUE(std::filesystem::is_symlink(path("copy/link")));
  ASSERT_TRUE(remove_tree(path("tree")));
  std::filesystem::create_directory_symlink(path("outside"), path("tree"));
  ASSERT_TRUE(remove_tree(path("tree")));  // the link
  EXPECT_FALSE(std::filesystem::is_symlink(path("tree")));
  std::filesystem::create_directory_symlink(path("outside"), path("tree"));
  EXPECT_FALSE(copy_tree(path("copy"), path("tree"), [](const std::string&) { return true; }));
  EXPECT_THAT(*list_directory(path("outside")), ElementsAre("precious"));
}

TEST_F(Files, ErrorsNameThePathAndTheReason) {
  const auto text = read_file(path("absent"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::not_found);
  EXPECT_EQ(text.error().message, "open " + path("absent") + ": No such file or directory");
  EXPECT_EQ(list_directory(path("absent")).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(remove_file(directory_));
  EXPECT_FALSE(read_file(directory_));
}

TEST_F(Files, ATreeIsCopiedWithModesAndLinksAndWithoutWhatIsNotWanted) {
  ASSERT_TRUE(ensure_directory(path("from")));
  ASSERT_TRUE(ensure_directory(path("from/sub"), 0750));
  ASSERT_TRUE(write_file(path("from/sub/skip"), "kept: only the top level is asked about", 0640));
  ASSERT_TRUE(write_file(path("from/a.conf"), "a"));
  ASSERT_TRUE(write_file(path("from/skip"), ""));
  std::filesystem::create_symlink("../elsewhere", path("from/link"));
  ASSERT_EQ(::mkfifo(path("from/pipe").c_str(), 0600), 0);

  ASSERT_TRUE(copy_tree(path("from"), path("to"), [](const std::string& name) { return name != "skip"; }));
  EXPECT_THAT(*list_directory(path("to")), ElementsAre("a.conf", "link", "sub"));
  EXPECT_EQ(*read_file(path("to/a.conf")), "a");
  EXPECT_EQ(std::filesystem::read_symlink(path("to/link")), "../elsewhere");
  EXPECT_EQ(mode_of("to/sub"), 0750U);
  EXPECT_EQ(mode_of("to/sub/skip"), 0640U);

  EXPECT_FALSE(copy_tree(path("from"), path("to"), [](const std::string&) { return true; }));
  EXPECT_TRUE(remove_tree(path("to")));
  EXPECT_TRUE(remove_tree(path("to")));
  EXPECT_THAT(*list_directory(directory_), ElementsAre("from"));
}

}  // namespace
}  // namespace bluegreen
