// SPDX-License-Identifier: MIT
// What one client does on its connection, turn by turn. Judges strictly: an answer is good if it came whole, in time
// and with a status that is accepted; nothing is sent again. Two things are no failure: a kept connection that is seen
// to be closed before anything of the next request was written to it, and a request that the server had declined in
// advance (conversations of several requests at once), which is then sent on another connection.
#pragma once

#include <memory>

#include "probe/ledger.h"
#include "probe/plan.h"

namespace bluegreen::probe {

inline constexpr int requests_at_once = 4;  // of pipelined and h2

class Conversation {
 public:
  virtual ~Conversation() = default;
  // One turn, accounted for when it returns. Finishes what is under way when the run is stopped.
  virtual void take_turn() = 0;
  // Requests of one turn, at most.
  [[nodiscard]] virtual int size_of_turn() const { return 1; }
  // A polite end, where the protocol has one.
  virtual void end() {}
};

std::unique_ptr<Conversation> make_conversation(const Plan& plan, const Clients& clients, Run& run, Ledger& ledger);

// One request at a time: get, connect, post, slow, upload.
std::unique_ptr<Conversation> make_requests(const Plan& plan, const Clients& clients, Ledger& ledger);
std::unique_ptr<Conversation> make_pipeline(const Plan& plan, const Clients& clients, Ledger& ledger);
std::unique_ptr<Conversation> make_http2(const Plan& plan, const Clients& clients, Ledger& ledger);
std::unique_ptr<Conversation> make_echo(const Plan& plan, const Clients& clients, Ledger& ledger);
std::unique_ptr<Conversation> make_events(const Plan& plan, const Clients& clients, Run& run, Ledger& ledger);

}  // namespace bluegreen::probe
