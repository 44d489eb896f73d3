// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "nginx/preview_client.h"

namespace bluegreen {
namespace {

TEST(PrintedAnswer, OfCurlHasHeadAndBody) {
  const auto answer = parse_printed_answer(
      "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nX-Bluegreen-Upstream: 10.0.0.2:80\r\n\r\nbody\n\nmore");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 502);
  EXPECT_EQ(answer->headers.at("x-bluegreen-upstream"), "10.0.0.2:80");
  EXPECT_EQ(answer->body, "body\n\nmore");
}

TEST(PrintedAnswer, OfWgetHasAnIndentedHead) {
  const auto answer = parse_printed_answer("  HTTP/1.1 200 OK\n  Content-Length: 6\nGREEN\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "GREEN\n");
}

TEST(PrintedAnswer, CountsTheLastHead) {
  EXPECT_EQ(parse_printed_answer("HTTP/1.1 100 Continue\r\nHTTP/1.1 204 No Content\r\n\r\n")->status, 204);
}

TEST(PrintedAnswer, IsAnErrorWithoutHttp) {
  EXPECT_FALSE(parse_printed_answer(""));
  EXPECT_FALSE(parse_printed_answer("curl: (7) Failed to connect\n"));
  EXPECT_FALSE(parse_printed_answer("HTTP/1.1\n"));
  EXPECT_FALSE(parse_printed_answer("HTTP/1.1 abc\n"));
}

TEST(PrintedAnswer, KeepsTheBeginningOfALongBody) {
  EXPECT_EQ(parse_printed_answer("HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x'))->body.size(), 1024U);
}

}  // namespace
}  // namespace bluegreen
