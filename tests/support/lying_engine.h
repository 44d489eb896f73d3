// SPDX-License-Identifier: MIT
// An engine that lies: a unix socket in the test's own process that answers some requests with whatever the test wants,
// or with nothing, and hands all others to the real engine (where there is one). Each request is asked about once, in
// the order they arrive. Knows HTTP as the program under test writes it, no more.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace bluegreen {

// What is said instead of an answer, and what happens then.
struct Lie {
  enum class Then { close, hang, trickle };  // trickle: the text comes a byte at a time, without end
  std::string text;
  Then then = Then::close;
  bool done = false;  // the real engine gets the request, and its answer is lost

  static Lie says(const std::string& status, const std::string& body);  // a whole answer
};

class LyingEngine {
 public:
  struct Request {
    std::string name;  // "POST /containers/create": without version and query
    std::string path;  // as it came
    std::string body;
    int number = 0;  // the first is 1
  };
  using Liar = std::function<std::optional<Lie>(const Request&)>;

  // `honest`: the real engine, unix:///path; empty: there is none, and every request is a matter of `liar`.
  LyingEngine(std::string honest, Liar liar);
  ~LyingEngine();
  LyingEngine(const LyingEngine&) = delete;
  LyingEngine& operator=(const LyingEngine&) = delete;

  [[nodiscard]] std::string host() const { return "unix://" + socket_path_; }
  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }
  [[nodiscard]] std::vector<std::string> requests();  // their names

 private:
  void accept_all(const std::stop_token& stop);
  void serve(int client, const std::stop_token& stop);
  void forward(int client, const std::string& request, const std::stop_token& stop) const;

  std::string honest_path_;
  Liar liar_;
  std::string directory_, socket_path_;
  int listener_ = -1;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::jthread> connections_;
  std::jthread acceptor_;
};

}  // namespace bluegreen
