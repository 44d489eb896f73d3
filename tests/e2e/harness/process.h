// SPDX-License-Identifier: MIT
// A child process of a test: what it printed so far, how it ended, how long it took. A child never outlives its object.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bluegreen::e2e {

using Milliseconds = std::chrono::milliseconds;

struct Output {
  int exit_code = -1;  // 128 + N after signal N
  std::string out;
  std::string err;
  Milliseconds took{0};
};

struct Command {
  std::vector<std::string> words;
  std::filesystem::path directory = ".";
  std::map<std::string, std::string> variables;  // in addition to the test's own environment
};

// The program under test: $BLUEGREEN_BIN, else the one that was built.
std::string program();

class Process {
 public:
  explicit Process(const Command& command);
  ~Process();  // SIGKILL, if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] int pid() const { return pid_; }
  void signal(int number) const;
  [[nodiscard]] bool is_stopped() const;  // by SIGSTOP
  // False if stdout or stderr did not show `text` in time, or not before the process ended.
  bool wait_for_text(const std::string& text, Milliseconds timeout);
  // How it ended; after `timeout` it is killed, and exit_code is 137.
  Output wait(Milliseconds timeout);

 private:
  void collect(int out, int err);

  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  pid_t pid_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  Output output_;       // guarded by mutex_
  bool ended_ = false;  // guarded by mutex_
  std::jthread collector_;
};

}  // namespace bluegreen::e2e
