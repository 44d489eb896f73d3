// SPDX-License-Identifier: MIT
#include "probe/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <array>

#include "base/shared_library.h"

namespace bluegreen::probe {
namespace {

constexpr std::size_t body_beginning = 256;

struct Library {
  decltype(&nghttp2_session_callbacks_new) callbacks_new;
  decltype(&nghttp2_session_callbacks_del) callbacks_del;
  decltype(&nghttp2_session_callbacks_set_on_header_callback) set_on_header;
  decltype(&nghttp2_session_callbacks_set_on_data_chunk_recv_callback) set_on_data;
  decltype(&nghttp2_session_callbacks_set_on_frame_recv_callback) set_on_frame;
  decltype(&nghttp2_session_callbacks_set_on_stream_close_callback) set_on_stream_close;
  decltype(&nghttp2_session_client_new) client_new;
  decltype(&nghttp2_session_del) del;
  decltype(&nghttp2_submit_settings) submit_settings;
  decltype(&nghttp2_submit_request) submit_request;
  decltype(&nghttp2_session_mem_recv) mem_recv;
  decltype(&nghttp2_session_mem_send) mem_send;
  decltype(&nghttp2_session_want_read) want_read;
  decltype(&nghttp2_strerror) error_text;
  decltype(&nghttp2_http2_strerror) http2_error_text;
};

struct Loaded {
  Library functions{};
  std::string problem;  // empty: none
};

Loaded load() {
  Loaded loaded;
  auto& to = loaded.functions;
  SharedLibrary library("libnghttp2.so.14");
  library.find("nghttp2_session_callbacks_new", to.callbacks_new)
      .find("nghttp2_session_callbacks_del", to.callbacks_del)
      .find("nghttp2_session_callbacks_set_on_header_callback", to.set_on_header)
      .find("nghttp2_session_callbacks_set_on_data_chunk_recv_callback", to.set_on_data)
      .find("nghttp2_session_callbacks_set_on_frame_recv_callback", to.set_on_frame)
      .find("nghttp2_session_callbacks_set_on_stream_close_callback", to.set_on_stream_close)
      .find("nghttp2_session_client_new", to.client_new)
      .find("nghttp2_session_del", to.del)
      .find("nghttp2_submit_settings", to.submit_settings)
      .find("nghttp2_submit_request", to.submit_request)
      .find("nghttp2_session_mem_recv", to.mem_recv)
      .find("nghttp2_session_mem_send", to.mem_send)
      .find("nghttp2_session_want_read", to.want_read)
      .find("nghttp2_strerror", to.error_text)
      .find("nghttp2_http2_strerror", to.http2_error_text);
  loaded.problem = library.problem();
  return loaded;
}

const Loaded& library() {
  static const Loaded loaded = load();
  return loaded;
}

const Library& nghttp2() { return library().functions; }

std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view one) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(one.data()));  // nghttp2 copies them
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct Http2Session::Callbacks {
  static Http2Stream* find(void* user, std::int32_t id) {
    auto& streams = static_cast<Http2Session*>(user)->streams_;
    const auto found = streams.find(id);
    return found == streams.end() ? nullptr : &found->second;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    auto* stream = find(user, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (text(name, name_size) == ":status") stream->status = text(value, value_size);
    if (text(name, name_size) == static_cast<Http2Session*>(user)->who_) stream->who = text(value, value_size);
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user) {
    auto* stream = find(user, id);
    if (stream != nullptr && stream->body.size() < body_beginning) stream->body += text(data, size);
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) static_cast<Http2Session*>(user)->going_away_ = true;
    const bool is_last = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                         (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    auto* stream = find(user, frame->hd.stream_id);
    if (stream != nullptr && is_last) stream->state = Http2Stream::State::whole;
    return 0;
  }

  // Also for those beyond the last one that a GOAWAY names, which nghttp2 closes as refused.
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    auto* stream = find(user, id);
    if (stream == nullptr || stream->state == Http2Stream::State::whole) return 0;
    stream->state = error == NGHTTP2_REFUSED_STREAM ? Http2Stream::State::declined : Http2Stream::State::cut;
    stream->reason = std::string("the stream was cut: ") + nghttp2().http2_error_text(error);
    return 0;
  }
};

Outcome<std::unique_ptr<Http2Session>> Http2Session::open(const std::string& who) {
  if (!library().problem.empty()) {
    return failure("nghttp2 cannot be loaded: " + library().problem,
                   "HTTP/2 needs it. On Debian: apt-get install libnghttp2-14");
  }
  std::unique_ptr<Http2Session> self(new Http2Session(who));
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2().callbacks_new(&callbacks);
  nghttp2().set_on_header(callbacks, Callbacks::on_header);
  nghttp2().set_on_data(callbacks, Callbacks::on_data);
  nghttp2().set_on_frame(callbacks, Callbacks::on_frame);
  nghttp2().set_on_stream_close(callbacks, Callbacks::on_stream_close);
  const int made = nghttp2().client_new(&self->session_, callbacks, self.get());
  nghttp2().callbacks_del(callbacks);
  if (made != 0) return failure(std::string("HTTP/2: ") + nghttp2().error_text(made));
  const nghttp2_settings_entry no_push{NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  nghttp2().submit_settings(self->session_, NGHTTP2_FLAG_NONE, &no_push, 1);
  return self;
}

Http2Session::~Http2Session() {
  if (session_ != nullptr) nghttp2().del(session_);
}

std::int32_t Http2Session::request(std::string_view scheme, std::string_view authority, std::string_view path) {
  if (!takes_requests()) return 0;
  const std::array fields{field(":method", "GET"), field(":scheme", scheme), field(":authority", authority),
                          field(":path", path), field("user-agent", "bluegreen-probe")};
  const auto id = nghttp2().submit_request(session_, nullptr, fields.data(), fields.size(), nullptr, nullptr);
  if (id <= 0) return 0;
  streams_[id] = {};
  return id;
}

bool Http2Session::takes_requests() const { return !going_away_ && nghttp2().want_read(session_) != 0; }

Done Http2Session::take(std::string_view bytes) {
  const auto taken = nghttp2().mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken < 0) return failure(std::string("HTTP/2: ") + nghttp2().error_text(static_cast<int>(taken)));
  return {};
}

std::string Http2Session::give() {
  std::string bytes;
  const std::uint8_t* piece = nullptr;
  for (;;) {
    const auto size = nghttp2().mem_send(session_, &piece);
    if (size <= 0) return bytes;
    bytes += text(piece, static_cast<std::size_t>(size));
  }
}

}  // namespace bluegreen::probe
