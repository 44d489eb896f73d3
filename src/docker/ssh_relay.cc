// SPDX-License-Identifier: MIT
#include "docker/ssh_relay.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "docker/child.h"

namespace bluegreen::docker {
namespace {

constexpr int kLookForStop = 50;                     // ms
constexpr auto kPatience = std::chrono::seconds(1);  // from SIGTERM to SIGKILL

std::unexpected<Error> cannot(const char* what) {
  return failure(fmt::format("relay to ssh: cannot {}: {}", what, std::strerror(errno)));
}

}  // namespace

std::vector<std::string> ssh_command(const DockerAddress& address) {
  std::vector<std::string> command{"ssh", "-T", "-o", "ConnectTimeout=15"};
  if (!address.user.empty()) command.insert(command.end(), {"-l", address.user});
  if (address.port != 0) command.insert(command.end(), {"-p", std::to_string(address.port)});
  command.insert(command.end(), {"--", address.host, "docker", "system", "dial-stdio"});
  return command;
}

Outcome<std::unique_ptr<SshRelay>> SshRelay::open(const DockerAddress& address) {
  std::error_code ignored;
  auto pattern = (std::filesystem::temp_directory_path(ignored) / "bluegreen-ssh-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return cannot("make a directory");  // 0700
  std::unique_ptr<SshRelay> relay(new SshRelay);
  relay->command_ = ssh_command(address);
  TRY(relay->listen_in(pattern));
  relay->thread_ = std::jthread([here = relay.get()](const std::stop_token& stop) { here->serve(stop); });
  return relay;
}

Done SshRelay::listen_in(const std::string& directory) {
  directory_ = directory;
  socket_path_ = directory + "/engine";
  errors_path_ = directory + "/errors";
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof place.sun_path) {
    errno = ENAMETOOLONG;
    return cannot("listen");
  }
  socket_path_.copy(place.sun_path, sizeof place.sun_path - 1);
  errors_ = ::open(errors_path_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (errors_ < 0) return cannot("keep ssh's messages");
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&place), sizeof place) != 0 ||
      listen(listener_, 16) != 0)
    return cannot("listen");
  return {};
}

SshRelay::~SshRelay() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  for (const auto child : children_) kill(child, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (reap(); !children_.empty() && std::chrono::steady_clock::now() < deadline; reap())
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  for (const auto child : children_) {
    kill(child, SIGKILL);
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  if (listener_ >= 0) close(listener_);
  if (errors_ >= 0) close(errors_);
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

std::string SshRelay::last_words() const {
  std::ifstream file(errors_path_);
  std::string line, last;
  while (std::getline(file, line))
    if (!line.empty()) last = line;
  while (!last.empty() && last.back() == '\r') last.pop_back();
  return last;
}

void SshRelay::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, kLookForStop) <= 0) continue;
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const auto child = start_child(command_, connection, errors_);
    if (child) {
      children_.push_back(*child);
    } else {
      const auto words = child.error().message + "\n";
      (void)!write(errors_, words.data(), words.size());
    }
    close(connection);
    reap();
  }
}

void SshRelay::reap() {
  std::erase_if(children_, [](pid_t child) { return waitpid(child, nullptr, WNOHANG) == child; });
}

}  // namespace bluegreen::docker
