// SPDX-License-Identifier: MIT
// WebSocket (RFC 6455): a message and its echo on a connection that is held. The server may ping, and it may close
// while nothing is under way.
#include "probe/connection.h"
#include "probe/conversation.h"
#include "wire/websocket.h"

namespace bluegreen::probe {
namespace {

constexpr auto key = "dGhlIHNhbXBsZSBub25jZQ==";
const std::string normal_closure{"\x03\xe8", 2};  // 1000
constexpr std::chrono::seconds farewell{2};

class Echo : public Conversation {
 public:
  Echo(const Plan& plan, const Clients& clients, Ledger& ledger)
      : plan_(plan), clients_(clients), ledger_(ledger), connection_(plan, ledger) {}

  void take_turn() override {
    if (plan_.hold.count() > 0 && connection_.is_open() && wire::Clock::now() - connection_.opened() >= plan_.hold)
      end();
    const auto began = wire::Clock::now();
    const auto deadline = began + plan_.timeout;
    hear(deadline);
    if (const auto ready = open(deadline); !ready) return fail(ready.error().message, began);
    const auto message = std::to_string(++messages_);
    send({wire::Opcode::text, message}, deadline);
    wire::Frame frame;
    wire::Received received = wire::Received::whole;
    do {
      received = wire::read_frame(connection_.reader(), frame, deadline);
    } while (received == wire::Received::whole && answer_ping(frame, deadline));
    if (received == wire::Received::closed && echoes_ > 0) {
      connection_.close();
      return ledger_.reused_reset(began);
    }
    if (received != wire::Received::whole) return fail(std::string(wire::name(received)), began);
    if (frame.opcode == wire::Opcode::close) return fail("closed by the server before the echo", began);
    if (frame.opcode != wire::Opcode::text || frame.payload != message)
      return fail("another frame than the echo", began);
    ++echoes_;
    ledger_.answered(who_, began);
  }

  // The closing handshake, then the end of the connection (section 7).
  void end() override {
    if (!connection_.is_open()) return;
    const auto deadline = wire::Clock::now() + farewell;
    wire::Frame frame{wire::Opcode::close, normal_closure};
    if (send(frame, deadline)) (void)wire::read_frame(connection_.reader(), frame, deadline);
    connection_.close();
  }

 private:
  void fail(const std::string& what, TimePoint began) {
    connection_.close();
    ledger_.failed(what, began);
  }

  bool send(const wire::Frame& frame, wire::Deadline deadline) {
    return connection_.write(wire::render_frame(frame, wire::Masking::masked), deadline);
  }

  bool answer_ping(const wire::Frame& frame, wire::Deadline deadline) {
    if (frame.opcode == wire::Opcode::pong) return true;
    return frame.opcode == wire::Opcode::ping && send({wire::Opcode::pong, frame.payload}, deadline);
  }

  // What came while nothing was under way: pings, or the end of it.
  void hear(wire::Deadline deadline) {
    while (connection_.is_open() && !connection_.reader().is_silent()) {
      wire::Frame frame;
      const bool heard = connection_.reader().has_bytes() &&
                         wire::read_frame(connection_.reader(), frame, deadline) == wire::Received::whole;
      if (heard && answer_ping(frame, deadline)) continue;
      if (heard && frame.opcode == wire::Opcode::close) send(frame, deadline);
      ledger_.idle_closed();
      connection_.close();
    }
  }

  Done open(wire::Deadline deadline) {
    TRY_ASSIGN(const auto found, connection_.ensure(deadline));
    if (found == Connection::Found::kept) return {};
    connection_.write(render_head(plan_, "GET", clients_.path,
                                  std::string("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
                                              "13\r\nSec-WebSocket-Key: ") +
                                      key + "\r\n"),
                      deadline);
    wire::Head head;
    const auto received = connection_.reader().read_head(head, deadline);
    if (received != wire::Received::whole) return failure("handshake: " + std::string(wire::name(received)));
    if (head.word(1) != "101") return failure("handshake: status " + std::string(head.word(1).substr(0, 3)));
    if (head.header("sec-websocket-accept") != wire::websocket_accept(key)) return failure("handshake: wrong key");
    who_ = head.header(wire::lower(plan_.who));
    echoes_ = 0;
    return {};
  }

  const Plan& plan_;
  const Clients& clients_;
  Ledger& ledger_;
  Connection connection_;
  std::string who_;
  long messages_ = 0;
  long echoes_ = 0;  // on this connection
};

}  // namespace

std::unique_ptr<Conversation> make_echo(const Plan& plan, const Clients& clients, Ledger& ledger) {
  return std::make_unique<Echo>(plan, clients, ledger);
}

}  // namespace bluegreen::probe
