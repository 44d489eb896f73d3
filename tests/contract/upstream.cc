// SPDX-License-Identifier: MIT
#include "upstream.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace bluegreen::test {

namespace {

sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

}  // namespace

Upstream::Upstream(std::string name, std::string address) : name_(std::move(name)), address_(std::move(address)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto here = socket_address(address_, 0);
  socklen_t size = sizeof(here);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&here), size) != 0 || ::listen(listener_, 512) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size) != 0) {
    throw std::runtime_error("cannot listen on " + address_);
  }
  port_ = ntohs(here.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

Upstream::~Upstream() {
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
    for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
  }
  changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  servers_.clear();
  for (const int connection : connections_) ::close(connection);
  ::close(listener_);
}

std::string Upstream::last_head() {
  const std::lock_guard guard(mutex_);
  return last_head_;
}

void Upstream::hold() {
  const std::lock_guard guard(mutex_);
  held_ = true;
}

void Upstream::release() {
  {
    const std::lock_guard guard(mutex_);
    held_ = false;
  }
  changed_.notify_all();
}

int Upstream::waiting() {
  const std::lock_guard guard(mutex_);
  return waiting_;
}

void Upstream::accept_all() {
  for (;;) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard guard(mutex_);
    if (ending_) {
      if (connection >= 0) ::close(connection);
      return;
    }
    if (connection < 0) continue;
    connections_.push_back(connection);
    servers_.emplace_back([this, connection] { serve(connection); });
  }
}

void Upstream::serve(int connection) {
  std::string received;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto end = received.find("\r\n\r\n");
    if (end != std::string::npos) {
      answer(connection, received.substr(0, end + 4));
      received.erase(0, end + 4);
      continue;
    }
    const auto count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    received.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::shutdown(connection, SHUT_RDWR);
}

void Upstream::answer(int connection, const std::string& head) {
  std::unique_lock lock(mutex_);
  last_head_.clear();
  for (const char c : head) last_head_ += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  ++waiting_;
  changed_.wait(lock, [this] { return !held_ || ending_; });
  --waiting_;
  lock.unlock();
  const auto text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(name_.size()) + "\r\n\r\n" + name_;
  ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
}

RawClient::RawClient(const std::string& address, std::uint16_t port, const std::string& text)
    : connection_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto there = socket_address(address, port);
  if (::connect(connection_, reinterpret_cast<const sockaddr*>(&there), sizeof(there)) != 0 ||
      ::send(connection_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot talk to " + address);
  }
}

RawClient::~RawClient() { ::close(connection_); }

}  // namespace bluegreen::test
