// SPDX-License-Identifier: MIT
// Several GETs at once, as streams of one HTTP/2 connection. Streams that the server declined, by GOAWAY or
// REFUSED_STREAM, it has not processed: they are repeated on a new connection, and that is no failure. A stream that is
// cut, or whose connection ends without a word, is one.
#include <algorithm>
#include <vector>

#include "probe/connection.h"
#include "probe/conversation.h"
#include "probe/http2_session.h"

namespace bluegreen::probe {
namespace {

constexpr int most_attempts = 3;

class Http2 : public Conversation {
 public:
  Http2(const Plan& plan, const Clients& clients, Ledger& ledger) : plan_(plan), clients_(clients), ledger_(ledger) {}

  [[nodiscard]] int size_of_turn() const override { return requests_at_once; }

  void take_turn() override {
    const auto began = wire::Clock::now();
    const auto deadline = began + plan_.timeout;
    int left = requests_at_once;
    for (int attempt = 0; left > 0 && attempt < most_attempts; ++attempt) {
      if (attempt > 0) {
        close();
        for (int i = 0; i < left; ++i) ledger_.repeated();
      }
      if (const auto ready = ensure(deadline); !ready) {
        for (; left > 0; --left) ledger_.failed(ready.error().message, began);
        return;
      }
      left = exchange(left, deadline, began);
    }
    for (; left > 0; --left) ledger_.failed("declined again and again", began);
  }

 private:
  // A connection that takes requests.
  Done ensure(wire::Deadline deadline) {
    if (channel_) {
      if (read_what_came() && session_->takes_requests() && send(deadline)) return {};
      ledger_.idle_closed();
      close();
    }
    TRY_ASSIGN(session_, Http2Session::open(wire::lower(plan_.who)));
    TRY_ASSIGN(channel_, dial(plan_, Protocol::http_2, deadline));
    return {};
  }

  void close() {
    channel_.reset();
    session_.reset();
    answers_ = 0;
  }

  bool send(wire::Deadline deadline) { return wire::write_all(*channel_, session_->give(), deadline); }

  // All that there is, without waiting; false: the connection is of no more use.
  bool read_what_came() {
    for (;;) {
      const auto moved = channel_->receive(buffer_);
      if (moved.progress == wire::Progress::wants_read || moved.progress == wire::Progress::wants_write) return true;
      if (moved.progress != wire::Progress::moved || !session_->take({buffer_.data(), moved.size})) return false;
    }
  }

  // How many were declined.
  int exchange(int count, wire::Deadline deadline, TimePoint began) {
    std::vector<std::int32_t> open;
    const auto& target = plan_.target;
    for (int i = 0; i < count; ++i) {
      const auto id = session_->request(plan_.tls ? "https" : "http", target.authority, clients_.path);
      if (id > 0) open.push_back(id);
    }
    int declined = count - static_cast<int>(open.size());
    const bool reused = answers_ > 0;
    auto end = wire::Received::whole;
    while (!open.empty() && end == wire::Received::whole) {
      end = move(deadline);
      std::erase_if(open, [&](std::int32_t id) { return settle(id, declined, began); });
    }
    for (const auto id : open) fail(session_->stream(id), end, reused, began);
    if (end != wire::Received::whole) close();
    return declined;
  }

  // Bytes in both directions, until some have come.
  wire::Received move(wire::Deadline deadline) {
    if (!send(deadline) && wire::Clock::now() >= deadline) return wire::Received::timeout;
    // A connection that takes nothing more may have brought the answer, or a GOAWAY, before it ended.
    const auto readiness = wire::wait_readable(channel_->fd(), deadline);
    if (readiness == wire::Readiness::timeout) return wire::Received::timeout;
    return read_what_came() ? wire::Received::whole : wire::Received::closed;
  }

  // True if the stream has ended.
  bool settle(std::int32_t id, int& declined, TimePoint began) {
    const auto& stream = session_->stream(id);
    switch (stream.state) {
      case Http2Stream::State::open:
        return false;
      case Http2Stream::State::declined:
        ++declined;
        break;
      case Http2Stream::State::cut:
        ledger_.failed(stream.reason, began);
        break;
      case Http2Stream::State::whole:
        ++answers_;
        account(plan_, ledger_,
                {.status = stream.status,
                 .who = stream.who,
                 .first_line = stream.body.substr(0, std::min<std::size_t>(stream.body.find_first_of("\r\n"), 60))},
                BodySaysWho::yes, false, began);
        break;
    }
    session_->forget(id);
    return true;
  }

  // One that is still open when the connection has ended, or its time is over.
  void fail(const Http2Stream& stream, wire::Received end, bool reused, TimePoint began) {
    const bool broken = end == wire::Received::closed && !stream.status.empty();
    account(plan_, ledger_, {.received = broken ? wire::Received::broken : end}, BodySaysWho::no, reused, began);
  }

  const Plan& plan_;
  const Clients& clients_;
  Ledger& ledger_;
  std::unique_ptr<wire::Channel> channel_;
  std::unique_ptr<Http2Session> session_;
  long answers_ = 0;
  std::array<char, 16 << 10> buffer_{};
};

}  // namespace

std::unique_ptr<Conversation> make_http2(const Plan& plan, const Clients& clients, Ledger& ledger) {
  return std::make_unique<Http2>(plan, clients, ledger);
}

}  // namespace bluegreen::probe
