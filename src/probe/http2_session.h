// SPDX-License-Identifier: MIT
// The client's side of one HTTP/2 connection (RFC 9113) without its I/O: bytes in, bytes out, and what became of each
// stream. The framing is nghttp2's, which is loaded when it is first needed; the only file that knows it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/outcome.h"

struct nghttp2_session;

namespace bluegreen::probe {

struct Http2Stream {
  enum class State {
    open,
    whole,     // the answer has come to its end
    declined,  // the server has not processed it, by its own word: GOAWAY (section 6.8) or REFUSED_STREAM (8.7)
    cut,       // ended in any other way
  };
  State state = State::open;
  std::string status;  // "200"; empty: not even a head has come
  std::string who;     // the header that says it
  std::string body;    // its beginning
  std::string reason;  // of `cut`
};

class Http2Session {
 public:
  // `who`: a header, in lower case. failed: this machine has no nghttp2.
  static Outcome<std::unique_ptr<Http2Session>> open(const std::string& who);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // A GET. 0: none may be sent any more.
  std::int32_t request(std::string_view scheme, std::string_view authority, std::string_view path);
  [[nodiscard]] bool takes_requests() const;  // false after GOAWAY
  [[nodiscard]] const Http2Stream& stream(std::int32_t id) const { return streams_.at(id); }
  void forget(std::int32_t id) { streams_.erase(id); }

  [[nodiscard]] Done take(std::string_view bytes);  // failed: this is not HTTP/2
  [[nodiscard]] std::string give();                 // what is to be sent; may be empty

 private:
  struct Callbacks;
  explicit Http2Session(std::string who) : who_(std::move(who)) {}

  const std::string who_;
  nghttp2_session* session_ = nullptr;
  bool going_away_ = false;
  std::map<std::int32_t, Http2Stream> streams_;
};

}  // namespace bluegreen::probe
