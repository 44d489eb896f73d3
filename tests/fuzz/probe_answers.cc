// SPDX-License-Identifier: MIT
// What a server answers to the probe: any bytes are an answer or a way to have none, and the same in whatever pieces
// they arrive. The first byte says how large these are.
#include "fuzz.h"
#include "probe/http2_session.h"
#include "wire/message.h"
#include "wire/websocket.h"

using namespace bluegreen;

namespace {

// Has the text ready, piece by piece, and then the end.
class Text : public wire::Channel {
 public:
  Text(std::string_view text, std::size_t piece) : text_(text), piece_(piece == 0 ? text.size() + 1 : piece) {}

  wire::Moved receive(std::span<char> into) override {
    if (text_.empty()) return {wire::Progress::ended};
    const auto size = text_.copy(into.data(), std::min(into.size(), piece_));
    text_.remove_prefix(size);
    return {wire::Progress::moved, size};
  }
  wire::Moved send(std::string_view bytes) override { return {wire::Progress::moved, bytes.size()}; }
  [[nodiscard]] int fd() const override { return -1; }

 private:
  std::string_view text_;
  std::size_t piece_;
};

// Answers one after the other, then frames: all that could be made of it.
std::string read(std::string_view text, std::size_t piece) {
  Text channel(text, piece);
  wire::Reader reader(&channel);
  const auto deadline = wire::Clock::now() + std::chrono::seconds(1);
  std::string all;
  wire::Head head;
  std::string body;
  while (reader.read_head(head, deadline) == wire::Received::whole) {
    all += head.start_line + (head.keeps_connection() ? "+" : "-");
    if (head.word(1) == "101") break;
    const auto received = reader.read_body(head, wire::Side::response, body, deadline);
    all += std::string(wire::name(received)) + (received == wire::Received::whole ? body : "");
    if (received != wire::Received::whole) return all;
  }
  wire::Frame frame;
  while (wire::read_frame(reader, frame, deadline) == wire::Received::whole) all += "|" + frame.payload;
  return all;
}

void read_frames(std::string_view text, std::size_t piece) {
  const auto session = probe::Http2Session::open("x-release");
  fuzz::require(session.has_value(), "nghttp2 is there");
  const auto stream = (*session)->request("https", "localhost", "/");
  (void)(*session)->give();
  fuzz::feed_in_pieces(text, piece, [&](std::string_view bytes) { return (*session)->take(bytes).has_value(); });
  (void)(*session)->give();
  (void)(*session)->stream(stream);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const std::size_t piece = 1 + fuzz::take_byte(text);
  fuzz::require(read(text, 0) == read(text, piece), "an answer does not depend on its pieces");
  read_frames(text, piece);
  return 0;
}
