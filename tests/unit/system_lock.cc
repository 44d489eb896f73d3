// SPDX-License-Identifier: MIT
// Two commands on one project never interleave, and no lock outlives its owner. The owner is a process of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "system/clock.h"
#include "system/lock.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;

// Holds the project's lock until it is told to end, or is killed.
class Owner {
 public:
  Owner() {
    int ready[2], end[2];
    if (::pipe(ready) != 0 || ::pipe(end) != 0) std::abort();
    process_ = ::fork();
    if (process_ == 0) {
      ::close(end[1]);
      SystemClock clock;
      const auto lock = ProjectLock::acquire("shop", "deploy web", Milliseconds(0), clock, {});
      const char word = lock ? 'y' : 'n';
      (void)!::write(ready[1], &word, 1);
      char ignored;
      (void)!::read(end[0], &ignored, 1);
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(end[0]);
    char word = 'n';
    EXPECT_EQ(::read(ready[0], &word, 1), 1);
    EXPECT_EQ(word, 'y');
    ::close(ready[0]);
    end_ = end[1];
  }
  ~Owner() { end(); }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  void end() {
    if (end_ < 0) return;
    ::close(std::exchange(end_, -1));
    ::waitpid(process_, nullptr, 0);
  }
  void kill() {
    ::kill(process_, SIGKILL);
    end();
  }
  [[nodiscard]] pid_t process() const { return process_; }

 private:
  pid_t process_ = -1;
  int end_ = -1;
};

// A clock whose sleep passes at once, and in which something may happen meanwhile.
class EventfulClock : public Clock {
 public:
  std::chrono::steady_clock::time_point now() override { return now_; }
  WallTime wall() override { return WallTime(Milliseconds(1'795'428'907'000)); }
  void sleep(Milliseconds duration, const std::stop_token&) override {
    now_ += duration;
    if (meanwhile) meanwhile();
  }
  std::function<void()> meanwhile;

 private:
  std::chrono::steady_clock::time_point now_{};
};

class Lock : public testing::Test {
 protected:
  Lock() {
    std::string path = testing::TempDir() + "lock-XXXXXX";
    directory_ = ::mkdtemp(path.data());
    ::setenv("BLUEGREEN_LOCK_DIR", directory_.c_str(), 1);
  }
  ~Lock() override {
    ::unsetenv("BLUEGREEN_LOCK_DIR");
    std::filesystem::remove_all(directory_);
  }
  Outcome<ProjectLock> acquire(const std::string& project = "shop", Milliseconds wait = Milliseconds(0)) {
    return ProjectLock::acquire(project, "switch web", wait, clock_, stop_.get_token());
  }

  std::string directory_;
  EventfulClock clock_;
  std::stop_source stop_;
};

TEST_F(Lock, RefusesASecondHolderAndSaysWhoTheFirstIs) {
  const Owner owner;
  const auto second = acquire();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::locked);
  EXPECT_THAT(second.error().message, HasSubstr("project shop is locked by deploy web (process " +
                                                std::to_string(owner.process()) + ", user "));
  EXPECT_THAT(second.error().hint, HasSubstr("--wait"));
}

TEST_F(Lock, IsOfOneProjectOnly) {
  const Owner owner;
  EXPECT_TRUE(acquire("blog"));
}

TEST_F(Lock, IsFreeAgainWhenItsHolderEnds) {
  Owner owner;
  owner.end();
  EXPECT_TRUE(acquire());
}

TEST_F(Lock, DiesWithAnOwnerThatIsKilled) {
  Owner owner;
  owner.kill();
  EXPECT_TRUE(acquire());
}

TEST_F(Lock, IsReleasedWithItsScopeAndMovesWithItsOwner) {
  {
    auto lock = acquire();
    ASSERT_TRUE(lock);
    const std::optional<ProjectLock> moved(std::move(*lock));
    lock = failure("gone");
    EXPECT_FALSE(acquire());
  }
  EXPECT_TRUE(acquire());
}

TEST_F(Lock, WaitsForTheHolderAsLongAsAskedTo) {
  Owner owner;
  int slept = 0;
  clock_.meanwhile = [&] {
    if (++slept == 3) owner.end();
  };
  EXPECT_TRUE(acquire("shop", Seconds(60)));
  EXPECT_EQ(slept, 3);
}

TEST_F(Lock, GivesUpAtTheDeadline) {
  const Owner owner;
  const auto began = clock_.now();
  const auto lock = acquire("shop", Seconds(2));
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::locked);
  EXPECT_EQ(clock_.now() - began, Seconds(2));
}

TEST_F(Lock, StopsWaitingWhenInterrupted) {
  const Owner owner;
  clock_.meanwhile = [&] { stop_.request_stop(); };
  const auto lock = acquire("shop", Seconds(60));
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::interrupted);
}

TEST_F(Lock, MayBeTakenByEveryUserWhateverTheUmask) {
  const auto mask = ::umask(0077);
  const auto lock = acquire();
  ::umask(mask);
  ASSERT_TRUE(lock);
  struct stat status{};
  ASSERT_EQ(::stat((directory_ + "/bluegreen.shop.lock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0666U);
}

TEST_F(Lock, FollowsNoLinkThatSomebodyPutThere) {
  std::filesystem::create_symlink(directory_ + "/precious", directory_ + "/bluegreen.shop.lock");
  const auto lock = acquire();
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::failed);
  EXPECT_THAT(lock.error().message, HasSubstr("bluegreen.shop.lock: it is a symbolic link"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/precious"));
}

TEST_F(Lock, WritesIntoNoFileThatHasAnotherNameToo) {
  const auto precious = directory_ + "/precious";
  std::ofstream(precious) << "precious";
  std::filesystem::create_hard_link(precious, directory_ + "/bluegreen.shop.lock");
  const auto lock = acquire();
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::failed);
  EXPECT_THAT(lock.error().message, HasSubstr("bluegreen.shop.lock is not a lock of bluegreen"));
  EXPECT_EQ(std::filesystem::file_size(precious), 8U);
}

TEST_F(Lock, IsNoPipeThatSomebodyPutThere) {
  ASSERT_EQ(::mkfifo((directory_ + "/bluegreen.shop.lock").c_str(), 0666), 0);
  const auto lock = acquire();
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message, HasSubstr("is not a lock of bluegreen"));
}

TEST_F(Lock, MakesTheDirectoryThatWasChosenForIt) {
  ::setenv("BLUEGREEN_LOCK_DIR", (directory_ + "/chosen").c_str(), 1);
  EXPECT_TRUE(acquire());
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/chosen/bluegreen.shop.lock"));
}

TEST_F(Lock, SaysWhichFileItCouldNotOpen) {
  ::setenv("BLUEGREEN_LOCK_DIR", (directory_ + "/missing/deeper").c_str(), 1);
  const auto lock = acquire();
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message, HasSubstr("missing/deeper/bluegreen.shop.lock: No such file or directory"));
}

}  // namespace
}  // namespace bluegreen
