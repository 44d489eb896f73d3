// SPDX-License-Identifier: MIT
#include "wire/message.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace bluegreen::wire {
namespace {

constexpr std::size_t head_limit = 64 << 10;
constexpr std::size_t chunk_limit = 64 << 20;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

// What was `whole` or `closed` at the start of a part is `broken` in the middle of a message.
Received in_the_middle(Received received) { return received == Received::closed ? Received::broken : received; }

bool parse_head(std::string_view text, Head& head) {
  head = {};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (head.start_line.empty()) {
      head.start_line = line;
    } else if (!line.empty()) {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) return false;
      head.headers[lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
    }
  }
  return !head.start_line.empty();
}

}  // namespace

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::string_view name(Received received) {
  switch (received) {
    case Received::whole:
      return "whole";
    case Received::closed:
      return "closed without an answer";
    case Received::broken:
      return "closed in the middle of the answer";
    case Received::timeout:
      return "no answer in time";
    case Received::stopped:
      return "stopped";
    case Received::malformed:
      return "malformed answer";
  }
  return "?";
}

std::string_view Head::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool Head::header_has(const std::string& name, std::string_view token) const {
  std::string_view list = header(name);
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (lower(trim(list.substr(0, comma))) == token) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

std::string_view Head::word(int index) const {
  std::string_view rest = start_line;
  for (; index > 0; --index) {
    const std::size_t space = rest.find(' ');
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
  }
  return rest.substr(0, rest.find(' '));
}

bool Head::keeps_connection() const {
  const bool http_1_0 = start_line.starts_with("HTTP/1.0") || start_line.ends_with("HTTP/1.0");
  return http_1_0 ? header_has("connection", "keep-alive") : !header_has("connection", "close");
}

Received Reader::fill(Deadline deadline, int stop_fd) {
  std::array<char, 64 << 10> piece;
  for (;;) {
    const Moved moved = channel_->receive(piece);
    Readiness readiness = Readiness::ready;
    switch (moved.progress) {
      case Progress::moved:
        buffer_.append(piece.data(), moved.size);
        return Received::whole;
      case Progress::ended:
        return Received::closed;
      case Progress::reset:
        reset_ = true;
        return Received::closed;
      case Progress::wants_read:
        readiness = wait_readable(channel_->fd(), deadline, stop_fd);
        break;
      case Progress::wants_write:
        readiness = wait_writable(channel_->fd(), deadline);
        break;
    }
    if (readiness == Readiness::timeout) return Received::timeout;
    if (readiness == Readiness::stopped) return Received::stopped;
  }
}

bool Reader::is_silent() { return !has_bytes() && fill(Clock::now()) == Received::timeout; }

Received Reader::read_head(Head& head, Deadline deadline, int stop_fd) {
  for (;;) {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const bool good = parse_head(std::string_view(buffer_).substr(0, end), head);
      buffer_.erase(0, end + 4);
      return good ? Received::whole : Received::malformed;
    }
    if (buffer_.size() > head_limit) return Received::malformed;
    const bool first = buffer_.empty();
    if (const Received filled = fill(deadline, first ? stop_fd : -1); filled != Received::whole) {
      return first ? filled : in_the_middle(filled);
    }
  }
}

Received Reader::read_body(const Head& head, Side side, std::string& body, Deadline deadline) {
  body.clear();
  if (side == Side::response) {
    const std::string_view status = head.word(1);
    if (status.starts_with('1') || status == "204" || status == "304") return Received::whole;
  }
  if (head.header_has("transfer-encoding", "chunked")) {
    for (std::string chunk;;) {
      const Received received = read_chunk(chunk, deadline);
      if (received != Received::whole || chunk.empty()) return in_the_middle(received);
      body += chunk;
    }
  }
  if (const std::string_view length = head.header("content-length"); !length.empty()) {
    const auto size = number(length, 10);
    return size ? in_the_middle(read_exactly(*size, body, deadline)) : Received::malformed;
  }
  if (side == Side::request) return Received::whole;
  for (std::string piece;;) {
    const Received received = read_until_end(piece, deadline);
    if (received != Received::whole || piece.empty()) return received;
    body += piece;
  }
}

Received Reader::read_until_end(std::string& piece, Deadline deadline, int stop_fd) {
  if (buffer_.empty()) {
    const Received filled = fill(deadline, stop_fd);
    if (filled == Received::closed && reset_) return Received::broken;
    if (filled != Received::whole && filled != Received::closed) return filled;
  }
  piece = std::exchange(buffer_, {});
  return Received::whole;
}

Received Reader::read_exactly(std::size_t size, std::string& bytes, Deadline deadline, int stop_fd) {
  while (buffer_.size() < size) {
    const bool first = buffer_.empty();
    if (const Received filled = fill(deadline, first ? stop_fd : -1); filled != Received::whole) {
      return first ? filled : in_the_middle(filled);
    }
  }
  bytes = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return Received::whole;
}

Received Reader::read_line(std::string& line, Deadline deadline, int stop_fd) {
  for (;;) {
    if (const std::size_t end = buffer_.find("\r\n"); end != std::string::npos) {
      line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      return Received::whole;
    }
    if (buffer_.size() > head_limit) return Received::malformed;
    if (const Received filled = fill(deadline, buffer_.empty() ? stop_fd : -1); filled != Received::whole) {
      return filled == Received::stopped ? filled : in_the_middle(filled);
    }
  }
}

Received Reader::read_chunk(std::string& chunk, Deadline deadline, int stop_fd) {
  std::string line;
  if (const Received received = read_line(line, deadline, stop_fd); received != Received::whole) return received;
  const auto size = number(line, 16);
  if (!size || *size > chunk_limit) return Received::malformed;
  if (*size > 0) {
    const Received received = in_the_middle(read_exactly(*size + 2, chunk, deadline));
    if (received != Received::whole) return received;
    if (!chunk.ends_with("\r\n")) return Received::malformed;
    chunk.resize(*size);
    return received;
  }
  chunk.clear();
  do {
    if (const Received received = read_line(line, deadline); received != Received::whole) return received;
  } while (!line.empty());  // trailers
  return Received::whole;
}

}  // namespace bluegreen::wire
