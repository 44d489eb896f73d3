// SPDX-License-Identifier: MIT
#include "probe/probe.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cstdlib>

#include "probe/connection.h"

namespace bluegreen::probe {

std::unique_ptr<Conversation> make_conversation(const Plan& plan, const Clients& clients, Run& run, Ledger& ledger) {
  switch (clients.kind) {
    case Kind::pipelined:
      return make_pipeline(plan, clients, ledger);
    case Kind::h2:
      return make_http2(plan, clients, ledger);
    case Kind::ws:
      return make_echo(plan, clients, ledger);
    case Kind::sse:
      return make_events(plan, clients, run, ledger);
    default:
      return make_requests(plan, clients, ledger);
  }
}

Probe::Probe(Plan plan)
    : plan_(std::move(plan)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      run_{wire::Clock::now(), wire::Clock::now() + plan_.duration, stop_.fd(), plan_.requests} {
  for (const auto& clients : plan_.clients) {
    auto& answers = is_held(clients.kind) ? held_ : requests_;
    auto& crew = crews_.emplace_back(clients, run_, plan_.count_from, answers, requests_);
    for (int number = 0; number < plan_.connections; ++number)
      threads_.emplace_back([this, &crew, number] { work(crew, number); });
  }
}

Probe::~Probe() {
  if (eventfd_write(stop_.fd(), 1) != 0) std::abort();
}

void Probe::work(Crew& crew, int number) {
  using std::chrono::duration;
  const auto conversation = make_conversation(plan_, crew.clients, run_, crew.ledger);
  const auto period =
      std::chrono::duration_cast<wire::Clock::duration>(duration<double>(conversation->size_of_turn() / plan_.rate));
  // They begin one after the other, so that they do not keep in step.
  auto turn = run_.start + period * number / plan_.connections;
  while (wait_for_turn(turn) && run_.requests_left.fetch_sub(conversation->size_of_turn()) > 0) {
    conversation->take_turn();
    turn = std::max(turn + period, wire::Clock::now());
  }
  conversation->end();
}

// False when the run is over.
bool Probe::wait_for_turn(TimePoint turn) {
  return wire::wait_readable(run_.stop_fd, std::min(turn, run_.end)) == wire::Readiness::timeout &&
         wire::Clock::now() < run_.end;
}

bool Probe::everyone_was_answered() const {
  return std::ranges::all_of(crews_, [](const Crew& crew) { return crew.ledger.has_answers(); });
}

bool Probe::is_over() const { return wire::Clock::now() >= run_.end || run_.requests_left <= 0; }

Report Probe::stop(std::vector<Mark> marks) {
  if (eventfd_write(stop_.fd(), 1) != 0) std::abort();
  threads_.clear();
  Report report{.url = plan_.url,
                .started = started_,
                .took = wire::Clock::now() - run_.start,
                .requests = requests_.track(),
                .held = held_.track(),
                .marks = std::move(marks)};
  for (const auto& crew : crews_) report.kinds.emplace_back(name_of(crew.clients.kind), crew.ledger.tally());
  return report;
}

Outcome<std::string> ask_once(const Plan& plan, Protocol protocol, wire::Deadline deadline) {
  TRY_ASSIGN(const auto channel, dial(plan, protocol, deadline));
  if (protocol == Protocol::http_2) return std::string();
  wire::write_all(*channel, render_head(plan, "GET", plan.target.path, "Connection: close\r\n"), deadline);
  wire::Reader reader(channel.get());
  wire::Head head;
  const auto received = reader.read_head(head, deadline);
  if (received != wire::Received::whole) return failure(std::string(wire::name(received)));
  return std::string(head.word(1).substr(0, 3));
}

}  // namespace bluegreen::probe
