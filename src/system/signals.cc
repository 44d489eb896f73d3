// SPDX-License-Identifier: MIT
#include "system/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace bluegreen {

namespace {

constexpr int leave = SIGUSR1;  // from our own destructor

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, leave}) sigaddset(&set, signal);
  return set;
}

}  // namespace

StopOnSignals::StopOnSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  const auto set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  listener_ = std::jthread([this] {
    const auto waited_for = handled_signals();
    for (int signal = 0; sigwait(&waited_for, &signal) == 0 && signal != leave;) {
      if (source_.stop_requested()) _exit(130);
      source_.request_stop();
    }
  });
}

StopOnSignals::~StopOnSignals() { pthread_kill(listener_.native_handle(), leave); }

}  // namespace bluegreen
