// SPDX-License-Identifier: MIT
#include "http/answer.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace bluegreen {
namespace {

constexpr std::size_t kLongestHead = 256 << 10;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool parse_number(std::string_view text, int base, unsigned long long& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

AnswerReader::AnswerReader(std::string_view method, TakeBody take_body)
    : take_body_(std::move(take_body)), head_only_(method == "HEAD") {}

Done AnswerReader::feed(std::string_view bytes) {
  while (!bytes.empty() && !is_whole()) {
    if (part_ == Part::sized || part_ == Part::chunk || part_ == Part::until_end) {
      take_piece(bytes);
      continue;
    }
    const auto newline = bytes.find('\n');
    line_ += bytes.substr(0, newline);
    if (part_ == Part::header && newline != std::string_view::npos) head_size_ += line_.size() + 1;
    if (line_.size() + head_size_ > kLongestHead) return failure("the answer's head has no end");
    if (newline == std::string_view::npos) return {};
    bytes.remove_prefix(newline + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    const auto line = std::exchange(line_, {});
    TRY(take_line(line));
  }
  if (!bytes.empty() && !was_enough_) keeps_connection_ = false;  // more than was asked for
  return {};
}

Done AnswerReader::end() {
  keeps_connection_ = false;
  if (part_ == Part::until_end) part_ = Part::nothing;
  if (is_whole()) return {};
  return failure(part_ == Part::status && line_.empty() ? "the connection was closed without an answer"
                                                        : "the connection was closed in the middle of the answer");
}

Done AnswerReader::take_line(std::string_view line) {
  switch (part_) {
    case Part::status:
      return take_status(line);
    case Part::header:
      if (line.empty()) return end_head();
      take_header(line);
      return {};
    case Part::chunk_size:
      if (!parse_number(trim(line.substr(0, line.find(';'))), 16, left_)) return failure("a chunk has no size");
      part_ = left_ == 0 ? Part::trailer : Part::chunk;
      return {};
    case Part::chunk_end:
      if (!line.empty()) return failure("a chunk is longer than it says");
      part_ = Part::chunk_size;
      return {};
    default:
      if (line.empty()) part_ = Part::nothing;  // the trailer's last line
      return {};
  }
}

Done AnswerReader::take_status(std::string_view line) {
  // HTTP/1.1 200 OK
  const bool is_http = line.starts_with("HTTP/1.") && line.size() >= 12 && line[8] == ' ';
  unsigned long long status = 0;
  if (!is_http || !parse_number(line.substr(9, 3), 10, status)) return failure("the answer is not HTTP");
  response_.status = static_cast<int>(status);
  keeps_connection_ = line[7] != '0';
  part_ = Part::header;
  return {};
}

void AnswerReader::take_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  response_.headers[lower(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
}

Done AnswerReader::end_head() {
  const auto header = [this](const char* name) {
    const auto found = response_.headers.find(name);
    return found == response_.headers.end() ? std::string() : found->second;
  };
  const auto status = response_.status;
  if (status < 200 && status != 101) {  // an interim answer: another one comes
    response_ = {};
    part_ = Part::status;
    return {};
  }
  if (lower(header("connection")).find("close") != std::string::npos) keeps_connection_ = false;
  const auto length = header("content-length");
  if (head_only_ || status == 204 || status == 304) {
    part_ = Part::nothing;
  } else if (lower(header("transfer-encoding")).find("chunked") != std::string::npos) {
    part_ = Part::chunk_size;
  } else if (length.empty()) {
    part_ = Part::until_end;
  } else {
    if (!parse_number(length, 10, left_)) return failure("the answer's Content-Length is not a number");
    part_ = left_ == 0 ? Part::nothing : Part::sized;
  }
  return {};
}

void AnswerReader::take_piece(std::string_view& bytes) {
  const auto piece = part_ == Part::until_end ? bytes : bytes.substr(0, left_);
  bytes.remove_prefix(piece.size());
  left_ -= part_ == Part::until_end ? 0 : piece.size();
  was_enough_ = !take_body_(response_, piece);
  if (was_enough_) {
    keeps_connection_ = false;
    part_ = Part::nothing;
  } else if (left_ == 0 && part_ != Part::until_end) {
    part_ = part_ == Part::chunk ? Part::chunk_end : Part::nothing;
  }
}

}  // namespace bluegreen
