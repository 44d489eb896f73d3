// SPDX-License-Identifier: MIT
// Answers as servers send them, whole and in pieces of every size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "http/answer.h"

namespace bluegreen {
namespace {

struct Read {
  bool ok = true;
  bool whole = false;
  bool keeps_connection = false;
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

Read read(std::string_view text, std::size_t piece = std::string_view::npos, std::string_view method = "GET") {
  Read result;
  AnswerReader reader(method, [&](const HttpResponse&, std::string_view bytes) {
    result.body += bytes;
    return true;
  });
  while (!text.empty() && result.ok) {
    const auto size = std::min(piece, text.size());
    result.ok = reader.feed(text.substr(0, size)).has_value();
    text.remove_prefix(size);
  }
  result.whole = reader.is_whole();
  result.keeps_connection = reader.keeps_connection();
  auto response = reader.take_response();
  result.status = response.status;
  result.headers = std::move(response.headers);
  return result;
}

constexpr auto chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;name=x\r\n world\r\n0\r\nTrailer: x\r\n\r\n";

TEST(AnswerReader, ReadsABodyOfAKnownLength) {
  const auto answer = read("HTTP/1.1 201 Created\r\nContent-Length: 3\r\nX-A:  b c \r\n\r\nabc");
  EXPECT_TRUE(answer.whole);
  EXPECT_TRUE(answer.keeps_connection);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.headers.at("x-a"), "b c");
  EXPECT_EQ(answer.body, "abc");
}

TEST(AnswerReader, ReadsChunks) {
  const auto answer = read(chunked);
  EXPECT_TRUE(answer.whole);
  EXPECT_TRUE(answer.keeps_connection);
  EXPECT_EQ(answer.body, "hello world");
}

TEST(AnswerReader, DoesNotCareHowTheBytesArrive) {
  for (std::size_t piece = 1; piece < std::string_view(chunked).size(); ++piece) {
    const auto answer = read(chunked, piece);
    EXPECT_TRUE(answer.whole) << piece;
    EXPECT_EQ(answer.body, "hello world") << piece;
  }
}

TEST(AnswerReader, SkipsAnInterimAnswer) {
  const auto answer = read("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.headers.contains("link"));
}

TEST(AnswerReader, ExpectsNoBodyWhereThereIsNone) {
  EXPECT_TRUE(read("HTTP/1.1 204 No Content\r\n\r\n").whole);
  EXPECT_TRUE(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n").whole);
  EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", 1, "HEAD").whole);
}

TEST(AnswerReader, TakesAllUntilTheEndWhereNoLengthIsGiven) {
  std::string body;
  AnswerReader reader("GET", [&](const HttpResponse&, std::string_view bytes) {
    body += bytes;
    return true;
  });
  ASSERT_TRUE(reader.feed("HTTP/1.1 200 OK\r\n\r\nabc"));
  EXPECT_FALSE(reader.is_whole());
  ASSERT_TRUE(reader.end());
  EXPECT_TRUE(reader.is_whole());
  EXPECT_FALSE(reader.keeps_connection());
  EXPECT_EQ(body, "abc");
}

TEST(AnswerReader, RefusesAnEndInTheMiddle) {
  for (const std::string_view text :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    AnswerReader reader("GET", [](const HttpResponse&, std::string_view) { return true; });
    ASSERT_TRUE(reader.feed(text)) << text;
    EXPECT_FALSE(reader.end()) << text;
  }
}

TEST(AnswerReader, RefusesWhatIsNotHttp) {
  EXPECT_FALSE(read("SSH-2.0-OpenSSH\r\n").ok);
  EXPECT_FALSE(read("HTTP/1.1 abc\r\n").ok);
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n").ok);
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n").ok);
}

TEST(AnswerReader, DoesNotKeepAConnectionThatTheServerCloses) {
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").keeps_connection);
  EXPECT_FALSE(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps_connection);
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc").keeps_connection);  // more than it said
}

}  // namespace
}  // namespace bluegreen
