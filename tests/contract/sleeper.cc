// SPDX-License-Identifier: MIT
// The only program in the contract suite's image, static: waits for SIGTERM and says so, or ends at once.
//   sleeper            says "ready", repeats each SIGHUP as "HUP", ends with 0 at SIGTERM
//   sleeper exit N     says "bye" and ends with N
//   sleeper echo TEXT  says TEXT
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace {

void say(const char* text) {
  (void)!write(1, text, strlen(text));
  (void)!write(1, "\n", 1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "exit") == 0) {
    say("bye");
    return atoi(argv[2]);
  }
  if (argc == 3 && strcmp(argv[1], "echo") == 0) {
    say(argv[2]);
    return 0;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  say("ready");
  for (int signal = 0; sigwait(&signals, &signal) == 0 && signal != SIGTERM;) say("HUP");
  say("done");
  return 0;
}
