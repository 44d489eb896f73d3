// SPDX-License-Identifier: MIT
// A machine of its own for one test, as far as namespaces go: processes, mounts and network are its own, and in it runs
// a Docker engine that a test may stop, kill, or lose with everything else. The kernel clears it away with its first
// process, also when the test dies; only its disk is left then, a directory below the system's temporary one.
//
// Whoever makes one must be root. The thread that does is on the machine's network while the machine runs, and so are
// the processes that it starts.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/process.h"

namespace bluegreen::e2e {

enum class LiveRestore { no, yes };

class Machine {
 public:
  // Runs, with an engine that has the images of the shared one. Throws std::runtime_error where that cannot be.
  explicit Machine(LiveRestore live_restore);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] std::string docker_host() const;
  // The command, as one that runs on the machine.
  [[nodiscard]] Command inside(Command command) const;
  // The same, but a process of this machine: signals reach it.
  [[nodiscard]] Command on_its_network(Command command) const;

  void stop_engine();  // as at a shutdown: without live-restore it stops its containers
  void kill_engine();  // its containers run on
  void start_engine();
  // As if the plug were pulled, and plugged in again: every process ends in the same instant.
  void lose_power();

 private:
  void boot();
  void halt();
  void run_inside(const std::vector<std::string>& words) const;
  void remove_cgroups() const;

  LiveRestore live_restore_;
  std::filesystem::path directory_;
  std::string cgroup_;
  int network_of_the_test_ = -1;
  std::unique_ptr<Process> machine_;
  std::unique_ptr<Process> engine_;
  int init_ = 0;  // the machine's first process, as this machine numbers it
};

}  // namespace bluegreen::e2e
