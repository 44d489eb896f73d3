// SPDX-License-Identifier: MIT
// One request at a time, with or without a body, on a kept connection or a new one each time.
#include <thread>

#include "probe/connection.h"
#include "probe/conversation.h"

namespace bluegreen::probe {
namespace {

constexpr int upload_pieces = 10;
constexpr std::size_t piece_size = 4096;
constexpr std::chrono::milliseconds between_pieces{100};
constexpr std::size_t post_size = 512;

class Requests : public Conversation {
 public:
  Requests(const Plan& plan, const Clients& clients, Ledger& ledger)
      : plan_(plan), clients_(clients), ledger_(ledger), connection_(plan, ledger) {}

  void take_turn() override {
    const auto began = wire::Clock::now();
    const auto deadline = began + plan_.timeout;
    if (const auto ready = connection_.ensure(deadline); !ready) return ledger_.failed(ready.error().message, began);
    const bool reused = connection_.is_reused();
    write_request(deadline);  // where that fails, the answer (or its absence) says more than the error
    const auto answer = connection_.read_answer(deadline);
    account(plan_, ledger_, answer, has_body() ? BodySaysWho::no : BodySaysWho::yes, reused, began);
    const bool kept = answer.received == wire::Received::whole && answer.keeps_connection;
    if (!kept || clients_.kind == Kind::connect) connection_.close();
  }

 private:
  [[nodiscard]] bool has_body() const { return clients_.kind == Kind::post || clients_.kind == Kind::upload; }

  void write_request(wire::Deadline deadline) {
    const bool in_pieces = clients_.kind == Kind::upload;
    const auto size = in_pieces ? upload_pieces * piece_size : post_size;
    std::string headers;
    if (clients_.kind == Kind::connect) headers += "Connection: close\r\n";
    if (has_body())
      headers += "Content-Type: application/octet-stream\r\nContent-Length: " + std::to_string(size) + "\r\n";
    auto request = render_head(plan_, has_body() ? "POST" : "GET", clients_.path, headers);
    if (clients_.kind == Kind::post) request.append(size, 'b');
    if (!connection_.write(request, deadline)) return;
    for (int i = 0; in_pieces && i < upload_pieces; ++i) {
      std::this_thread::sleep_for(between_pieces);
      if (!connection_.write(std::string(piece_size, 'u'), deadline)) return;
    }
  }

  const Plan& plan_;
  const Clients& clients_;
  Ledger& ledger_;
  Connection connection_;
};

}  // namespace

std::unique_ptr<Conversation> make_requests(const Plan& plan, const Clients& clients, Ledger& ledger) {
  return std::make_unique<Requests>(plan, clients, ledger);
}

}  // namespace bluegreen::probe
