// SPDX-License-Identifier: MIT
#include "support/lying_engine.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdexcept>

namespace bluegreen {
namespace {

constexpr int look_for_stop_ms = 5;
constexpr int nowhere = -1;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

bool is_readable(int socket, const std::stop_token& stop) {
  pollfd waiting{socket, POLLIN, 0};
  while (!stop.stop_requested()) {
    if (::poll(&waiting, 1, look_for_stop_ms) > 0) return true;
  }
  return false;
}

bool say(int socket, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// False: the other side has closed.
bool read_some(int socket, std::string& text, const std::stop_token& stop) {
  char buffer[16 << 10];
  if (!is_readable(socket, stop)) return false;
  const auto size = ::recv(socket, buffer, sizeof buffer, 0);
  if (size <= 0) return false;
  text.append(buffer, static_cast<std::size_t>(size));
  return true;
}

std::size_t content_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

// "POST /v1.41/containers/create?name=x HTTP/1.1" -> "POST /containers/create"
std::string name_of(const std::string& method, std::string path) {
  path.resize(std::min(path.size(), path.find('?')));
  if (path.starts_with("/v1.")) path.erase(0, path.find('/', 1));
  return method + " " + path;
}

LyingEngine::Request read_request(const std::string& head, std::string body) {
  const auto first = head.find(' ');
  const auto path = head.substr(first + 1, head.find(' ', first + 1) - first - 1);
  return {name_of(head.substr(0, first), path), path, std::move(body), 0};
}

// Until the client has gone.
void hang(int client, const std::stop_token& stop) {
  std::string ignored;
  while (read_some(client, ignored, stop)) ignored.clear();
}

void trickle(int client, const std::string& text, const std::stop_token& stop) {
  for (std::size_t at = 0; !stop.stop_requested(); at = (at + 1) % text.size()) {
    if (!say(client, text.substr(at, 1))) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

Lie Lie::says(const std::string& status, const std::string& body) {
  return {"HTTP/1.1 " + status + "\r\nApi-Version: 1.41\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\nConnection: close\r\n\r\n" + body,
          Then::close};
}

LyingEngine::LyingEngine(std::string honest, Liar liar) : liar_(std::move(liar)) {
  if (honest.starts_with("unix://")) honest_path_ = honest.substr(7);
  char directory[] = "/tmp/bluegreen-lying-XXXXXX";
  if (::mkdtemp(directory) == nullptr) throw std::runtime_error("no directory for the lying engine");
  directory_ = directory;
  socket_path_ = directory_ + "/engine";
  const auto address = address_of(socket_path_);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0)
    throw std::runtime_error("the lying engine cannot listen");
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

LyingEngine::~LyingEngine() {
  acceptor_.request_stop();
  acceptor_.join();
  connections_.clear();
  ::close(listener_);
  ::unlink(socket_path_.c_str());
  ::rmdir(directory_.c_str());
}

std::vector<std::string> LyingEngine::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void LyingEngine::accept_all(const std::stop_token& stop) {
  while (is_readable(listener_, stop)) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    connections_.emplace_back([this, client](const std::stop_token& end) {
      serve(client, end);
      ::close(client);
    });
  }
}

void LyingEngine::serve(int client, const std::stop_token& stop) {
  std::string text;
  std::size_t head_end = 0;
  while ((head_end = text.find("\r\n\r\n")) == std::string::npos) {
    if (!read_some(client, text, stop)) return;
  }
  head_end += 4;
  const auto whole = head_end + content_length(text.substr(0, head_end));
  while (text.size() < whole) {
    if (!read_some(client, text, stop)) return;
  }
  auto request = read_request(text.substr(0, head_end), text.substr(head_end));
  std::optional<Lie> lie;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request.name);
    request.number = static_cast<int>(requests_.size());
    lie = liar_(request);
  }
  if (!lie && honest_path_.empty()) lie = Lie::says("404 Not Found", R"({"message":"no such thing"})");
  if (!lie || lie->done) forward(lie ? nowhere : client, text, stop);
  if (!lie) return;
  if (lie->then == Lie::Then::trickle) return trickle(client, lie->text, stop);
  if (say(client, lie->text) && lie->then == Lie::Then::hang) hang(client, stop);
}

// One request for each connection on both sides, so that every request is seen.
void LyingEngine::forward(int client, const std::string& request, const std::stop_token& stop) const {
  const int engine = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(honest_path_);
  auto closing = request;
  closing.insert(closing.find("\r\n") + 2, "Connection: close\r\n");
  if (::connect(engine, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && say(engine, closing)) {
    pollfd both[] = {{engine, POLLIN, 0}, {client, POLLIN, 0}};
    for (bool goes_on = true; goes_on && !stop.stop_requested();) {
      if (::poll(both, 2, look_for_stop_ms) <= 0) continue;
      std::string piece;
      if (both[0].revents != 0)
        goes_on = read_some(engine, piece, stop) && (client == nowhere || say(client, piece));
      else
        goes_on = false;  // the client has gone
    }
  }
  ::close(engine);
}

}  // namespace bluegreen
