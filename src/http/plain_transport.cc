// SPDX-License-Identifier: MIT
// HTTP/1.1 over a unix socket or TCP, without TLS. Connections wait in a pool, the last used on top, so that one
// thread's calls run over one connection. A request that a reused connection did not take is sent again on a new one,
// if it is one that may be repeated (RFC 9110, section 9.2.2).
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>

#include "http/answer.h"
#include "http/transport.h"

namespace bluegreen {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr auto kConnectTimeout = std::chrono::seconds(10);
constexpr milliseconds kBetweenAttempts{10};

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

std::unexpected<Error> system_failure(int error) { return failure(std::strerror(error)); }

// ---- waiting ---------------------------------------------------------------------------------------------------

// Until when an exchange may wait, and what ends it early.
class Patience {
 public:
  explicit Patience(const HttpRequest& request) : request_(request) {
    if (request.timeout.count() > 0) deadline_ = std::chrono::steady_clock::now() + request.timeout;
    if (request.stop.stop_possible()) {
      wakeup_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
      callback_.emplace(request.stop, Wake{wakeup_.get()});
    }
  }

  // timeout: the deadline has passed; `earlier` too, where it is given. interrupted: stop is requested. Anything else:
  // the request's own word on a silence.
  Done wait_for(int socket, short events, std::optional<SteadyTime> earlier = {}) const {
    const bool heeds_silence = request_.silence.count() > 0;
    auto silent_until = std::chrono::steady_clock::now() + request_.silence;
    for (;;) {
      TRY_ASSIGN(auto left, time_left(earlier));
      if (heeds_silence) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= silent_until) {
          TRY(request_.on_silence());
          silent_until = std::chrono::steady_clock::now() + request_.silence;
          continue;
        }
        left = std::min(left, std::chrono::ceil<milliseconds>(silent_until - now));
      }
      pollfd waiting[] = {{socket, events, 0}, {wakeup_.get(), POLLIN, 0}};  // poll(2) skips a negative one
      if (::poll(waiting, 2, static_cast<int>(left.count())) < 0 && errno != EINTR) return system_failure(errno);
      if (waiting[0].revents != 0 && !request_.stop.stop_requested()) return {};
    }
  }

  // Before one tries again. Errors: as above.
  Done pause(SteadyTime until) const {
    TRY_ASSIGN(const auto left, time_left(until));
    pollfd waiting{wakeup_.get(), POLLIN, 0};
    (void)::poll(&waiting, 1, static_cast<int>(std::min(left, kBetweenAttempts).count()));
    return {};
  }

 private:
  struct Wake {
    int descriptor;
    void operator()() const { (void)::eventfd_write(descriptor, 1); }
  };

  Outcome<milliseconds> time_left(std::optional<SteadyTime> earlier) const {
    if (request_.stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
    const auto now = std::chrono::steady_clock::now();
    milliseconds left{60'000};
    if (deadline_) left = std::min(left, std::chrono::ceil<milliseconds>(*deadline_ - now));
    if (left.count() <= 0)
      return failure(ErrorKind::timeout, fmt::format("no whole answer within {} ms", request_.timeout.count()));
    if (earlier) left = std::min(left, std::chrono::ceil<milliseconds>(*earlier - now));
    if (left.count() <= 0)
      return failure(ErrorKind::timeout, fmt::format("no connection within {} s", kConnectTimeout.count()));
    return left;
  }

  const HttpRequest& request_;
  std::optional<SteadyTime> deadline_;
  Descriptor wakeup_;
  std::optional<std::stop_callback<Wake>> callback_;
};

// ---- connecting ------------------------------------------------------------------------------------------------

Outcome<Descriptor> connect_to(const sockaddr* address, socklen_t size, const Patience& patience) {
  Descriptor socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return system_failure(errno);
  const int one = 1;
  if (address->sa_family != AF_UNIX) ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const auto until = std::chrono::steady_clock::now() + kConnectTimeout;
  while (::connect(socket.get(), address, size) != 0) {
    if (errno == EAGAIN) {  // a unix socket whose queue is full, which nothing tells the end of (connect(2))
      TRY(patience.pause(until));
      continue;
    }
    if (errno != EINPROGRESS) return system_failure(errno);
    TRY(patience.wait_for(socket.get(), POLLOUT, until));
    break;
  }
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return system_failure(error);
  return socket;
}

Outcome<Descriptor> connect_unix(const std::string& path, const Patience& patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure("the path is too long for a socket");
  path.copy(address.sun_path, path.size());
  return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, patience);
}

// "http://[::1]:2375" -> ::1, 2375
std::pair<std::string, std::string> host_and_port(std::string_view base_url) {
  auto rest = base_url.substr(std::min(base_url.size(), base_url.find("://") + 3));
  rest = rest.substr(0, rest.find('/'));
  const auto bracket = rest.starts_with('[') ? rest.find(']') : std::string_view::npos;
  const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string port(colon == std::string_view::npos ? "80" : rest.substr(colon + 1));
  if (bracket != std::string_view::npos) return {std::string(rest.substr(1, bracket - 1)), port};
  return {std::string(rest.substr(0, colon)), port};
}

Outcome<Descriptor> connect_tcp(const std::string& base_url, const Patience& patience) {
  const auto [host, port] = host_and_port(base_url);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0)
    return failure(::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  Outcome<Descriptor> connected = failure("it has no address");
  for (const auto* one = found; one != nullptr && !connected; one = one->ai_next)
    connected = connect_to(one->ai_addr, one->ai_addrlen, patience);
  return connected;
}

// The other side has neither closed it nor said something that nobody asked for.
bool is_usable(const Descriptor& socket) {
  pollfd look{socket.get(), POLLIN, 0};
  return ::poll(&look, 1, 0) == 0;
}

// ---- one exchange ----------------------------------------------------------------------------------------------

bool is_host(const std::string& header) { return strncasecmp(header.c_str(), "host:", 5) == 0; }

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

// Nothing that comes from a file may end the line that it stands in.
Done check(const HttpRequest& request) {
  if (std::ranges::any_of(request.path, [](char c) { return c == ' ' || is_control(c); }))
    return failure("the path has a space or a control character");
  for (const auto& header : request.headers) {
    if (std::ranges::any_of(header, is_control)) return failure("a header has a control character");
  }
  return {};
}

std::string render(const HttpRequest& request, std::string_view host) {
  const auto given = std::ranges::find_if(request.headers, is_host);
  auto text =
      fmt::format("{} {}{} HTTP/1.1\r\n", request.method, request.path.starts_with('/') ? "" : "/", request.path);
  text += given == request.headers.end() ? fmt::format("Host: {}\r\n", host) : *given + "\r\n";
  text += "Accept: */*\r\n";
  for (const auto& header : request.headers) {
    if (!is_host(header)) text += header + "\r\n";
  }
  if (!request.body.empty() || request.method == "POST")
    text += fmt::format("Content-Length: {}\r\n", request.body.size());
  return text + "\r\n" + request.body;
}

Done send_all(const Descriptor& socket, std::string_view text, const Patience& patience) {
  while (!text.empty()) {
    const auto sent = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY(patience.wait_for(socket.get(), POLLOUT));
    } else if (errno != EINTR) {
      return system_failure(errno);
    }
  }
  return {};
}

// Whether a byte of it came, said in `answered` also where it fails.
Done receive(const Descriptor& socket, AnswerReader& reader, const Patience& patience, bool& answered) {
  char buffer[16 << 10];
  while (!reader.is_whole()) {
    const auto size = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (size > 0) {
      answered = true;
      TRY(reader.feed({buffer, static_cast<std::size_t>(size)}));
      if (!reader.is_whole()) TRY(patience.wait_for(socket.get(), POLLIN));
    } else if (size == 0) {
      TRY(reader.end());
    } else if (errno == EAGAIN) {
      TRY(patience.wait_for(socket.get(), POLLIN));
    } else if (errno != EINTR) {
      return system_failure(errno);
    }
  }
  return {};
}

bool may_be_repeated(const HttpRequest& request) { return request.method != "POST"; }

class PlainTransport : public Transport {
 public:
  explicit PlainTransport(HttpTarget target) : target_(std::move(target)) {
    const auto url = std::string_view(target_.base_url);
    host_ = url.substr(std::min(url.size(), url.find("://") + 3));
  }

  Outcome<HttpResponse> exchange(const HttpRequest& request, const BodySink* sink) override {
    TRY(check(request));
    const Patience patience(request);
    bool failed_on_a_reused_connection = false;
    auto response = attempt(request, sink, patience, failed_on_a_reused_connection);
    if (!response && failed_on_a_reused_connection && may_be_repeated(request)) {
      {
        const std::lock_guard lock(mutex_);
        idle_.clear();
      }
      response = attempt(request, sink, patience, failed_on_a_reused_connection);
    }
    if (response || response.error().kind == ErrorKind::interrupted) return response;
    return std::unexpected(
        response.error().within(target_.unix_socket.empty() ? target_.base_url : target_.unix_socket));
  }

 private:
  // `stale`: it failed, and only because the connection was an old one.
  Outcome<HttpResponse> attempt(const HttpRequest& request, const BodySink* sink, const Patience& patience,
                                bool& stale) {
    auto socket = take_idle();
    const bool reused = static_cast<bool>(socket);
    if (!reused) {
      TRY_ASSIGN(socket, target_.unix_socket.empty() ? connect_tcp(target_.base_url, patience)
                                                     : connect_unix(target_.unix_socket, patience));
    }
    std::string body;
    bool too_large = false;
    AnswerReader reader(request.method, [&](const HttpResponse& head, std::string_view piece) {
      if (sink != nullptr && head.status < 400) return (*sink)(piece);
      too_large = piece.size() > request.body_limit - body.size();
      if (!too_large) body += piece;
      return !too_large;
    });
    bool answered = false;
    auto done = send_all(socket, render(request, host_), patience);
    if (done) done = receive(socket, reader, patience, answered);
    if (!done) {
      stale = reused && !answered && done.error().kind == ErrorKind::failed;
      return std::unexpected(std::move(done).error());
    }
    if (too_large) return failure(fmt::format("the answer is larger than {} bytes", request.body_limit));
    if (reader.keeps_connection()) put_back(std::move(socket));
    auto response = reader.take_response();
    response.body = std::move(body);
    return response;
  }

  Descriptor take_idle() {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      auto socket = std::move(idle_.back());
      idle_.pop_back();
      if (is_usable(socket)) return socket;
    }
    return Descriptor();
  }

  void put_back(Descriptor socket) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(socket));
  }

  const HttpTarget target_;
  std::string_view host_;  // in target_
  std::mutex mutex_;
  std::vector<Descriptor> idle_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(HttpTarget target) {
  return std::make_unique<PlainTransport>(std::move(target));
}

}  // namespace bluegreen
