// SPDX-License-Identifier: MIT
// A server that does on each connection exactly what its script says, and a client of the probe that talks to it turn
// by turn, so that every way to lose a request, and to lose none, is one test.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <functional>
#include <latch>
#include <thread>

#include "probe/conversation.h"
#include "wire/message.h"
#include "wire/websocket.h"

namespace bluegreen::probe {

inline constexpr std::chrono::seconds test_patience{5};

// The server's end of one connection.
class Peer {
 public:
  Peer(wire::Socket socket, int stop_fd) : socket_(std::move(socket)), reader_(&socket_), stop_fd_(stop_fd) {}

  // A whole request, with its body; false where the client has ended the connection.
  bool read_request() {
    std::string body;
    return reader_.read_head(head_, until(), stop_fd_) == wire::Received::whole &&
           reader_.read_body(head_, wire::Side::request, body, until()) == wire::Received::whole;
  }
  [[nodiscard]] const wire::Head& request() const { return head_; }
  [[nodiscard]] wire::Reader& reader() { return reader_; }
  [[nodiscard]] int stop_fd() const { return stop_fd_; }

  void write(std::string_view bytes) { wire::write_all(socket_, bytes, until()); }
  void answer(std::string_view body, std::string_view headers = "") {
    write("HTTP/1.1 200 OK\r\n" + std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
          std::string(body));
  }
  void close() { socket_.close(); }
  // Also with unread bytes: the client sees a reset.
  void reset() {
    const linger at_once{1, 0};
    setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  // Until the client, or the test, has had enough.
  void wait() { wire::wait_readable(stop_fd_, until()); }
  static wire::Deadline until() { return wire::Clock::now() + test_patience; }

 private:
  wire::Socket socket_;
  wire::Reader reader_;
  wire::Head head_;
  int stop_fd_;
};

// Answers every request with `body`, until the client goes.
inline void answer_all(Peer& peer, std::string_view body = "1\n") {
  while (peer.read_request()) peer.answer(body);
}

using Script = std::function<void(Peer&)>;

class ScriptedServer {
 public:
  // One for each connection, in their order; the last one is for all others too.
  explicit ScriptedServer(std::vector<Script> scripts)
      : scripts_(std::move(scripts)), listener_(wire::listen_on(*wire::ipv4("127.0.0.1", 0))) {
    socklen_t size = sizeof address_;
    getsockname(listener_.fd(), reinterpret_cast<sockaddr*>(&address_), &size);
    acceptor_ = std::jthread([this] { accept_all(); });
  }
  ~ScriptedServer() {
    eventfd_write(stop_.fd(), 1);
    acceptor_.join();
  }

  // One client of that kind.
  [[nodiscard]] Plan plan(Kind kind, const std::string& path = "/") const {
    Plan plan;
    plan.url = url();
    plan.target = *parse_target(plan.url);
    plan.address = wire::Address(address_);
    plan.clients = {{kind, path}};
    plan.connections = 1;
    plan.rate = 1000;
    plan.timeout = test_patience;
    return plan;
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/"; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept_all() {
    std::vector<std::jthread> sessions;
    while (wire::wait_readable(listener_.fd(), Peer::until() + std::chrono::hours(1), stop_.fd()) ==
           wire::Readiness::ready) {
      wire::Socket connection(accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      const auto number = static_cast<std::size_t>(connections_++);
      const auto& script = scripts_[std::min(number, scripts_.size() - 1)];
      sessions.emplace_back([this, &script, socket = std::move(connection)]() mutable {
        Peer peer(std::move(socket), stop_.fd());
        script(peer);
      });
    }
  }

  const std::vector<Script> scripts_;
  wire::Socket stop_{eventfd(0, EFD_CLOEXEC)};
  wire::Socket listener_;
  sockaddr_in address_{};
  std::atomic<int> connections_ = 0;
  std::jthread acceptor_;
};

// One client, in the test's own hands.
class Client {
 public:
  explicit Client(Plan plan) : plan_(std::move(plan)) {}

  void take_turn() { conversation_->take_turn(); }
  void end() { conversation_->end(); }
  [[nodiscard]] Tally tally() const { return ledger_.tally(); }
  [[nodiscard]] Track track() const { return timeline_.track(); }
  // The one way in which requests failed; empty where none did.
  [[nodiscard]] std::string failure() const {
    const auto failures = tally().failures;
    EXPECT_LE(failures.size(), 1);
    return failures.empty() ? "" : failures.begin()->first;
  }

 private:
  Plan plan_;
  wire::Socket stop_{eventfd(0, EFD_CLOEXEC)};
  Run run_{wire::Clock::now(), wire::Clock::now() + std::chrono::minutes(1), stop_.fd(), 1'000'000};
  Timeline timeline_;
  Ledger ledger_{run_, plan_.count_from, timeline_, timeline_};
  std::unique_ptr<Conversation> conversation_ = make_conversation(plan_, plan_.clients.front(), run_, ledger_);
};

}  // namespace bluegreen::probe
