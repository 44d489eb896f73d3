// SPDX-License-Identifier: MIT
// bluegreen-test-server: the app that the end-to-end tests deploy. Small, fast, starts at once, answers its own release
// name, misbehaves on request, and stops as a good server does: no new connections, requests under way finished, exit
// 0.
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "server/options.h"
#include "server/session.h"

namespace bluegreen::server {
namespace {

constexpr auto forever = std::chrono::hours(24 * 365);

class Server {
 public:
  Server(const Options& options, wire::Socket listener) : options_(options), listener_(std::move(listener)) {}

  void run(int signal_fd) {
    while (wire::wait_readable(listener_.fd(), wire::Clock::now() + forever, signal_fd) != wire::Readiness::stopped) {
      accept_all();
    }
    accept_all();  // those who are through the handshake already count as accepted
    listener_.close();
    const std::uint64_t one = 1;
    if (::write(stop_.fd(), &one, sizeof one) < 0) std::abort();
    for (int left = sessions_; left > 0; left = sessions_) sessions_.wait(left);
  }

 private:
  void accept_all() {
    for (;;) {
      wire::Socket connection(accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!connection) return;
      ++sessions_;
      std::thread([this, connection = std::move(connection)]() mutable {
        serve_connection(std::move(connection), options_, stop_.fd());
        --sessions_;
        sessions_.notify_all();
      }).detach();
    }
  }

  const Options& options_;
  wire::Socket listener_;
  wire::Socket stop_{eventfd(0, EFD_CLOEXEC)};
  std::atomic<int> sessions_ = 0;
};

// Blocked signals reach the descriptor even where the program is PID 1 and without an init.
int block_signals(const Options& options) {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  sigprocmask(SIG_BLOCK, &end, nullptr);
  if (options.ignore_term) sigemptyset(&end);
  return signalfd(-1, &end, SFD_CLOEXEC);
}

int run(const Options& options) {
  if (options.exit) {
    std::fprintf(stderr, "%s exits with %d, as told\n", options.release.c_str(), *options.exit);
    return *options.exit;
  }
  if (!options.healthcheck.empty()) return get("127.0.0.1", options.port, options.healthcheck) ? 0 : 1;

  const wire::Socket signals(block_signals(options));
  if (wire::wait_readable(signals.fd(), wire::Clock::now() + options.boot_delay) == wire::Readiness::ready) return 0;
  const auto address = wire::ipv4(options.host, options.port);
  wire::Socket listener = address ? wire::listen_on(*address) : wire::Socket();
  if (!listener) {
    std::fprintf(stderr, "cannot listen on %s:%d: %s\n", options.host.c_str(), options.port, std::strerror(errno));
    return 1;
  }
  std::printf("%s listens on %s:%d\n", options.release.c_str(), options.host.c_str(), options.port);
  std::fflush(stdout);
  static Server server(options,
                       std::move(listener));  // static: the last session's thread still touches it when run() returns
  server.run(signals.fd());
  std::printf("%s stopped\n", options.release.c_str());
  return 0;
}

}  // namespace
}  // namespace bluegreen::server

int main(int argc, char** argv) {
  const auto options = bluegreen::server::parse_options(argc, argv);
  if (!options) {
    std::fputs(bluegreen::server::usage, stderr);
    return 2;
  }
  return bluegreen::server::run(*options);
}
