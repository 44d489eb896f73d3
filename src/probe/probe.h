// SPDX-License-Identifier: MIT
// A run: every client of the plan at work, each in a thread of its own, until the time or the requests are over or it
// is told to stop.
#pragma once

#include <deque>
#include <thread>

#include "probe/conversation.h"
#include "probe/report.h"

namespace bluegreen::probe {

class Probe {
 public:
  explicit Probe(Plan plan);  // starts it
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  [[nodiscard]] bool everyone_was_answered() const;  // each kind of client, once at least
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] TimePoint started() const { return run_.start; }
  // Ends it; requests under way are finished. Once.
  Report stop(std::vector<Mark> marks = {});

 private:
  struct Crew {
    Crew(const Clients& its_clients, Run& run, CountFrom count_from, Timeline& answers, Timeline& failures)
        : clients(its_clients), ledger(run, count_from, answers, failures) {}
    const Clients& clients;
    Ledger ledger;
  };

  void work(Crew& crew, int number);
  bool wait_for_turn(TimePoint turn);

  const Plan plan_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  wire::Socket stop_;
  Run run_;
  Timeline requests_, held_;
  std::deque<Crew> crews_;
  std::vector<std::jthread> threads_;
};

// One GET of the plan's URL, on a connection of its own, for a look before the run: the status, "200". Errors: as those
// of Tls::handshake; failed, where there is no connection or no whole answer.
Outcome<std::string> ask_once(const Plan& plan, Protocol protocol, wire::Deadline deadline);

}  // namespace bluegreen::probe
