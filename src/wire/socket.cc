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
#include <cstring>

namespace bluegreen::wire {
namespace {

constexpr int backlog = 4096;

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, 60'000));
}

void send_at_once(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Until one of `events` on `fd`, or `stop_fd` is readable.
Readiness wait_for(int fd, short events, Deadline deadline, int stop_fd) {
  std::array<pollfd, 2> both{{{fd, events, 0}, {stop_fd, POLLIN, 0}}};
  for (;;) {
    const int ready = poll(both.data(), both.size(), milliseconds_until(deadline));
    if (ready > 0) return both[0].revents != 0 ? Readiness::ready : Readiness::stopped;
    if (ready == 0 && Clock::now() >= deadline) return Readiness::timeout;
    if (ready < 0 && errno != EINTR) return Readiness::ready;  // the attempt that follows says why
  }
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

Moved Socket::receive(std::span<char> into) {
  for (;;) {
    const ssize_t size = recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
    if (size > 0) return {Progress::moved, static_cast<std::size_t>(size)};
    if (size == 0) return {Progress::ended};
    if (errno == EAGAIN) return {Progress::wants_read};
    if (errno != EINTR) return {Progress::reset};
  }
}

Moved Socket::send(std::string_view bytes) {
  for (;;) {
    const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size >= 0) return {Progress::moved, static_cast<std::size_t>(size)};
    if (errno == EAGAIN) return {Progress::wants_write};
    if (errno != EINTR) return {Progress::reset};
  }
}

Readiness wait_readable(int fd, Deadline deadline, int stop_fd) { return wait_for(fd, POLLIN, deadline, stop_fd); }
Readiness wait_writable(int fd, Deadline deadline) { return wait_for(fd, POLLOUT, deadline, -1); }

bool write_all(Channel& channel, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const Moved sent = channel.send(bytes);
    switch (sent.progress) {
      case Progress::moved:
        bytes.remove_prefix(sent.size);
        break;
      case Progress::wants_read:
        if (wait_readable(channel.fd(), deadline) != Readiness::ready) return false;
        break;
      case Progress::wants_write:
        if (wait_writable(channel.fd(), deadline) != Readiness::ready) return false;
        break;
      case Progress::ended:
      case Progress::reset:
        return false;
    }
  }
  return true;
}

Address::Address(const sockaddr* address, socklen_t length) : size(length) { std::memcpy(&storage, address, length); }
Address::Address(const sockaddr_in& address) : Address(reinterpret_cast<const sockaddr*>(&address), sizeof address) {}

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

Socket connect_to(const Address& address, Deadline deadline) {
  Socket connection(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  send_at_once(connection.fd());
  if (connect(connection.fd(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0)
    return connection;
  if (errno != EINPROGRESS) return Socket();
  if (wait_writable(connection.fd(), deadline) != Readiness::ready) {
    errno = ETIMEDOUT;
    return Socket();
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) return connection;
  connection.close();
  errno = error;
  return connection;
}

}  // namespace bluegreen::wire
