// SPDX-License-Identifier: MIT
#include "server/session.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "server/resolve.h"
#include "server/target.h"
#include "wire/message.h"
#include "wire/websocket.h"

namespace bluegreen::server {
namespace {

using std::chrono::milliseconds;
using wire::Received;

constexpr std::chrono::seconds idle_limit{75};
constexpr std::chrono::seconds exchange_limit{60};
const auto started = wire::Clock::now();
std::atomic<int> slow_requests = 0;

struct Answer {
  int status = 200;
  std::string body;
};

std::string_view reason(int status) { return status < 300 ? "OK" : status < 500 ? "Refused" : "Unavailable"; }

std::string hostname() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string color() {
  const char* color = std::getenv("BLUEGREEN_COLOR");
  return color == nullptr ? "no color" : color;
}

bool is_healthy(const Options& options) {
  return !options.never_healthy &&
         (!options.unhealthy_after || wire::Clock::now() - started < *options.unhealthy_after);
}

class Session {
 public:
  Session(wire::Socket connection, const Options& options, int stop_fd)
      : connection_(std::move(connection)), reader_(&connection_), options_(options), stop_fd_(stop_fd) {}

  void run() {
    while (serve_one()) {
    }
  }

 private:
  bool serve_one();
  bool stopping() { return wire::wait_readable(stop_fd_, wire::Clock::now()) == wire::Readiness::ready; }
  bool write(std::string_view bytes) {
    return wire::write_all(connection_, bytes, wire::Clock::now() + exchange_limit);
  }
  std::string head_of(std::string_view status_line, std::string_view more);

  Answer answer(const wire::Head& head, const Target& target, std::string& body);
  Answer ask_peer(const Target& target);
  void stream(const Target& target);
  void echo_frames(const wire::Head& head);

  wire::Socket connection_;
  wire::Reader reader_;
  const Options& options_;
  int stop_fd_;
};

bool Session::serve_one() {
  wire::Head head;
  if (reader_.read_head(head, wire::Clock::now() + idle_limit, stop_fd_) != Received::whole) return false;
  const Target target = parse_target(head.word(1));
  if (target.path == "/ws" && head.header_has("upgrade", "websocket")) {
    echo_frames(head);
    return false;
  }
  if (head.header_has("expect", "100-continue") && !write("HTTP/1.1 100 Continue\r\n\r\n")) return false;
  std::string body;
  const Received received = reader_.read_body(head, wire::Side::request, body, wire::Clock::now() + exchange_limit);
  if (received != Received::whole) return false;
  if (target.path == "/stream") {
    stream(target);
    return false;
  }
  const Answer given = answer(head, target, body);
  const bool keep = head.keeps_connection() && !stopping();
  std::string message =
      head_of(std::to_string(given.status) + ' ' + std::string(reason(given.status)),
              "Content-Length: " + std::to_string(given.body.size()) + (keep ? "\r\n" : "\r\nConnection: close\r\n"));
  if (head.word(0) != "HEAD") message += given.body;
  return write(message) && keep;
}

std::string Session::head_of(std::string_view status_line, std::string_view more) {
  return "HTTP/1.1 " + std::string(status_line) + "\r\nContent-Type: text/plain\r\nX-Release: " + options_.release +
         "\r\nX-Served-By: " + color() + " VERSION " + options_.release + "\r\n" + std::string(more) + "\r\n";
}

Answer Session::answer(const wire::Head& head, const Target& target, std::string& body) {
  const std::string& path = target.path;
  if (path == "/healthz") return is_healthy(options_) ? Answer{200, "ok\n"} : Answer{503, "not healthy\n"};
  if (path == "/slow") {
    ++slow_requests;
    std::this_thread::sleep_for(milliseconds(target.number("ms", 2000)));
    --slow_requests;
    return {200, options_.release + "\n"};
  }
  if (path == "/busy") return {200, std::to_string(slow_requests) + "\n"};
  if (path == "/status") return {target.number("code", 200), options_.release + "\n"};
  if (path == "/big") return {200, std::string(static_cast<std::size_t>(target.number("bytes", 1 << 20)), 'x')};
  if (path == "/upload") return {200, options_.release + "\n" + std::to_string(body.size()) + "\n"};
  if (path == "/echo") return {200, std::move(body)};
  if (path == "/peer") return ask_peer(target);
  if (path == "/env") {
    const char* value = std::getenv(target.text("name").c_str());
    return value == nullptr ? Answer{404, "not set\n"} : Answer{200, std::string(value) + "\n"};
  }
  if (path == "/headers") {
    std::string all = head.start_line + "\n";
    for (const auto& [name, value] : head.headers) all += name + ": " + value + "\n";
    return {200, all};
  }
  if (path == "/whoami") return {200, hostname() + "\n" + options_.release + "\n"};
  if (path == "/exit") _exit(target.number("code", 1));
  return {200, options_.release + "\n"};
}

Answer Session::ask_peer(const Target& target) {
  auto body = get(target.text("host"), target.number("port", 8000), target.text("path", "/"));
  return body ? Answer{200, std::move(*body)} : Answer{502, "no answer from " + target.text("host") + "\n"};
}

// Server-sent events, `n` of them or until the client has enough or the server stops; then a proper end.
void Session::stream(const Target& target) {
  const milliseconds pause(target.number("ms", 100));
  const int count = target.number("n", 0);
  if (!write(head_of("200 OK", "Transfer-Encoding: chunked\r\nConnection: close\r\n"))) return;
  for (int i = 0; count == 0 || i < count; ++i) {
    const std::string event = "data: " + options_.release + ' ' + std::to_string(i) + "\n\n";
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", event.size());
    if (!write(size.data() + event + "\r\n")) return;
    if (wire::wait_readable(connection_.fd(), wire::Clock::now() + pause, stop_fd_) != wire::Readiness::timeout) break;
  }
  write("0\r\n\r\n");
}

void Session::echo_frames(const wire::Head& head) {
  const std::string accept = wire::websocket_accept(head.header("sec-websocket-key"));
  if (!write(head_of("101 Switching Protocols",
                     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + "\r\n"))) {
    return;
  }
  const auto send = [&](wire::Opcode opcode, const std::string& payload) {
    return write(wire::render_frame({opcode, payload}, wire::Masking::none));
  };
  for (;;) {
    wire::Frame frame;
    const Received received = wire::read_frame(reader_, frame, wire::Clock::now() + std::chrono::hours(1), stop_fd_);
    if (received == Received::stopped) send(wire::Opcode::close, {"\x03\xe9", 2});  // 1001, going away
    if (received != Received::whole) return;
    if (frame.opcode == wire::Opcode::close) {
      send(wire::Opcode::close, frame.payload);
      return;
    }
    if (frame.opcode == wire::Opcode::pong) continue;
    const auto opcode = frame.opcode == wire::Opcode::ping ? wire::Opcode::pong : frame.opcode;
    if (!send(opcode, frame.payload)) return;
  }
}

}  // namespace

void serve_connection(wire::Socket connection, const Options& options, int stop_fd) {
  Session(std::move(connection), options, stop_fd).run();
}

std::optional<std::string> get(const std::string& host, int port, const std::string& path) {
  const auto deadline = wire::Clock::now() + std::chrono::seconds(5);
  const auto address = resolve(host, port, deadline);
  if (!address) return std::nullopt;
  wire::Socket connection = wire::connect_to(*address, deadline);
  if (!connection) return std::nullopt;
  wire::write_all(connection, "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n", deadline);
  wire::Reader reader(&connection);
  wire::Head head;
  std::string body;
  if (reader.read_head(head, deadline) != Received::whole || !head.word(1).starts_with('2') ||
      reader.read_body(head, wire::Side::response, body, deadline) != Received::whole) {
    return std::nullopt;
  }
  return body;
}

}  // namespace bluegreen::server
