// SPDX-License-Identifier: MIT
// Server-sent events: a turn is a stream, and what is counted are its events, each with the time since the one before.
// A stream that the server ends properly is opened again, as a browser does, and that is no failure; one that is cut
// is.
#include <optional>

#include "probe/connection.h"
#include "probe/conversation.h"

namespace bluegreen::probe {
namespace {

constexpr std::size_t longest_event = 1 << 20;

class Events : public Conversation {
 public:
  Events(const Plan& plan, const Clients& clients, Run& run, Ledger& ledger)
      : plan_(plan), clients_(clients), run_(run), ledger_(ledger), connection_(plan, ledger) {}

  void take_turn() override {
    auto began = wire::Clock::now();
    pending_.clear();
    if (const auto opened = open(began + plan_.timeout); !opened) {
      ledger_.failed(opened.error().message, began);
    } else {
      while (take_event(began)) began = wire::Clock::now();
    }
    connection_.close();
  }

 private:
  Done open(wire::Deadline deadline) {
    TRY(connection_.ensure(deadline));
    connection_.write(render_head(plan_, "GET", clients_.path, "Accept: text/event-stream\r\n"), deadline);
    const auto received = connection_.reader().read_head(head_, deadline);
    if (received != wire::Received::whole) return failure(std::string(wire::name(received)));
    if (!plan_.accepts(head_.word(1))) return failure("status " + std::string(head_.word(1).substr(0, 3)));
    return {};
  }

  // False when it was the last one.
  bool take_event(TimePoint began) {
    for (std::string piece; !drop_event();) {
      const auto received = read_piece(piece, began + plan_.timeout);
      if (received == wire::Received::stopped || (received == wire::Received::whole && piece.empty())) return false;
      if (received != wire::Received::whole || pending_.size() > longest_event) {
        ledger_.failed(received == wire::Received::timeout ? "no event in time" : "the stream was cut", began);
        return false;
      }
      pending_ += piece;
    }
    ledger_.answered(std::string(head_.header(wire::lower(plan_.who))), began);
    const auto now = wire::Clock::now();
    return now < run_.end && run_.requests_left.fetch_sub(1) > 0 &&
           (plan_.hold.count() == 0 || now - connection_.opened() < plan_.hold);
  }

  wire::Received read_piece(std::string& piece, wire::Deadline deadline) {
    const auto until = std::min(deadline, run_.end);
    const auto received = head_.header_has("transfer-encoding", "chunked")
                              ? connection_.reader().read_chunk(piece, until, run_.stop_fd)
                              : connection_.reader().read_until_end(piece, until, run_.stop_fd);
    return received == wire::Received::timeout && until == run_.end ? wire::Received::stopped : received;
  }

  // Takes the first event that is whole; an event ends with an empty line.
  bool drop_event() {
    std::erase(pending_, '\r');
    const auto end = pending_.find("\n\n");
    if (end == std::string::npos) return false;
    pending_.erase(0, end + 2);
    return true;
  }

  const Plan& plan_;
  const Clients& clients_;
  Run& run_;
  Ledger& ledger_;
  Connection connection_;
  wire::Head head_;
  std::string pending_;
};

}  // namespace

std::unique_ptr<Conversation> make_events(const Plan& plan, const Clients& clients, Run& run, Ledger& ledger) {
  return std::make_unique<Events>(plan, clients, run, ledger);
}

}  // namespace bluegreen::probe
