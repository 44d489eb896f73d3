// SPDX-License-Identifier: MIT
#include "harness/machine.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "harness/docker.h"
#include "harness/scenario.h"

namespace bluegreen::e2e {
namespace {

constexpr Milliseconds enough{30'000};
constexpr const char* images[]{"nginx:latest", "bluegreen-test-server:1", "bluegreen-test-server:2",
                               "bluegreen-test-server:3"};

// The first process: mounts /sys anew, for it shows the network of whoever mounted it, keeps the cgroups that are below
// it, and then only waits, which also takes in orphans.
constexpr auto first_process = R"(
ip link set lo up && mount --rbind /sys/fs/cgroup "$0" && mount -t sysfs sysfs /sys && mount --rbind "$0" /sys/fs/cgroup || exit 1
echo booted
sleep infinity & wait)";

int first_child_of(int pid) {
  const auto number = std::to_string(pid);
  std::ifstream children("/proc/" + number + "/task/" + number + "/children");
  int child = 0;
  children >> child;
  return child;
}

void enter_network(int descriptor) {
  if (setns(descriptor, CLONE_NEWNET) != 0) throw std::runtime_error("cannot enter a network namespace");
}

}  // namespace

Machine::Machine(LiveRestore live_restore) : live_restore_(live_restore) {
  if (geteuid() != 0) {
    throw std::runtime_error(
        "this test starts a Docker engine of its own, and only root can; "
        "run ./scripts/test as root, or leave such tests out: ./scripts/test -LE e2e-root");
  }
  static int count = 0;
  cgroup_ = "bluegreen-e2e-" + std::to_string(getpid()) + "-" + std::to_string(++count);
  directory_ = std::filesystem::temp_directory_path() / (cgroup_ + ".machine");
  std::filesystem::create_directories(directory_ / "cgroup");
  network_of_the_test_ = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const auto saved = Docker().save_images({std::begin(images), std::end(images)});
  boot();
  start_engine();
  Docker(docker_host()).load_images(saved);
}

Machine::~Machine() {
  if (engine_ && testing::Test::HasFailure()) {
    kill(init_, SIGKILL);
    std::cerr << "---- what its engine said\n" << engine_->wait(enough).err;
  }
  halt();
  close(network_of_the_test_);
  remove_cgroups();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string Machine::docker_host() const { return "unix://" + (directory_ / "run/docker.sock").string(); }

Command Machine::inside(Command command) const {
  // Entering another mount namespace leaves the directory.
  std::vector<std::string> words{"nsenter",
                                 "--target",
                                 std::to_string(init_),
                                 "--pid",
                                 "--mount",
                                 "--net",
                                 "sh",
                                 "-c",
                                 "cd \"$0\" && exec \"$@\"",
                                 std::filesystem::absolute(command.directory).string()};
  words.insert(words.end(), command.words.begin(), command.words.end());
  command.words = std::move(words);
  command.variables["DOCKER_HOST"] = docker_host();
  return command;
}

Command Machine::on_its_network(Command command) const {
  auto entered = inside(std::move(command));
  std::erase(entered.words, "--pid");
  return entered;
}

void Machine::boot() {
  // What a machine forgets when it is switched off.
  std::filesystem::remove_all(directory_ / "run");
  std::filesystem::create_directories(directory_ / "run");
  // Dies with this thread.
  machine_ = std::make_unique<Process>(
      Command{.words = {"setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--mount", "--net", "--fork",
                        "--kill-child", "--mount-proc", "sh", "-c", first_process, (directory_ / "cgroup").string()}});
  if (!machine_->wait_for_text("booted", enough)) {
    throw std::runtime_error("no namespaces of its own for the machine: " + machine_->wait(Milliseconds(0)).err);
  }
  init_ = first_child_of(machine_->pid());
  const int network = open(("/proc/" + std::to_string(init_) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
  enter_network(network);
  close(network);
}

void Machine::halt() {
  enter_network(network_of_the_test_);
  if (!machine_) return;
  kill(init_, SIGKILL);  // and with it everything in its namespace, before it is gone itself
  if (!eventually([&] { return kill(init_, 0) != 0; }, enough)) ADD_FAILURE() << "the machine does not halt";
  machine_.reset();
  engine_.reset();
}

void Machine::lose_power() {
  halt();
  boot();
}

void Machine::start_engine() {
  std::vector<std::string> words{"dockerd", "--data-root", (directory_ / "data").string(), "--exec-root",
                                 (directory_ / "run/exec").string(), "--pidfile", (directory_ / "run/pid").string(),
                                 "--host", docker_host(), "--exec-opt", "native.cgroupdriver=cgroupfs",
                                 "--cgroup-parent", "/" + cgroup_,
                                 // Published ports go through docker-proxy: no packet filter is needed.
                                 "--iptables=false", "--ip-forward=false", "--ip-masq=false"};
  if (live_restore_ == LiveRestore::yes) words.emplace_back("--live-restore");
  engine_ = std::make_unique<Process>(inside({.words = words}));
  const Docker docker(docker_host());
  const auto answers = [&] {
    try {
      docker.api("GET", "/_ping");
      return true;
    } catch (const std::exception&) {
      return false;
    }
  };
  if (!eventually(answers, enough)) {
    throw std::runtime_error("dockerd does not start: " + engine_->wait(Milliseconds(0)).err);
  }
}

void Machine::run_inside(const std::vector<std::string>& words) const {
  const Output output = Process(inside({.words = words})).wait(enough);
  if (output.exit_code != 0) throw std::runtime_error(words.front() + ": " + output.err);
}

void Machine::stop_engine() {
  run_inside({"sh", "-c", "kill -TERM $(cat " + (directory_ / "run/pid").string() + ")"});
  EXPECT_TRUE(exited(0, engine_->wait(enough)));
}

void Machine::kill_engine() {
  run_inside({"sh", "-c", "kill -KILL $(cat " + (directory_ / "run/pid").string() + ")"});
  (void)engine_->wait(enough);
}

// The engine makes one for each container; those of a killed one stay, empty.
void Machine::remove_cgroups() const {
  const std::filesystem::path root("/sys/fs/cgroup");
  std::vector<std::filesystem::path> parents{root / cgroup_};
  std::error_code ignored;
  for (const auto& controller : std::filesystem::directory_iterator(root, ignored))
    parents.push_back(controller.path() / cgroup_);
  for (const auto& parent : parents) {
    std::vector<std::filesystem::path> groups{parent};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(parent, ignored)) {
      if (entry.is_directory(ignored)) groups.push_back(entry.path());
    }
    std::ranges::sort(groups, std::greater());  // the inner ones first
    for (const auto& group : groups) rmdir(group.c_str());
  }
}

}  // namespace bluegreen::e2e
