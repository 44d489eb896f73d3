// SPDX-License-Identifier: MIT
// Where the engine is: -H, else DOCKER_HOST, else the current Docker context, else the default socket, as the docker
// program decides it. Reads files of the Docker configuration; connects to nothing.
// Facts: https://docs.docker.com/engine/security/protect-access/,
// https://docs.docker.com/engine/manage-resources/contexts/.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/outcome.h"

namespace bluegreen {

struct DockerAddress {
  enum class Kind { unix_socket, tcp, ssh };
  Kind kind = Kind::unix_socket;
  std::string text;          // as written, for messages: unix:///var/run/docker.sock
  std::string path;          // unix: of the socket
  std::string host, user;    // tcp, ssh; the user may be empty
  std::uint16_t port = 0;    // tcp, ssh; 0: ssh's own choice
  std::string certificates;  // tcp: directory with ca.pem, cert.pem, key.pem; empty: plain
  bool operator==(const DockerAddress&) const = default;
};

// Plain TCP makes everybody who reaches the port root on that machine.
enum class PlainTcp { refused, allowed };

struct DockerChoice {
  std::string host;  // of the command line; empty: not given
  PlainTcp plain_tcp = PlainTcp::refused;
};

// The value of an environment variable; empty: not set.
using Variables = std::function<std::string(const std::string& name)>;
[[nodiscard]] std::string process_variable(const std::string& name);

// Errors: usage.
[[nodiscard]] Outcome<DockerAddress> find_docker_address(const DockerChoice& choice,
                                                         const Variables& environment = process_variable);

// DOCKER_CONFIG, else ~/.docker.
[[nodiscard]] std::string docker_configuration_directory(const Variables& environment = process_variable);

}  // namespace bluegreen
