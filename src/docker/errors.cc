// SPDX-License-Identifier: MIT
#include "docker/errors.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace bluegreen::docker {
namespace {

ErrorKind kind_of(int status) {
  if (status == 404) return ErrorKind::not_found;
  if (status == 409 || status == 403) return ErrorKind::conflict;
  return ErrorKind::failed;
}

// 0, or why the socket takes no connection. Waits for nobody.
int try_socket(const std::string& path) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  if (path.size() >= sizeof place.sun_path) return ENAMETOOLONG;
  path.copy(place.sun_path, sizeof place.sun_path - 1);
  const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (connection < 0) return errno;
  const int result = connect(connection, reinterpret_cast<sockaddr*>(&place), sizeof place) == 0 ? 0 : errno;
  close(connection);
  return result == EAGAIN ? 0 : result;  // a full queue: somebody is there
}

Error unreachable_socket(const DockerAddress& address, const Error& error, const std::string& request) {
  switch (const int reason = try_socket(address.path); reason) {
    case 0:
      return {error.kind, request + ": " + error.message, look_at(address)};
    case ENOENT:
      return {ErrorKind::failed, fmt::format("no Docker engine at {}: there is no such socket", address.path),
              "Start Docker (`systemctl start docker`), or name the engine with -H or DOCKER_HOST."};
    case EACCES:
    case EPERM:
      return {ErrorKind::failed, fmt::format("no permission to use the Docker engine at {}", address.path),
              "Use sudo, or join the group: `sudo usermod -aG docker $USER`, then log in again."};
    case ECONNREFUSED:
      return {ErrorKind::failed, fmt::format("no Docker engine listens at {}", address.path),
              "Start Docker (`systemctl start docker`), or name the engine with -H or DOCKER_HOST."};
    default:
      return {ErrorKind::failed, fmt::format("the Docker engine at {}: {}", address.path, std::strerror(reason)), ""};
  }
}

}  // namespace

std::optional<int> taken_port(const std::string& message) {
  auto end = message.find(" failed: port is already allocated");
  if (end == std::string::npos) end = message.find(": bind: address already in use");
  if (end == std::string::npos) return {};
  const auto colon = message.rfind(':', end - 1);
  if (colon == std::string::npos) return {};
  int port = 0;
  const auto* last = message.data() + end;
  const auto [stopped, error] = std::from_chars(message.data() + colon + 1, last, port);
  if (error != std::errc() || stopped != last) return {};
  return port;
}

Error refusal(int status, const std::string& message, const std::string& request) {
  if (const auto port = taken_port(message))
    return {
        ErrorKind::conflict, fmt::format("port {} is taken on the engine's machine: {}", *port, message),
        fmt::format("Stop what listens there (`ss -ltnp 'sport = :{}'` shows it), or publish another port.", *port)};
  return {kind_of(status), fmt::format("engine answered {} to {}: {}", status, request, message), ""};
}

Error unreachable(const DockerAddress& address, const Error& error, const std::string& ssh_words,
                  const std::string& request) {
  if (error.kind == ErrorKind::interrupted) return error;
  if (error.kind == ErrorKind::timeout)
    return {error.kind, fmt::format("{}: {}", request, error.message), look_at(address)};
  if (address.kind == DockerAddress::Kind::unix_socket) return unreachable_socket(address, error, request);
  if (address.kind == DockerAddress::Kind::ssh)
    return {ErrorKind::failed, fmt::format("{}: {}", address.text, ssh_words.empty() ? error.message : ssh_words),
            fmt::format("`ssh {}{} docker version` must work without a question.",
                        address.user.empty() ? "" : address.user + "@", address.host)};
  return {ErrorKind::failed, fmt::format("{}: {}: {}", request, address.text, error.message),
          "Check the address, and DOCKER_CERT_PATH (ca.pem, cert.pem, key.pem)."};
}

std::string name_of_request(const std::string& method, const std::string& path) {
  constexpr std::size_t long_id = 64, short_id = 12;
  std::string name = method + " ";
  std::string_view rest(path);
  rest = rest.substr(0, rest.find('?'));
  while (!rest.empty()) {
    const auto end = std::min(rest.find('/', 1), rest.size());
    const auto part = rest.substr(0, end);
    const bool is_id = part.size() == 1 + long_id && part.find_first_not_of("0123456789abcdef", 1) == part.npos;
    name += is_id ? part.substr(0, 1 + short_id) : part;
    rest.remove_prefix(end);
  }
  return name;
}

std::string look_at(const DockerAddress& address) {
  return fmt::format("See whether `docker -H {} ps` answers; the engine's own log says more (`journalctl -u docker`).",
                     address.text);
}

}  // namespace bluegreen::docker
