// SPDX-License-Identifier: MIT
#include "load/client.h"

#include <cerrno>
#include <cstring>
#include <thread>

#include "wire/websocket.h"

namespace bluegreen::load {
namespace {

using wire::Received;

constexpr int upload_pieces = 10;
constexpr std::size_t piece_size = 4096;
constexpr std::chrono::milliseconds between_pieces{100};
constexpr std::size_t body_size = 512;
constexpr std::size_t release_name_limit = 60;

std::string release_of(const wire::Head& head, const std::string& body, const std::string& header) {
  const std::string_view named = head.header(header);
  return named.empty() ? body.substr(0, std::min(body.find_first_of("\r\n"), release_name_limit)) : std::string(named);
}

std::string os_error() { return std::strerror(errno); }

}  // namespace

void Client::work(double phase, std::atomic<bool>& answered) {
  const auto period = std::chrono::duration_cast<wire::Clock::duration>(std::chrono::duration<double>(1 / plan_.rate));
  auto next = run_.start + std::chrono::duration_cast<wire::Clock::duration>(period * phase);
  while (may_go_on(next)) {
    send_one();
    if (tally_.ok > 0) answered = true;
    next = std::max(next + period, wire::Clock::now());
  }
}

// Waits for its turn; false when the run is over.
bool Client::may_go_on(wire::Clock::time_point next) {
  const auto until = std::min(next, run_.end);
  return wire::wait_readable(run_.stop_fd, until) == wire::Readiness::timeout && wire::Clock::now() < run_.end &&
         run_.requests_left.fetch_sub(1) > 0;
}

void Client::send_one() {
  const auto began = wire::Clock::now();
  ++tally_.sent;
  Answer answer;
  answer.failure = ensure_connection();
  if (answer.failure.empty()) answer = kind_.sending == Sending::frames ? exchange_frames() : exchange();
  const auto since_start = began - run_.start;
  if (answer.failure.empty()) {
    tally_.add_ok(answer.release, since_start, wire::Clock::now() - began);
    reused_ = static_cast<bool>(connection_);
  } else {
    tally_.add_failure(answer.failure, since_start);
    disconnect();
  }
}

void Client::disconnect() {
  connection_.close();
  reused_ = false;
}

std::string Client::ensure_connection() {
  if (connection_) {
    const bool silent =
        !reader_.has_bytes() && wire::wait_readable(connection_.fd(), wire::Clock::now()) == wire::Readiness::timeout;
    if (silent) return {};
    ++tally_.idle_closed;
    disconnect();
  }
  const auto deadline = wire::Clock::now() + plan_.timeout;
  connection_ = wire::connect_to(plan_.address, deadline);
  if (!connection_) return "cannot connect: " + os_error();
  reader_ = wire::Reader(connection_.fd());
  return kind_.sending == Sending::frames ? open_websocket(deadline) : std::string();
}

bool Client::write_request(wire::Deadline deadline) {
  const bool has_body = kind_.sending != Sending::nothing;
  const std::size_t size = kind_.sending == Sending::body_in_pieces ? upload_pieces * piece_size : body_size;
  std::string request = (has_body ? "POST " : "GET ") + kind_.path + " HTTP/1.1\r\nHost: " + plan_.host + "\r\n";
  if (kind_.reuse == Reuse::connection_per_request) request += "Connection: close\r\n";
  if (has_body) request += "Content-Type: application/octet-stream\r\nContent-Length: " + std::to_string(size) + "\r\n";
  request += "\r\n";
  if (kind_.sending == Sending::body) request += std::string(size, 'b');
  if (!wire::write_all(connection_.fd(), request, deadline)) return false;
  if (kind_.sending != Sending::body_in_pieces) return true;
  const std::string piece(piece_size, 'u');
  for (int i = 0; i < upload_pieces; ++i) {
    std::this_thread::sleep_for(between_pieces);
    if (!wire::write_all(connection_.fd(), piece, deadline)) return false;
  }
  return true;
}

Client::Answer Client::exchange() {
  const auto deadline = wire::Clock::now() + plan_.timeout;
  write_request(deadline);  // where that fails, the answer (or its absence) says more than the error
  wire::Head head;
  std::string body;
  Received received = reader_.read_head(head, deadline);
  while (received == Received::whole && head.word(1).starts_with('1')) received = reader_.read_head(head, deadline);
  if (received != Received::whole) return ended(received);
  if (!head.word(1).starts_with('2')) return {"status " + std::string(head.word(1)), {}};
  received = reader_.read_body(head, wire::Side::response, body, deadline);
  if (received != Received::whole) return ended(received);
  if (!head.keeps_connection() || kind_.reuse == Reuse::connection_per_request) disconnect();
  return {{}, release_of(head, body, wire::lower(plan_.who))};
}

Client::Answer Client::ended(Received received) {
  if (received == Received::closed && reused_) {
    ++tally_.reused_reset;
    return {"a reused connection was closed after the request was written", {}};
  }
  return {std::string(name(received)), {}};
}

std::string Client::open_websocket(wire::Deadline deadline) {
  const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
  wire::write_all(
      connection_.fd(),
      "GET " + kind_.path + " HTTP/1.1\r\nHost: " + plan_.host +
          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key +
          "\r\n\r\n",
      deadline);
  wire::Head head;
  const Received received = reader_.read_head(head, deadline);
  if (received != Received::whole) return "handshake: " + std::string(name(received));
  if (head.word(1) != "101") return "handshake: status " + std::string(head.word(1));
  if (head.header("sec-websocket-accept") != wire::websocket_accept(key)) return "handshake: wrong key";
  websocket_release_ = head.header(wire::lower(plan_.who));
  frames_left_ = plan_.frames;
  return {};
}

// The closing handshake, then the server's end of the connection (RFC 6455, section 7).
void Client::close_websocket(wire::Deadline deadline) {
  wire::Frame frame{wire::Opcode::close, {"\x03\xe8", 2}};  // 1000, normal closure
  if (wire::write_all(connection_.fd(), wire::render_frame(frame, wire::Masking::masked), deadline)) {
    wire::read_frame(reader_, frame, deadline);
  }
  disconnect();
}

Client::Answer Client::exchange_frames() {
  const auto deadline = wire::Clock::now() + plan_.timeout;
  const std::string text = std::to_string(tally_.sent);
  wire::write_all(connection_.fd(), wire::render_frame({wire::Opcode::text, text}, wire::Masking::masked), deadline);
  wire::Frame frame;
  const Received received = wire::read_frame(reader_, frame, deadline);
  if (received != Received::whole) return ended(received);
  if (frame.opcode != wire::Opcode::text || frame.payload != text) return {"another frame than the echo", {}};
  if (--frames_left_ == 0) close_websocket(deadline);
  return {{}, websocket_release_};
}

}  // namespace bluegreen::load
