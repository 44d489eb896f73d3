// SPDX-License-Identifier: MIT
// A small HTTP/1.1 server inside the test: answers its own name, remembers the head of the last request, and can hold
// its answers back, so that a test decides how long a request is in flight.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "deploy/site.h"

namespace bluegreen::test {

class Upstream {
 public:
  Upstream(std::string name, std::string address);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  [[nodiscard]] Endpoint endpoint() const { return {address_, port_}; }
  [[nodiscard]] std::string last_head();  // in lower case

  void hold();     // answers wait from now on
  void release();  // and go out
  [[nodiscard]] int waiting();

 private:
  void accept_all();
  void serve(int connection);
  void answer(int connection, const std::string& head);

  std::string name_, address_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool ending_ = false;
  int waiting_ = 0;
  std::string last_head_;
  std::vector<int> connections_;
  std::vector<std::jthread> servers_;
  std::jthread acceptor_;
};

// Says this much, and then nothing, until it goes away.
class RawClient {
 public:
  RawClient(const std::string& address, std::uint16_t port, const std::string& text);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

 private:
  int connection_;
};

}  // namespace bluegreen::test
