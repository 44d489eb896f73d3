// SPDX-License-Identifier: MIT
#include "docker/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

namespace bluegreen::docker {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr std::size_t kMostOutput = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// Until the other end is closed; false: it took too long, or said too much.
bool read_all(int socket, std::string& output) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  char buffer[4096];
  while (output.size() <= kMostOutput) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting{socket, POLLIN, 0};
    if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) == 0) return false;
    const auto size = read(socket, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return true;
    output.append(buffer, static_cast<std::size_t>(size));
  }
  return false;
}

}  // namespace

Outcome<pid_t> start_child(const std::vector<std::string>& command, int input_and_output, int error_output) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input_and_output, 0);
  posix_spawn_file_actions_adddup2(&files, input_and_output, 1);
  posix_spawn_file_actions_adddup2(&files, error_output, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  pid_t child = 0;
  const int error = posix_spawnp(&child, command.front().c_str(), &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return failure(fmt::format("cannot run {}: {}", command.front(), std::strerror(error)));
  return child;
}

Outcome<std::string> run_child(const std::vector<std::string>& command, const std::string& input) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return failure(fmt::format("cannot run {}: {}", command.front(), std::strerror(errno)));
  Descriptor ours(pair[0]), theirs(pair[1]), nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  TRY_ASSIGN(const auto child, start_child(command, theirs.get(), nowhere.get()));
  theirs.close();
  (void)send(ours.get(), input.data(), input.size(), MSG_NOSIGNAL);  // small: it fits the socket's buffer
  shutdown(ours.get(), SHUT_WR);

  std::string output;
  const bool whole = read_all(ours.get(), output);
  if (!whole) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!whole) return failure(ErrorKind::timeout, fmt::format("{} did not come to an end", command.front()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failure(fmt::format("{} failed", command.front()));
  return output;
}

}  // namespace bluegreen::docker
