// SPDX-License-Identifier: MIT
// Disks that are full or read-only, and a directory that nginx's workers may not enter: an error that names path,
// reason and next move, release 1 serves on, nothing half-written; and once the fault is gone, the next deploy
// succeeds.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>

#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

// A tmpfs of its own that is soon full, mounted over a directory; needs root.
class TinyDisk {
 public:
  explicit TinyDisk(fs::path place) : place_(std::move(place)) {
    fs::create_directories(place_);
    mounted_ = ::mount("tmpfs", place_.c_str(), "tmpfs", 0, "size=256k,nr_inodes=64,mode=0755") == 0;
  }
  ~TinyDisk() {
    if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
  }
  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;

  [[nodiscard]] bool is_there() const { return mounted_; }

  // No space, and no place for another file.
  void fill() const {
    std::ofstream(filler(0)) << std::string(std::size_t{1} << 20, 'x');
    for (int i = 1; i < 64; ++i) std::ofstream{filler(i)};
  }
  void empty() const {
    for (int i = 0; i < 64; ++i) fs::remove(filler(i));
  }
  void make_read_only(bool read_only) const {
    ASSERT_EQ(::mount(nullptr, place_.c_str(), nullptr, MS_REMOUNT | (read_only ? MS_RDONLY : 0), nullptr), 0)
        << std::strerror(errno);
  }

 private:
  // Not a file of the user's: nginx would be asked about those first.
  [[nodiscard]] fs::path filler(int number) const { return place_ / (".bluegreen-filler" + std::to_string(number)); }

  fs::path place_;
  bool mounted_ = false;
};

std::vector<std::string> names_below(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) names.push_back(entry.path().string());
  std::ranges::sort(names);
  return names;
}

// Release 1 serves in BLUE; conf.d and the history are what the test makes of them before.
class AFault : public testing::Test {
 protected:
  void deploy_release_1() {
    scenario.write_usual_compose();
    ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
    before = names_below(conf_d());
  }

  // `more`: further settings of the app.
  Output deploy_release_2(const std::string& more = "") {
    scenario.write_usual_compose("2", more);
    return scenario.bluegreen({"deploy"});
  }

  void expect_release_1_serves() {
    EXPECT_EQ(scenario.get().release(), "1");
    EXPECT_EQ(scenario.active(), "BLUE");
    EXPECT_EQ(scenario.environment("web", "BLUE").size(), 1U);
    EXPECT_EQ(scenario.container_names().size(), 2U);  // and nginx
  }

  void expect_the_next_deploy_succeeds(const std::string& more = "") {
    EXPECT_TRUE(exited(0, deploy_release_2(more)));
    EXPECT_EQ(scenario.get().release(), "2");
    EXPECT_EQ(scenario.active(), "GREEN");
  }

  [[nodiscard]] fs::path conf_d() const { return scenario.directory() / "conf.d"; }

  Scenario scenario;
  std::vector<std::string> before;  // what was in conf.d
};

constexpr auto another_route = "      body_size: 5m\n";

TEST_F(AFault, OfAFullDiskUnderConfDWhileTheConfigurationChangesIsNamed) {
  const TinyDisk disk(conf_d());
  ASSERT_TRUE(disk.is_there()) << "mounting needs root";
  deploy_release_1();
  disk.fill();
  const Output output = deploy_release_2(another_route);
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr(conf_d().string()));
  EXPECT_THAT(output.err, HasSubstr("No space left on device"));
  EXPECT_THAT(output.err, HasSubstr("Free some space"));
  disk.empty();
  EXPECT_EQ(names_below(conf_d()), before);
  expect_release_1_serves();
  expect_the_next_deploy_succeeds(another_route);
}

TEST_F(AFault, OfAFullDiskUnderTheMarkerIsNamedAndTheSwitchTakenBack) {
  const TinyDisk disk(conf_d());
  ASSERT_TRUE(disk.is_there()) << "mounting needs root";
  deploy_release_1();
  disk.fill();
  const Output output = deploy_release_2();
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr(conf_d().string() + "/active"));
  EXPECT_THAT(output.err, HasSubstr("No space left on device"));
  disk.empty();
  expect_release_1_serves();
  expect_the_next_deploy_succeeds();
}

TEST_F(AFault, OfAFullDiskUnderTheHistoryIsAWarningAndNothingIsHalfWritten) {
  const auto state = scenario.directory() / "state";
  const TinyDisk disk(state);
  ASSERT_TRUE(disk.is_there()) << "mounting needs root";
  deploy_release_1();
  const auto known = names_below(state);
  disk.fill();
  const Output output = deploy_release_2();
  EXPECT_TRUE(exited(0, output));  // the history decides nothing
  EXPECT_THAT(output.err, HasSubstr("write the history"));
  EXPECT_THAT(output.err, HasSubstr(state.string()));
  EXPECT_THAT(output.err, HasSubstr("No space left on device"));
  EXPECT_EQ(scenario.get().release(), "2");
  disk.empty();
  EXPECT_EQ(names_below(state), known);
  EXPECT_TRUE(exited(0, scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:3"})));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"rollback", "web"})));
  EXPECT_EQ(scenario.get().release(), "1");  // 2 was never recorded
}

TEST_F(AFault, OfAReadOnlyConfDIsNamedWhateverHasToBeWritten) {
  const TinyDisk disk(conf_d());
  ASSERT_TRUE(disk.is_there()) << "mounting needs root";
  deploy_release_1();
  for (const std::string more : {"", another_route}) {
    disk.make_read_only(true);
    const Output output = deploy_release_2(more);
    EXPECT_TRUE(exited(1, output));
    EXPECT_THAT(output.err, HasSubstr("conf.d"));
    EXPECT_THAT(output.err, HasSubstr("Read-only file system"));
    EXPECT_THAT(output.err, HasSubstr("conf.d has to be writable"));
    disk.make_read_only(false);
    EXPECT_EQ(names_below(conf_d()), before);
    expect_release_1_serves();
  }
  expect_the_next_deploy_succeeds(another_route);
}

TEST_F(AFault, OfAConfDThatNoWorkerMayEnterIsNoticedAtTheSwitchAndTakenBack) {
  deploy_release_1();
  ASSERT_EQ(::chmod(conf_d().c_str(), 0700), 0);
  const Output output = deploy_release_2();
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("nginx still sends web to BLUE"));
  EXPECT_THAT(output.err, HasSubstr("conf.d/active, mode 0755"));
  EXPECT_TRUE(fs::is_empty(conf_d() / "active"));
  expect_release_1_serves();
  ASSERT_EQ(::chmod(conf_d().c_str(), 0755), 0);
  expect_the_next_deploy_succeeds();
}

TEST_F(AFault, OfAMarkerDirectoryThatNoWorkerMayEnterIsMended) {
  deploy_release_1();
  fs::create_directories(conf_d() / "active");
  ASSERT_EQ(::chmod((conf_d() / "active").c_str(), 0700), 0);
  expect_the_next_deploy_succeeds();
}

TEST_F(AFault, OfAMarkerDirectoryThatIsALinkIsNamed) {
  deploy_release_1();
  fs::remove_all(conf_d() / "active");
  fs::create_directories(scenario.directory() / "elsewhere");
  fs::create_directory_symlink("../elsewhere", conf_d() / "active");
  const Output output = deploy_release_2();
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr((conf_d() / "active").string() + " is a symbolic link"));
  EXPECT_TRUE(fs::is_empty(scenario.directory() / "elsewhere"));
  fs::remove(conf_d() / "active");
  expect_release_1_serves();
  expect_the_next_deploy_succeeds();
}

TEST(AnEngineOverTcp, IsNotUsedWithoutTlsUnlessAskedFor) {
  Scenario scenario;
  scenario.write_usual_compose();
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"deploy"}, {"status"}, {"plan"}, {"logs", "web"}}) {
    auto words = command;
    words.insert(words.end(), {"-H", "tcp://127.0.0.1:1"});
    const Output refused = scenario.bluegreen(words);
    EXPECT_TRUE(exited(2, refused)) << command.front();
    EXPECT_THAT(refused.err, HasSubstr("tcp://127.0.0.1:1: an engine is not used over TCP without TLS"));
    EXPECT_THAT(refused.err, HasSubstr("--allow-plain-tcp"));
    words.emplace_back("--allow-plain-tcp");
    const Output asked = scenario.bluegreen(words);
    EXPECT_TRUE(exited(1, asked)) << command.front();
    EXPECT_THAT(asked.err, HasSubstr("Connection refused"));
  }
}

}  // namespace
}  // namespace bluegreen::e2e
