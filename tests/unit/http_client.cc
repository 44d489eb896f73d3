// SPDX-License-Identifier: MIT
// The HTTP client against a server that says exactly what each test tells it to, on a private unix socket.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include "http/client.h"

namespace bluegreen {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Accepts connections one after another and hands each request's head to a handler that writes to the socket. The
// handler returns whether the connection stays open.
class Server {
 public:
  using Handler = std::function<bool(int socket, const std::string& request)>;

  explicit Server(Handler handler) : handler_(std::move(handler)) {
    char directory[] = "/tmp/bluegreen-http-XXXXXX";
    directory_ = mkdtemp(directory);
    path_ = directory_ + "/socket";
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  ~Server() {
    thread_.request_stop();
    thread_.join();
    close(listener_);
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }

  HttpTarget target() const { return {.base_url = "http://localhost", .unix_socket = path_}; }
  int connections() const { return connections_; }

 private:
  static bool readable(int socket, const std::stop_token& stop) {
    pollfd waiting{socket, POLLIN, 0};
    while (!stop.stop_requested())
      if (poll(&waiting, 1, 10) > 0) return true;
    return false;
  }

  void serve(const std::stop_token& stop) {
    while (readable(listener_, stop)) {
      const int connection = accept(listener_, nullptr, nullptr);
      ++connections_;
      while (readable(connection, stop)) {
        char buffer[4096];
        const auto size = recv(connection, buffer, sizeof buffer, 0);
        if (size <= 0 || !handler_(connection, std::string(buffer, static_cast<std::size_t>(size)))) break;
      }
      close(connection);
    }
  }

  Handler handler_;
  std::string directory_, path_;
  int listener_ = -1;
  std::atomic<int> connections_ = 0;
  std::jthread thread_;
};

bool say(int socket, std::string_view text) {
  while (!text.empty()) {
    const auto sent = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool answer(int socket, const std::string& body, const std::string& status = "200 OK") {
  return say(socket, "HTTP/1.1 " + status + "\r\nX-Thing:  a b \r\nContent-Length: " + std::to_string(body.size()) +
                         "\r\n\r\n" + body);
}

TEST(HttpClient, ReturnsStatusHeadersAndBody) {
  Server server([](int socket, const std::string&) { return answer(socket, "hello", "404 Not Found"); });
  HttpClient client(server.target());
  const auto response = client.perform({.path = "/x"});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->headers.at("x-thing"), "a b");
}

TEST(HttpClient, SendsMethodPathHeadersAndBodyAsTheyAre) {
  std::mutex mutex;
  std::string seen;
  Server server([&](int socket, const std::string& request) {
    const std::lock_guard lock(mutex);
    seen += request;
    return seen.ends_with("{}") ? answer(socket, "") : true;
  });
  HttpClient client(server.target());
  ASSERT_TRUE(client.perform(
      {.method = "POST", .path = "/a/../b?c=%20", .headers = {"Content-Type: application/json"}, .body = "{}"}));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(seen, testing::StartsWith("POST /a/../b?c=%20 HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nContent-Length: 2\r\n"));
  EXPECT_THAT(seen, testing::Not(HasSubstr("Expect")));
}

TEST(HttpClient, KeepsItsConnection) {
  Server server([](int socket, const std::string&) { return answer(socket, "x"); });
  HttpClient client(server.target());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.perform({.path = "/"}));
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, ConnectsAgainWhenTheServerClosedAnIdleConnection) {
  Server server([](int socket, const std::string&) { return answer(socket, "x") && false; });
  HttpClient client(server.target());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.perform({.path = "/"}));
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpClient, FailsOnATruncatedAnswer) {
  Server server([](int socket, const std::string&) {
    return say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc") && false;
  });
  HttpClient client(server.target());
  const auto response = client.perform({.path = "/"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::failed);
}

TEST(HttpClient, FailsOnAnAnswerThatIsNotHttp) {
  Server server([](int socket, const std::string&) { return say(socket, "SSH-2.0-OpenSSH\r\n") && false; });
  HttpClient client(server.target());
  EXPECT_FALSE(client.perform({.path = "/"}));
}

TEST(HttpClient, TimesOutWhenNoWholeAnswerComes) {
  Server server(
      [](int socket, const std::string&) { return say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na"); });
  HttpClient client(server.target());
  const auto start = std::chrono::steady_clock::now();
  const auto response = client.perform({.path = "/", .timeout = 100ms});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

// The third field of /proc/<pid>/task/<tid>/stat (proc(5)).
void wait_until_asleep(pid_t thread) {
  char state = '?';
  while (state != 'S') {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
    std::string line;
    std::getline(file, line);
    if (const auto name_end = line.rfind(") "); name_end != std::string::npos) state = line[name_end + 2];
  }
}

TEST(HttpClient, StopsWaitingAtOnceWhenStopIsRequested) {
  const auto client_thread = gettid();
  std::stop_source source;
  std::atomic<std::chrono::steady_clock::time_point> requested{};
  Server server([&](int socket, const std::string& request) {
    if (request.starts_with("GET /quick")) return answer(socket, "");
    wait_until_asleep(client_thread);
    requested = std::chrono::steady_clock::now();
    source.request_stop();
    return true;
  });
  HttpClient client(server.target());
  ASSERT_TRUE(client.perform({.path = "/quick"}));  // a new connection has timers, which would wake the client as well
  const auto response = client.perform({.path = "/", .timeout = 5s, .stop = source.get_token()});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::interrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - requested.load(), 500ms);
}

TEST(HttpClient, RefusesABodyOverTheLimit) {
  Server server([](int socket, const std::string&) { return answer(socket, std::string(1 << 20, 'x')); });
  HttpClient client(server.target());
  const auto response = client.perform({.path = "/", .body_limit = 1000});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("larger than 1000 bytes"));
  EXPECT_EQ(client.perform({.path = "/", .body_limit = 1 << 20})->body.size(), 1u << 20);
}

TEST(HttpClient, StreamsPiecesUntilTheSinkHasEnough) {
  Server server([](int socket, const std::string&) {
    say(socket, "HTTP/1.1 200 OK\r\n\r\n");
    while (say(socket, "piece")) continue;
    return false;
  });
  HttpClient client(server.target());
  std::string body;
  const auto response =
      client.stream({.path = "/"}, [&](std::string_view piece) { return (body += piece).size() < 100'000; });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_GE(body.size(), 100'000u);
}

TEST(HttpClient, KeepsAnErrorAnswersBodyAwayFromTheSink) {
  Server server([](int socket, const std::string&) { return answer(socket, "no", "500 Oops"); });
  HttpClient client(server.target());
  const auto response = client.stream({.path = "/"}, [](std::string_view) {
    ADD_FAILURE() << "called";
    return true;
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->body, "no");
}

TEST(HttpClient, NamesTheSocketThatIsNotThere) {
  HttpClient client({.base_url = "http://localhost", .unix_socket = "/nonexistent/socket"});
  const auto response = client.perform({.path = "/"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().message, "/nonexistent/socket: No such file or directory");
}

TEST(HttpClient, KeepsItsSocketsFromProgramsThatAreStarted) {
  Server server([](int socket, const std::string&) { return answer(socket, "x"); });
  HttpClient client(server.target());
  ASSERT_TRUE(client.perform({.path = "/"}));
  int checked = 0;
  for (int number = 3; number < 100; ++number) {
    sockaddr_un peer{};
    socklen_t size = sizeof peer;
    if (getpeername(number, reinterpret_cast<sockaddr*>(&peer), &size) != 0 ||
        server.target().unix_socket != peer.sun_path)
      continue;
    EXPECT_TRUE(fcntl(number, F_GETFD) & FD_CLOEXEC);
    ++checked;
  }
  EXPECT_EQ(checked, 1);
}

TEST(HttpClient, ServesSeveralThreads) {
  Server server([](int socket, const std::string&) { return answer(socket, "x") && false; });
  HttpClient client(server.target());
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 10; ++n)
          if (client.perform({.path = "/"})) ++good;
      });
  }
  EXPECT_EQ(good, 40);
}

// A connection that a server closes without a word is an old one: what may be repeated is, once, on a new one.
TEST(HttpClient, RepeatsOnlyWhatMayBeRepeated) {
  std::atomic<int> requests = 0;
  Server server([&](int socket, const std::string&) { return ++requests != 2 && answer(socket, "x"); });
  HttpClient client(server.target());
  ASSERT_TRUE(client.perform({.path = "/"}));
  ASSERT_TRUE(client.perform({.path = "/"}));  // the second is not answered, the third is
  EXPECT_EQ(requests, 3);
  requests = 1;
  EXPECT_FALSE(client.perform({.method = "POST", .path = "/"}));
  EXPECT_EQ(requests, 2);
}

TEST(HttpClient, SaysNobodyElsesHost) {
  std::string seen;
  Server server([&](int socket, const std::string& request) {
    seen = request;
    return answer(socket, "x");
  });
  HttpClient client(server.target());
  ASSERT_TRUE(client.perform({.path = "/"}));
  EXPECT_THAT(seen, HasSubstr("\r\nHost: localhost\r\n"));
  ASSERT_TRUE(client.perform({.path = "/", .headers = {"Host: web.example"}}));
  EXPECT_THAT(seen, HasSubstr("\r\nHost: web.example\r\n"));
  EXPECT_THAT(seen, testing::Not(HasSubstr("localhost")));
}

TEST(HttpClient, AsksForTheRootWhereNoPathIsGiven) {
  std::string seen;
  Server server([&](int socket, const std::string& request) {
    seen = request;
    return answer(socket, "x");
  });
  HttpClient client(server.target());
  ASSERT_TRUE(client.perform({}));
  EXPECT_THAT(seen, testing::StartsWith("GET / HTTP/1.1\r\n"));
}

TEST(HttpClient, SendsNothingThatWouldEndALine) {
  Server server([](int socket, const std::string&) { return answer(socket, "x"); });
  HttpClient client(server.target());
  EXPECT_FALSE(client.perform({.path = "/ HTTP/1.1\r\nX: y"}));
  EXPECT_FALSE(client.perform({.path = "/", .headers = {"A: b\r\nX: y"}}));
  EXPECT_EQ(server.connections(), 0);
}

TEST(HttpClient, NamesTheAddressWhereNobodyListens) {
  for (const std::string scheme : {"http", "https"}) {
    HttpClient client({.base_url = scheme + "://127.0.0.1:1"});
    const auto response = client.perform({.path = "/"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().message, scheme + "://127.0.0.1:1: Connection refused");
  }
}

TEST(UrlEscape, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(url_escape("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(url_escape("a/b c{\"\xff"), "a%2Fb%20c%7B%22%FF");
}

}  // namespace
}  // namespace bluegreen
