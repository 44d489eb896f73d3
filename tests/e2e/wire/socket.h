// SPDX-License-Identifier: MIT
// TCP sockets for the test server and the load client: blocking, with deadlines. Knows nothing of HTTP.
// Self-made, because both must say exactly what happened to a connection (closed, reset, in time or not), and the
// server must be one small static program.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bluegreen::wire {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  [[nodiscard]] int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close();

 private:
  int fd_;
};

enum class Readiness { readable, timeout, stopped };

// Waits for bytes (or the peer's end) on `fd`; `stop_fd`, if it is not -1, ends the wait when it becomes readable.
Readiness wait_readable(int fd, Deadline deadline, int stop_fd = -1);

// True if all of `bytes` was handed to the kernel in time.
bool write_all(int fd, std::string_view bytes, Deadline deadline);

// "127.0.0.1" or another literal IPv4 address.
std::optional<sockaddr_in> ipv4(const std::string& host, int port);

// Both return a closed Socket on failure, with the reason in errno.
Socket listen_on(const sockaddr_in& address);
Socket connect_to(const sockaddr_in& address, Deadline deadline);

}  // namespace bluegreen::wire
