// SPDX-License-Identifier: MIT
#include "probe/connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bluegreen::probe {
namespace {

constexpr std::size_t longest_name = 60;
constexpr auto nameless = "(no name)";

bool is_status(std::string_view word) {
  return word.size() == 3 && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Outcome<std::unique_ptr<wire::Channel>> dial(const Plan& plan, Protocol protocol, wire::Deadline deadline) {
  auto socket = wire::connect_to(plan.address, deadline);
  if (!socket) return failure(std::string("cannot connect: ") + std::strerror(errno));
  if (!plan.tls) return std::make_unique<wire::Socket>(std::move(socket));
  return plan.tls->handshake(std::move(socket), plan.target.host, protocol, deadline);
}

Outcome<Connection::Found> Connection::ensure(wire::Deadline deadline) {
  if (channel_) {
    if (reader_.is_silent()) return Found::kept;
    ledger_.idle_closed();
    close();
  }
  TRY_ASSIGN(channel_, dial(plan_, Protocol::http_1_1, deadline));
  reader_ = wire::Reader(channel_.get());
  opened_ = wire::Clock::now();
  return Found::opened;
}

void Connection::close() {
  channel_.reset();
  reader_ = wire::Reader();
  answers_ = 0;
}

Answer Connection::read_answer(wire::Deadline deadline) {
  wire::Head head;
  Answer answer;
  do {
    answer.received = reader_.read_head(head, deadline);
    if (answer.received != wire::Received::whole) return answer;
  } while (head.word(1).starts_with('1'));
  answer.status = head.word(1);
  std::string body;
  answer.received = is_status(answer.status) ? reader_.read_body(head, wire::Side::response, body, deadline)
                                             : wire::Received::malformed;
  if (answer.received == wire::Received::closed) answer.received = wire::Received::broken;
  const bool ends_with_connection = head.header("content-length").empty() &&
                                    !head.header_has("transfer-encoding", "chunked") && answer.status != "204" &&
                                    answer.status != "304";
  answer.keeps_connection = head.keeps_connection() && !ends_with_connection;
  answer.who = head.header(wire::lower(plan_.who)).substr(0, longest_name);
  answer.first_line = body.substr(0, std::min(body.find_first_of("\r\n"), longest_name));
  ++answers_;
  return answer;
}

std::string render_head(const Plan& plan, std::string_view method, std::string_view path, std::string_view headers) {
  std::string head(method);
  head.append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(plan.target.authority);
  return head.append("\r\nUser-Agent: bluegreen-probe\r\n").append(headers).append("\r\n");
}

void account(const Plan& plan, Ledger& ledger, const Answer& answer, BodySaysWho body_says_who, bool reused,
             TimePoint began) {
  if (answer.received == wire::Received::closed && reused) {
    ledger.reused_reset(began);
  } else if (answer.received != wire::Received::whole) {
    ledger.failed(std::string(wire::name(answer.received)), began);
  } else if (!plan.accepts(answer.status)) {
    ledger.failed("status " + answer.status, began);
  } else if (answer.who.empty() && body_says_who == BodySaysWho::yes) {
    ledger.answered(answer.first_line.empty() ? nameless : answer.first_line, began);
  } else {
    ledger.answered(answer.who, began);
  }
}

}  // namespace bluegreen::probe
