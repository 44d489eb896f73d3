// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "system/files.h"
#include "system/processes.h"
#include "system/program.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Program, TellsWhatItPrintedAndHowItEnded) {
  const auto result = run_program({"/bin/sh", "-c", "echo one; echo two >&2; exit 3"}, 10s);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->output, "one\ntwo\n");
  EXPECT_EQ(run_program({"/bin/sh", "-c", "kill -9 $$"}, 10s)->exit_code, 137);
}

TEST(Program, IsKilledWhereItTakesTooLong) {
  const auto result = run_program({"/bin/sleep", "60"}, 50ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::timeout);
}

TEST(Program, SaysThatItCouldNotBeRun) {
  const auto result = run_program({"/no/such/program"}, 10s);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 126);
  EXPECT_EQ(result->output, "/no/such/program: No such file or directory\n");
}

TEST(Program, AloneSeesTheDirectoryThatIsLaidOverAnother) {
  std::string root = std::filesystem::temp_directory_path().string() + "/bluegreen-program-XXXXXX";
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  ASSERT_TRUE(ensure_directory(root + "/live"));
  ASSERT_TRUE(ensure_directory(root + "/live/candidate"));
  ASSERT_TRUE(write_file(root + "/live/a", "live"));
  ASSERT_TRUE(write_file(root + "/live/candidate/a", "candidate"));
  const auto result =
      run_program({"/bin/cat", root + "/live/a"}, 10s, LaidOver{root + "/live/candidate", root + "/live"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output,
            ::geteuid() == 0 ? "candidate" : "a view of the files of its own: Operation not permitted\n");
  EXPECT_EQ(*read_file(root + "/live/a"), "live");
  EXPECT_EQ(run_program({"/bin/true"}, 10s, LaidOver{root + "/absent", root + "/live"})->exit_code, 126);
  std::filesystem::remove_all(root);
}

TEST(Processes, HaveACommandLineAParentAndChildren) {
  EXPECT_THAT(command_line_of(::getpid()), HasSubstr("test_system"));
  EXPECT_EQ(parent_of(::getpid()), ::getppid());
  const auto siblings = list_children(::getppid());
  ASSERT_TRUE(siblings);
  EXPECT_TRUE(std::ranges::any_of(*siblings, [](const auto& each) { return each.first == ::getpid(); }));
}

TEST(Processes, ThatAreGoneHaveNothing) {
  EXPECT_EQ(command_line_of(0), "");
  EXPECT_EQ(parent_of(0), 0);
}

}  // namespace
}  // namespace bluegreen
