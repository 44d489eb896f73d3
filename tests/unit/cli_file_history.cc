// SPDX-License-Identifier: MIT
// The history on disk: what is recorded comes back, nobody else reads it, and damage costs no more than the memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "cli/file_history.h"
#include "system/files.h"

namespace bluegreen {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class HistoryOnDisk : public testing::Test {
 protected:
  ~HistoryOnDisk() override { std::filesystem::remove_all(directory_); }

  static ReleaseRecord release(const std::string& id) {
    ReleaseRecord record;
    record.id = id;
    record.created = WallTime(Milliseconds(1'795'428'907'042));
    record.app.name = "web";
    Service service;
    service.name = "web";
    service.container.image = "web:1";
    service.container.environment = {{"PASSWORD", "s3cret"}, {"BYTES", "\xff"}};
    service.port = 9000;
    record.app.services = {service};
    record.images = {{"web", "sha256:1"}};
    record.digests = {{"web", "registry.example/web@sha256:2"}};
    return record;
  }
  [[nodiscard]] std::string file() const { return directory_ + "/state/shop/web.json"; }
  [[nodiscard]] std::string release_file(const std::string& id) const {
    return directory_ + "/state/shop/web.releases/" + id + ".json";
  }
  static unsigned mode_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }
  void expect_private() const {
    for (const auto& path : {file(), release_file("r1")}) EXPECT_EQ(mode_of(path), 0600U) << path;
    for (const auto* path : {"/state", "/state/shop", "/state/shop/web.releases"})
      EXPECT_EQ(mode_of(directory_ + path), 0700U) << path;
  }
  void damage(const std::string& text) {
    std::filesystem::create_directories(directory_ + "/state/shop");
    ASSERT_TRUE(write_file(file(), text));
  }

  static std::string make_directory() {
    std::string path = testing::TempDir() + "history-XXXXXX";
    return ::mkdtemp(path.data());
  }

  const std::string directory_ = make_directory();
  FileHistory history_{directory_ + "/state", "shop"};
};

TEST_F(HistoryOnDisk, IsEmptyAtFirst) {
  EXPECT_THAT(*history_.releases("web"), IsEmpty());
  EXPECT_THAT(*history_.activations("web"), IsEmpty());
}

TEST_F(HistoryOnDisk, GivesBackWhatWasRecordedOldestFirst) {
  auto first = release("r1");
  first.app.services.front().container.environment.erase("BYTES");
  ASSERT_TRUE(history_.record(first));
  ASSERT_TRUE(history_.record(release("r2")));
  const auto releases = FileHistory(directory_ + "/state", "shop").releases("web");
  ASSERT_THAT(*releases, SizeIs(2));
  EXPECT_EQ(releases->front().id, "r1");
  EXPECT_EQ(releases->front().created, first.created);
  EXPECT_EQ(releases->front().app, first.app);
  EXPECT_EQ(releases->front().images, first.images);
  EXPECT_EQ(releases->front().digests, first.digests);
  EXPECT_EQ(releases->back().id, "r2");
}

TEST_F(HistoryOnDisk, KnowsEveryActivation) {
  ASSERT_TRUE(history_.record_activation("web", {"r1", Color::green, WallTime(Milliseconds(7))}));
  ASSERT_TRUE(history_.record_activation("web", {"r2", Color::blue, WallTime(Milliseconds(8))}));
  ASSERT_TRUE(history_.record_activation("web", {"r1", Color::green, WallTime(Milliseconds(9))}));
  const auto activations = history_.activations("web");
  ASSERT_THAT(*activations, SizeIs(3));
  EXPECT_EQ(activations->front().release, "r1");
  EXPECT_EQ(activations->front().color, Color::green);
  EXPECT_EQ(activations->front().at, WallTime(Milliseconds(7)));
  EXPECT_EQ(activations->at(1).color, Color::blue);
}

TEST_F(HistoryOnDisk, RecordsAReleaseOnceAndAsTheNewest) {
  for (const auto* id : {"r1", "r2", "r1"}) ASSERT_TRUE(history_.record(release(id)));
  const auto releases = history_.releases("web");
  ASSERT_THAT(*releases, SizeIs(2));
  EXPECT_EQ(releases->back().id, "r1");
}

TEST_F(HistoryOnDisk, KeepsTheLastTwentyReleases) {
  for (int i = 10; i < 31; ++i) ASSERT_TRUE(history_.record(release("r" + std::to_string(i))));
  const auto releases = history_.releases("web");
  ASSERT_THAT(*releases, SizeIs(20));
  EXPECT_EQ(releases->front().id, "r11");
  EXPECT_EQ(releases->back().id, "r30");
}

TEST_F(HistoryOnDisk, KeepsSecretsInTheReleasesFilesOnly) {
  ASSERT_TRUE(history_.record(release("r1")));
  ASSERT_TRUE(history_.record_activation("web", {"r1", Color::blue, {}}));
  EXPECT_THAT(*read_file(file()), testing::Not(testing::HasSubstr("s3cret")));
  EXPECT_THAT(*read_file(release_file("r1")), testing::HasSubstr("s3cret"));
}

TEST_F(HistoryOnDisk, IsReadByItsOwnerOnlyWhateverTheUmask) {
  const auto mask = ::umask(0);
  ASSERT_TRUE(history_.record(release("r1")));
  ASSERT_TRUE(history_.record_activation("web", {"r1", Color::blue, {}}));
  ::umask(mask);
  expect_private();
}

TEST_F(HistoryOnDisk, IsClosedAgainWhereSomebodyOpenedIt) {
  ASSERT_TRUE(history_.record(release("r1")));
  for (const auto& path : {directory_ + "/state/shop", directory_ + "/state/shop/web.releases"})
    ASSERT_EQ(::chmod(path.c_str(), 0777), 0);
  for (const auto& path : {file(), release_file("r1")}) ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  ASSERT_TRUE(history_.record(release("r1")));
  expect_private();
}

TEST_F(HistoryOnDisk, LeavesTheModeOfADirectoryThatWasChosenForIt) {
  std::filesystem::create_directory(directory_ + "/state");
  ASSERT_EQ(::chmod((directory_ + "/state").c_str(), 0755), 0);
  ASSERT_TRUE(history_.record(release("r1")));
  EXPECT_EQ(mode_of(directory_ + "/state"), 0755U);
}

TEST_F(HistoryOnDisk, ForgetsTheSecretsOfAReleaseWithIt) {
  for (int i = 10; i < 31; ++i) ASSERT_TRUE(history_.record(release("r" + std::to_string(i))));
  EXPECT_FALSE(std::filesystem::exists(release_file("r10")));
  EXPECT_THAT(*list_directory(directory_ + "/state/shop/web.releases"), SizeIs(20));
}

TEST_F(HistoryOnDisk, ForgetsWhatAKilledRunHasLeft) {
  ASSERT_TRUE(history_.record(release("r1")));
  ASSERT_TRUE(write_file(release_file("never-listed"), "s3cret"));
  ASSERT_TRUE(history_.record(release("r2")));
  EXPECT_THAT(*list_directory(directory_ + "/state/shop/web.releases"), testing::ElementsAre("r1.json", "r2.json"));
}

TEST_F(HistoryOnDisk, FollowsNoLinkOutOfItsDirectory) {
  std::filesystem::create_directories(directory_ + "/state");
  std::filesystem::create_directories(directory_ + "/elsewhere");
  std::filesystem::create_directory_symlink(directory_ + "/elsewhere", directory_ + "/state/shop");
  const auto recorded = history_.record(release("r1"));
  ASSERT_FALSE(recorded);
  EXPECT_THAT(recorded.error().message, testing::HasSubstr("/state/shop is no directory of its own"));
  EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/elsewhere"));
}

TEST_F(HistoryOnDisk, ReplacesALinkInsteadOfWritingWhereItLeads) {
  ASSERT_TRUE(history_.record(release("r1")));
  ASSERT_TRUE(write_file(directory_ + "/precious", "precious"));
  for (const auto& path : {file(), release_file("r1")}) {
    std::filesystem::remove(path);
    std::filesystem::create_symlink(directory_ + "/precious", path);
  }
  ASSERT_TRUE(history_.record(release("r1")));
  EXPECT_EQ(*read_file(directory_ + "/precious"), "precious");
  expect_private();
}

TEST_F(HistoryOnDisk, ReadsNoFileOutsideOfItsDirectory) {
  ASSERT_TRUE(history_.record(release("r1")));
  std::filesystem::copy(release_file("r1"), directory_ + "/outside.json");
  ASSERT_TRUE(write_file(file(), R"({"releases": [{"id": "../../../outside"}]})"));
  EXPECT_THAT(*history_.releases("web"), IsEmpty());
}

TEST_F(HistoryOnDisk, OfOneAppIsNotThatOfAnother) {
  ASSERT_TRUE(history_.record(release("r1")));
  EXPECT_THAT(*history_.releases("blog"), IsEmpty());
  EXPECT_THAT(*FileHistory(directory_ + "/state", "other").releases("web"), IsEmpty());
}

TEST_F(HistoryOnDisk, TakesNoReleaseThatSaysItIsAnotherApps) {
  ASSERT_TRUE(history_.record(release("r1")));
  ASSERT_TRUE(history_.record(release("r2")));
  auto text = *read_file(release_file("r1"));
  const std::string name = "\"name\":\"web\"";
  const auto place = text.find(name);
  ASSERT_NE(place, std::string::npos) << text;
  ASSERT_TRUE(write_file(release_file("r1"), text.replace(place, name.size(), "\"name\":\"api\"")));
  const auto known = history_.releases("web");
  ASSERT_TRUE(known);
  ASSERT_THAT(*known, SizeIs(1));
  EXPECT_EQ(known->front().id, "r2");
}

TEST_F(HistoryOnDisk, StartsAnewWhereItsFileIsDamaged) {
  for (const auto* text : {"", "{", "[]", "null", "{\"releases\": 7, \"activations\": {}}",
                           "{\"releases\": [7, {}, {\"app\": 7}], \"activations\": [7]}"}) {
    damage(text);
    EXPECT_THAT(*history_.releases("web"), IsEmpty()) << text;
    EXPECT_THAT(*history_.activations("web"), IsEmpty()) << text;
    ASSERT_TRUE(history_.record(release("r1"))) << text;
    ASSERT_TRUE(history_.record_activation("web", {"r1", Color::green, {}})) << text;
    EXPECT_THAT(*history_.releases("web"), SizeIs(1)) << text;
    EXPECT_THAT(*history_.activations("web"), SizeIs(1)) << text;
  }
}

TEST_F(HistoryOnDisk, SaysWhereItCouldNotBeWritten) {
  ASSERT_TRUE(write_file(directory_ + "/state", ""));
  const auto recorded = history_.record(release("r1"));
  ASSERT_FALSE(recorded);
  EXPECT_THAT(recorded.error().message,
              testing::HasSubstr("write the history: make directory " + directory_ + "/state"));
}

TEST(StateDirectory, IsTheChosenOne) {
  ::setenv("BLUEGREEN_STATE_DIR", "/srv/state", 1);
  EXPECT_EQ(state_directory(), "/srv/state");
  ::unsetenv("BLUEGREEN_STATE_DIR");
  EXPECT_NE(state_directory(), "/srv/state");
}

}  // namespace
}  // namespace bluegreen
