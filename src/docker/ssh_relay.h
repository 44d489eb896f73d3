// SPDX-License-Identifier: MIT
// An engine behind ssh, made to look like a local one: a socket in a private directory, and for each connection to it
// one `ssh HOST docker system dial-stdio` that has this connection as its standard input and output. Nothing is copied
// here. Facts: https://docs.docker.com/engine/security/protect-access/#use-ssh-to-protect-the-docker-daemon-socket.
#pragma once

#include <sys/types.h>

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/outcome.h"
#include "docker/address.h"

namespace bluegreen::docker {

class SshRelay {
 public:
  static Outcome<std::unique_ptr<SshRelay>> open(const DockerAddress& address);
  ~SshRelay();  // ends every ssh and removes the directory
  SshRelay(const SshRelay&) = delete;
  SshRelay& operator=(const SshRelay&) = delete;

  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }
  [[nodiscard]] std::string last_words() const;  // what ssh complained about, its last line; may be empty

 private:
  SshRelay() = default;
  Done listen_in(const std::string& directory);
  void serve(const std::stop_token& stop);
  void reap();

  std::vector<std::string> command_;
  std::string directory_, socket_path_, errors_path_;
  int listener_ = -1, errors_ = -1;
  std::vector<pid_t> children_;  // the thread's; the destructor's when that has ended
  std::jthread thread_;
};

// Pure: what is run for a connection.
[[nodiscard]] std::vector<std::string> ssh_command(const DockerAddress& address);

}  // namespace bluegreen::docker
