// SPDX-License-Identifier: MIT
// HTTP as an engine or a proxy answers it: any bytes are an answer or an error, and the same in whatever pieces they
// arrive. The first byte says how large these are.
#include "fuzz.h"
#include "http/answer.h"

using namespace bluegreen;

namespace {

struct Read {
  bool is_whole = false, keeps_connection = false, failed = false;
  HttpResponse response;
  std::string body;
  bool operator==(const Read& other) const {
    // What came before an error depends on the pieces.
    if (failed || other.failed) return failed == other.failed;
    return is_whole == other.is_whole && keeps_connection == other.keeps_connection && body == other.body &&
           response.status == other.response.status && response.headers == other.response.headers;
  }
};

Read read(std::string_view text, std::string_view method, std::size_t piece) {
  Read result;
  AnswerReader reader(method, [&](const HttpResponse&, std::string_view body) {
    result.body += body;
    return true;
  });
  fuzz::feed_in_pieces(text, piece, [&](std::string_view bytes) {
    result.failed = !reader.feed(bytes);
    return !result.failed;
  });
  result.keeps_connection = reader.keeps_connection();
  if (!result.failed) result.failed = !reader.end();
  result.is_whole = reader.is_whole();
  result.response = reader.take_response();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const auto choice = fuzz::take_byte(text);
  const std::string_view method = choice >= 128 ? "HEAD" : "GET";
  fuzz::require(read(text, method, 0) == read(text, method, 1 + choice % 128),
                "an answer does not depend on its pieces");
  return 0;
}
