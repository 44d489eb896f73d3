// SPDX-License-Identifier: MIT
#include "harness/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace bluegreen::e2e {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    read_end = ends[0];
    write_end = ends[1];
  }
  int read_end, write_end;
};

// In the child: becomes the command, or says why not and exits like a shell.
[[noreturn]] void become(const Command& command, int out, int err) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  for (const auto& [name, value] : command.variables) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> words;
  for (const std::string& word : command.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  if (chdir(command.directory.c_str()) == 0) execvp(words[0], words.data());
  std::perror(words[0]);
  _exit(127);
}

}  // namespace

std::string program() {
  const char* given = std::getenv("BLUEGREEN_BIN");
  return given == nullptr ? BLUEGREEN_BIN : given;
}

Process::Process(const Command& command) {
  const Pipe out;
  const Pipe err;
  pid_ = fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) become(command, out.write_end, err.write_end);
  close(out.write_end);
  close(err.write_end);
  collector_ = std::jthread([this, from = out.read_end, errors = err.read_end] { collect(from, errors); });
}

Process::~Process() { wait(Milliseconds(0)); }

void Process::signal(int number) const { kill(pid_, number); }

bool Process::is_stopped() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto end_of_name = text.rfind(") ");
  return end_of_name != std::string::npos && text[end_of_name + 2] == 'T';
}

// Ends when the process does, even if a grandchild still holds the pipes.
void Process::collect(int out, int err) {
  std::array<pollfd, 2> pipes{{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  std::array<char, 16384> piece;
  int status = 0;
  bool gone = false;
  while (!gone) {
    gone = waitpid(pid_, &status, WNOHANG) == pid_;  // before the last read, so that nothing is missed
    poll(pipes.data(), pipes.size(), gone ? 0 : 20);
    for (pollfd& one : pipes) {
      while (one.fd >= 0 && poll(&one, 1, 0) > 0) {
        const ssize_t size = read(one.fd, piece.data(), piece.size());
        if (size <= 0) {
          close(one.fd);
          one.fd = -1;
          break;
        }
        const std::scoped_lock lock(mutex_);
        (&one == pipes.data() ? output_.out : output_.err).append(piece.data(), static_cast<std::size_t>(size));
        changed_.notify_all();
      }
    }
  }
  for (const pollfd& one : pipes) {
    if (one.fd >= 0) close(one.fd);
  }
  const std::scoped_lock lock(mutex_);
  output_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  output_.took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started_);
  ended_ = true;
  changed_.notify_all();
}

bool Process::wait_for_text(const std::string& text, Milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto shown = [&] {
    return output_.out.find(text) != std::string::npos || output_.err.find(text) != std::string::npos;
  };
  changed_.wait_for(lock, timeout, [&] { return ended_ || shown(); });
  return shown();
}

Output Process::wait(Milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, timeout, [&] { return ended_; })) {
    kill(pid_, SIGKILL);
    changed_.wait(lock, [&] { return ended_; });
  }
  return output_;
}

}  // namespace bluegreen::e2e
