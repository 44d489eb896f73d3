// SPDX-License-Identifier: MIT
#include "system/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace bluegreen {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t most_output = std::size_t{64} << 20;
constexpr int could_not_be_run = 126;

std::string reason() { return std::generic_category().message(errno); }

// ---- in the child: only what is safe between fork and exec ----------------------------------------------------

[[noreturn]] void give_up(const char* what) {
  const char* const why = strerrordesc_np(errno);
  for (const char* text : {what, ": ", why == nullptr ? "unknown error" : why, "\n"}) {
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  }
  ::_exit(could_not_be_run);
}

void lay_over(const char* directory, const char* target) {
  if (::unshare(CLONE_NEWNS) != 0) give_up("a view of the files of its own");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) give_up("keep mounts to itself");
  if (::mount(directory, target, nullptr, MS_BIND, nullptr) != 0) give_up(target);
}

[[noreturn]] void become(char* const* arguments, int output, const char* directory, const char* target) {
  ::setsid();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_DFL);
  const int nowhere = ::open("/dev/null", O_RDONLY);
  if (nowhere >= 0) ::dup2(nowhere, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (directory != nullptr) lay_over(directory, target);
  ::execv(arguments[0], arguments);
  give_up(arguments[0]);
}

// ---- in the parent --------------------------------------------------------------------------------------------

// Until the other end is closed; false: it took too long, or said too much.
bool read_all(int from, steady_clock::time_point deadline, std::string& output) {
  char buffer[16384];
  while (output.size() <= most_output) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    pollfd waiting{from, POLLIN, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) return false;
    const auto size = ::read(from, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return true;
    output.append(buffer, static_cast<std::size_t>(size));
  }
  return false;
}

}  // namespace

Outcome<ProgramResult> run_program(const std::vector<std::string>& command, std::chrono::milliseconds timeout,
                                   const std::optional<LaidOver>& laid_over) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const char* const directory = laid_over ? laid_over->directory.c_str() : nullptr;
  const char* const target = laid_over ? laid_over->target.c_str() : nullptr;

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure("run " + command.front() + ": " + reason());
  const pid_t child = ::fork();
  if (child == 0) become(arguments.data(), ends[1], directory, target);
  const auto why = reason();
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return failure("run " + command.front() + ": " + why);
  }
  ProgramResult result;
  const bool whole = read_all(ends[0], steady_clock::now() + timeout, result.output);
  ::close(ends[0]);
  if (!whole) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!whole) return failure(ErrorKind::timeout, command.front() + " did not come to an end");
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace bluegreen
