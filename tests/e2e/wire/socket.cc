// SPDX-License-Identifier: MIT
#include "wire/socket.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace bluegreen::wire {
namespace {

constexpr int backlog = 4096;

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, 60'000));
}

bool wait_writable(int fd, Deadline deadline) {
  pollfd one{fd, POLLOUT, 0};
  for (;;) {
    const int ready = poll(&one, 1, milliseconds_until(deadline));
    if (ready > 0) return true;
    if (ready == 0 && Clock::now() >= deadline) {
      errno = ETIMEDOUT;
      return false;
    }
    if (ready < 0 && errno != EINTR) return false;
  }
}

void send_at_once(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Socket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Readiness wait_readable(int fd, Deadline deadline, int stop_fd) {
  std::array<pollfd, 2> both{{{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}}};
  for (;;) {
    const int ready = poll(both.data(), both.size(), milliseconds_until(deadline));
    if (ready > 0) return both[0].revents != 0 ? Readiness::readable : Readiness::stopped;
    if (ready == 0 && Clock::now() >= deadline) return Readiness::timeout;
    if (ready < 0 && errno != EINTR) return Readiness::readable;  // the read that follows says why
  }
}

bool write_all(int fd, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_writable(fd, deadline)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::optional<sockaddr_in> ipv4(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return std::nullopt;
  return address;
}

Socket listen_on(const sockaddr_in& address) {
  Socket listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  setsockopt(listener.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener.fd(), backlog) != 0) {
    return Socket();
  }
  send_at_once(listener.fd());  // the accepted ones inherit it
  return listener;
}

Socket connect_to(const sockaddr_in& address, Deadline deadline) {
  Socket connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  send_at_once(connection.fd());
  if (connect(connection.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return connection;
  if (errno != EINPROGRESS || !wait_writable(connection.fd(), deadline)) return Socket();
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) return connection;
  connection.close();
  errno = error;
  return connection;
}

}  // namespace bluegreen::wire
