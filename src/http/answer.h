// SPDX-License-Identifier: MIT
// One HTTP/1.1 answer as it arrives, piece by piece (RFC 9112). No I/O; knows nothing of limits and deadlines.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/client.h"

namespace bluegreen {

class AnswerReader {
 public:
  // Gets the body's pieces, once the head is known; false: enough of it.
  using TakeBody = std::function<bool(const HttpResponse& head, std::string_view piece)>;

  // `method` of the request: the answer to HEAD has no body.
  AnswerReader(std::string_view method, TakeBody take_body);

  Done feed(std::string_view bytes);  // failed: this is not HTTP
  Done end();                         // nothing more will come; failed: and that is too early

  [[nodiscard]] bool is_whole() const { return part_ == Part::nothing; }
  [[nodiscard]] bool was_enough() const { return was_enough_; }
  // Whether another request may follow on the connection.
  [[nodiscard]] bool keeps_connection() const { return is_whole() && keeps_connection_; }
  HttpResponse take_response() { return std::move(response_); }

 private:
  // What comes next.
  enum class Part { status, header, sized, chunk_size, chunk, chunk_end, trailer, until_end, nothing };

  Done take_line(std::string_view line);
  Done take_status(std::string_view line);
  void take_header(std::string_view line);
  Done end_head();
  void take_piece(std::string_view& bytes);

  TakeBody take_body_;
  bool head_only_;
  Part part_ = Part::status;
  std::string line_;  // as much of it as has arrived
  std::size_t head_size_ = 0;
  unsigned long long left_ = 0;  // of the body, or of the chunk
  bool keeps_connection_ = false;
  bool was_enough_ = false;
  HttpResponse response_;
};

}  // namespace bluegreen
