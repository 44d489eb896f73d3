// SPDX-License-Identifier: MIT
// Several GETs written at once, then their answers in order (RFC 9112, section 9.3.2). An answer with Connection: close
// says that the server takes none of those behind it (section 9.6): they are repeated on a new connection, and that is
// no failure. A connection that is closed without such an announcement fails all that are unanswered.
#include "probe/connection.h"
#include "probe/conversation.h"

namespace bluegreen::probe {
namespace {

class Pipeline : public Conversation {
 public:
  Pipeline(const Plan& plan, const Clients& clients, Ledger& ledger)
      : plan_(plan), ledger_(ledger), connection_(plan, ledger), request_(render_head(plan, "GET", clients.path, "")) {}

  [[nodiscard]] int size_of_turn() const override { return requests_at_once; }

  void take_turn() override {
    const auto began = wire::Clock::now();
    const auto deadline = began + plan_.timeout;
    for (int left = requests_at_once; left > 0;) {
      if (const auto ready = connection_.ensure(deadline); !ready) {
        while (left-- > 0) ledger_.failed(ready.error().message, began);
        return;
      }
      std::string requests;
      for (int i = 0; i < left; ++i) requests += request_;
      connection_.write(requests, deadline);
      left = take_answers(left, deadline, began);
      for (int i = 0; i < left; ++i) ledger_.repeated();
    }
  }

 private:
  // How many of them the server declined in advance.
  int take_answers(int left, wire::Deadline deadline, TimePoint began) {
    bool reused = connection_.is_reused();
    while (left > 0) {
      const auto answer = connection_.read_answer(deadline);
      --left;
      account(plan_, ledger_, answer, BodySaysWho::yes, reused, began);
      if (answer.received == wire::Received::whole) {
        reused = false;  // what is lost from here on was not lost to a connection that was closed while it was idle
        if (answer.keeps_connection) continue;
        connection_.close();
        return left;
      }
      connection_.close();
      const Answer none{.received =
                            answer.received == wire::Received::timeout ? answer.received : wire::Received::closed};
      for (; left > 0; --left) account(plan_, ledger_, none, BodySaysWho::yes, reused, began);
    }
    return 0;
  }

  const Plan& plan_;
  Ledger& ledger_;
  Connection connection_;
  const std::string request_;
};

}  // namespace

std::unique_ptr<Conversation> make_pipeline(const Plan& plan, const Clients& clients, Ledger& ledger) {
  return std::make_unique<Pipeline>(plan, clients, ledger);
}

}  // namespace bluegreen::probe
