// SPDX-License-Identifier: MIT
// bluegreen-measure FILE PROGRAM [ARGUMENT...]: runs the program and appends one line of JSON to FILE: how long it
// took from its start to its end, how much memory it had at most, its exit code. A program of its own and not part of
// bench.py, because a child's peak begins with that of the process that started it (getrusage(2)): this one is small.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

extern char** environ;

namespace {

double now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double ms(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("bluegreen-measure FILE PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  const int file = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) {
    std::perror(argv[1]);
    return 2;
  }
  const auto started = now_ms();
  pid_t child = 0;
  if (posix_spawnp(&child, argv[2], nullptr, nullptr, argv + 2, environ) != 0) {
    std::perror(argv[2]);
    return 2;
  }
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child) return 2;
  const auto ended = now_ms();
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  dprintf(file,
          R"({"ms": %.3f, "cpu_ms": %.3f, "peak_kib": %ld, "exit": %d})"
          "\n",
          ended - started, ms(used.ru_utime) + ms(used.ru_stime), used.ru_maxrss, code);
  return code;
}
