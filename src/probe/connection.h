// SPDX-License-Identifier: MIT
// The connection of one client, opened anew whenever there is none that a request can be written to. Knows whether it
// was used before: one that is closed under a second request is what a reload of nginx does to people.
#pragma once

#include <memory>

#include "probe/ledger.h"
#include "probe/plan.h"
#include "wire/message.h"

namespace bluegreen::probe {

// A new connection, TLS included. Error: why there is none.
Outcome<std::unique_ptr<wire::Channel>> dial(const Plan& plan, Protocol protocol, wire::Deadline deadline);

struct Answer {
  wire::Received received = wire::Received::whole;
  std::string status;  // "200"
  std::string who;     // by the plan's header; empty: it does not say
  std::string first_line;
  bool keeps_connection = false;
};

class Connection {
 public:
  Connection(const Plan& plan, Ledger& ledger) : plan_(plan), ledger_(ledger) {}

  enum class Found { kept, opened };
  // One that is open and on which the other side has said nothing unasked.
  Outcome<Found> ensure(wire::Deadline deadline);
  [[nodiscard]] bool is_open() const { return channel_ != nullptr; }
  [[nodiscard]] bool is_reused() const { return answers_ > 0; }
  [[nodiscard]] TimePoint opened() const { return opened_; }
  void close();

  bool write(std::string_view bytes, wire::Deadline deadline) { return wire::write_all(*channel_, bytes, deadline); }
  [[nodiscard]] wire::Reader& reader() { return reader_; }
  // The whole of it, interim ones passed over.
  Answer read_answer(wire::Deadline deadline);

 private:
  const Plan& plan_;
  Ledger& ledger_;
  std::unique_ptr<wire::Channel> channel_;
  wire::Reader reader_;
  TimePoint opened_;
  long answers_ = 0;
};

// "GET /path HTTP/1.1", the Host, `headers` (each with its line end), the empty line.
std::string render_head(const Plan& plan, std::string_view method, std::string_view path, std::string_view headers);

enum class BodySaysWho { no, yes };
// Writes the verdict on one answer into the ledger; `reused`: its connection had been, before the request.
void account(const Plan& plan, Ledger& ledger, const Answer& answer, BodySaysWho body_says_who, bool reused,
             TimePoint began);

}  // namespace bluegreen::probe
