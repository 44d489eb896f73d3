// SPDX-License-Identifier: MIT
// HTTP/1.1 messages as they come off a connection (RFC 9112): head, then body by Content-Length, chunked, or until the
// end of the connection. Says exactly how an exchange ended, which is what the probe counts.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "wire/socket.h"

namespace bluegreen::wire {

enum class Received {
  whole,
  closed,  // the peer's end, or its reset, before the first byte
  broken,  // the same in the middle
  timeout,
  stopped,  // stop_fd, before the first byte
  malformed,
};

std::string_view name(Received received);

struct Head {
  std::string start_line;
  std::map<std::string, std::string> headers;  // names in lower case

  [[nodiscard]] std::string_view header(const std::string& name) const;  // empty if absent
  // `token` in any letter case within a comma separated list: Connection: keep-alive, Upgrade
  [[nodiscard]] bool header_has(const std::string& name, std::string_view token) const;
  [[nodiscard]] std::string_view word(int index) const;  // of the start line, by single spaces
  [[nodiscard]] bool keeps_connection() const;           // HTTP/1.1 without Connection: close, or 1.0 with keep-alive
};

enum class Side { request, response };

// Reads one message after the other from a channel. Bytes after a message stay for the next (pipelining).
class Reader {
 public:
  explicit Reader(Channel* channel = nullptr) : channel_(channel) {}

  Received read_head(Head& head, Deadline deadline, int stop_fd = -1);
  Received read_body(const Head& head, Side side, std::string& body, Deadline deadline);
  Received read_exactly(std::size_t size, std::string& bytes, Deadline deadline, int stop_fd = -1);

  // The next piece of a body that is read as it comes; an empty one is its proper end. A body whose end is that of the
  // connection comes in pieces of any size, a chunked one in its chunks.
  Received read_chunk(std::string& chunk, Deadline deadline, int stop_fd = -1);
  Received read_until_end(std::string& piece, Deadline deadline, int stop_fd = -1);

  // True while nothing has come and the peer has not ended: another message may be sent. Never waits.
  [[nodiscard]] bool is_silent();
  [[nodiscard]] bool has_bytes() const { return !buffer_.empty(); }

 private:
  Received fill(Deadline deadline, int stop_fd = -1);
  Received read_line(std::string& line, Deadline deadline, int stop_fd = -1);

  Channel* channel_;
  std::string buffer_;
  bool reset_ = false;  // the connection did not end, it broke
};

std::string lower(std::string_view text);

}  // namespace bluegreen::wire
