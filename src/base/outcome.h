// SPDX-License-Identifier: MIT
// Outcome<T>: a value, or an Error that says what is wrong and what to do next. The vocabulary of all rooms.
// Errors are made where the facts are, wrapped on the way up with the intent (`within`), and printed once, by main.
// Nobody of ours throws; a library that throws is caught in the one file that adapts it.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace bluegreen {

// A kind exists only if someone branches on it or the exit code depends on it.
enum class ErrorKind {
  failed,       // exit 1: not done; what was active still serves
  usage,        // exit 2: command line or configuration; nothing was touched
  no_project,   // exit 2: there is no Compose file here
  locked,       // exit 3: another bluegreen works on the same project
  interrupted,  // exit 130: Ctrl-C or SIGTERM
  not_found,    // the engine does not have it
  conflict,     // the engine has something else under that name, address or port
  timeout,      // no answer within the deadline
  bug,          // exit 70
};

struct Error {
  ErrorKind kind = ErrorKind::failed;
  std::string message;  // one line or more, no trailing newline, no secrets
  std::string hint;     // the next move, as a sentence; may be empty

  // The same error, one level up: "start web-GREEN" + ": " + message.
  [[nodiscard]] Error within(const std::string& intent) const { return {kind, intent + ": " + message, hint}; }
};

template <class T>
using Outcome = std::expected<T, Error>;

using Done = Outcome<void>;

[[nodiscard]] inline std::unexpected<Error> failure(std::string message, std::string hint = {}) {
  return std::unexpected(Error{ErrorKind::failed, std::move(message), std::move(hint)});
}
[[nodiscard]] inline std::unexpected<Error> failure(ErrorKind kind, std::string message, std::string hint = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(hint)});
}

// The documented exit code of an error.
[[nodiscard]] int exit_code(ErrorKind kind);

}  // namespace bluegreen

#define BLUEGREEN_CONCAT_(a, b) a##b
#define BLUEGREEN_CONCAT(a, b) BLUEGREEN_CONCAT_(a, b)

// TRY(expression): leaves the function with the error, if there is one.
#define TRY(...) TRY_(BLUEGREEN_CONCAT(done_, __LINE__), , __VA_ARGS__)

// TRY_WITHIN(intent, expression): the same, with the intent put in front of the message.
#define TRY_WITHIN(intent, ...) TRY_(BLUEGREEN_CONCAT(done_, __LINE__), .within(intent), __VA_ARGS__)

#define TRY_(temporary, wrapped, ...)                                                                             \
  do {                                                                                                            \
    if (auto temporary = (__VA_ARGS__); !temporary) return std::unexpected(std::move(temporary).error() wrapped); \
  } while (false)

// TRY_ASSIGN(auto x, expression): the value, or leaves with the error.
#define TRY_ASSIGN(target, ...) TRY_ASSIGN_(BLUEGREEN_CONCAT(outcome_, __LINE__), target, __VA_ARGS__)
#define TRY_ASSIGN_(temporary, target, ...)                             \
  auto temporary = (__VA_ARGS__);                                       \
  if (!temporary) return std::unexpected(std::move(temporary).error()); \
  target = std::move(*temporary)
