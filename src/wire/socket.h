// SPDX-License-Identifier: MIT
// TCP sockets for the probe and the test server: blocking, with deadlines. Knows nothing of HTTP.
// Self-made, because both must say exactly what happened to a connection (closed, reset, in time or not), and the
// server must be one small static program.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace bluegreen::wire {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

// What became of an attempt to move bytes, which never waits.
enum class Progress {
  moved,
  wants_read,   // nothing now; again when the descriptor is readable
  wants_write,  // the same, writable
  ended,        // the peer's orderly end
  reset,        // any other end
};
struct Moved {
  Progress progress;
  std::size_t size = 0;  // of `moved`
};

// Both ways of a connection: a socket, or TLS over one (src/probe/tls.h).
class Channel {
 public:
  virtual ~Channel() = default;
  virtual Moved receive(std::span<char> into) = 0;
  virtual Moved send(std::string_view bytes) = 0;
  [[nodiscard]] virtual int fd() const = 0;  // to wait on
};

class Socket : public Channel {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() override { close(); }

  Moved receive(std::span<char> into) override;
  Moved send(std::string_view bytes) override;
  [[nodiscard]] int fd() const override { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close();

 private:
  int fd_;
};

enum class Readiness { ready, timeout, stopped };

// Waits for bytes (or the peer's end) on `fd`; `stop_fd`, if it is not -1, ends the wait when it becomes readable.
Readiness wait_readable(int fd, Deadline deadline, int stop_fd = -1);
Readiness wait_writable(int fd, Deadline deadline);

// True if all of `bytes` was handed to the kernel in time.
bool write_all(Channel& channel, std::string_view bytes, Deadline deadline);

// IPv4 or IPv6, with its port.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  Address() = default;
  Address(const sockaddr* address, socklen_t length);
  Address(const sockaddr_in& address);  // NOLINT(google-explicit-constructor): it is one
};

// "127.0.0.1" or another literal IPv4 address.
std::optional<sockaddr_in> ipv4(const std::string& host, int port);

// Both return a closed Socket on failure, with the reason in errno.
Socket listen_on(const sockaddr_in& address);
Socket connect_to(const Address& address, Deadline deadline);

}  // namespace bluegreen::wire
