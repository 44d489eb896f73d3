// SPDX-License-Identifier: MIT
// Ctrl-C asks once and then insists; and a sleep ends when it is asked to. Signals go to a process of their own.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/clock.h"
#include "system/signals.h"

namespace bluegreen {
namespace {

constexpr Seconds long_enough{60};

// What became of a process that was sent `count` of this signal, each after the one before was seen.
int status_after(int signal, int count) {
  const auto process = ::fork();
  if (process == 0) {
    ::alarm(60);
    StopOnSignals stop;
    SystemClock clock;
    ::kill(::getpid(), signal);
    clock.sleep(long_enough, stop.token());
    if (count > 1) ::kill(::getpid(), signal);
    while (count > 1) ::pause();
    ::_exit(stop.token().stop_requested() ? 42 : 1);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  return status;
}

TEST(Signals, TheFirstOneAsksToStop) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto status = status_after(signal, 1);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 42);
  }
}

TEST(Signals, TheSecondOneEndsTheProcessAtOnce) {
  const auto status = status_after(SIGINT, 2);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
}

TEST(Signals, NobodyHasToSendOne) { const StopOnSignals stop; }

TEST(SystemClock, SleepsUntilItIsAskedToStop) {
  SystemClock clock;
  std::stop_source stop;
  stop.request_stop();
  const auto began = clock.now();
  clock.sleep(long_enough, stop.get_token());
  EXPECT_LT(clock.now() - began, long_enough);
  clock.sleep(Milliseconds(2), {});
  EXPECT_GE(clock.now() - began, Milliseconds(2));
}

}  // namespace
}  // namespace bluegreen
