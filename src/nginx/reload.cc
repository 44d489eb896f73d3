// SPDX-License-Identifier: MIT
#include "nginx/reload.h"

#include <utility>

#include "nginx/workers.h"

namespace bluegreen {

namespace {

constexpr Milliseconds reload_deadline(10'000);
constexpr Milliseconds poll_interval(10);
constexpr Milliseconds log_interval(250);

}  // namespace

Outcome<Reload> reload_nginx(Nginx& nginx, Clock& clock) {
  TRY_ASSIGN(const auto processes, nginx.list_processes());
  TRY_ASSIGN(const auto refused_before, nginx.read_refusals());
  const auto before = find_workers(processes).current;
  TRY_ASSIGN(auto words, nginx.send_reload(processes));
  if (!words.empty()) return Reload{Reload::Result::refused, std::move(words)};

  const auto deadline = clock.now() + reload_deadline;
  auto next_look_at_log = clock.now() + log_interval;
  for (;;) {
    TRY_ASSIGN(const auto now, nginx.list_processes());
    if (are_replaced(before, find_workers(now))) return Reload{Reload::Result::taken, ""};
    if (clock.now() >= next_look_at_log) {
      TRY_ASSIGN(const auto refused, nginx.read_refusals());
      if (const auto refusal = find_new_refusal(refused_before, refused)) {
        return Reload{Reload::Result::refused, *refusal};
      }
      next_look_at_log = clock.now() + log_interval;
    }
    if (clock.now() >= deadline) return Reload{};
    clock.sleep(poll_interval, {});
  }
}

}  // namespace bluegreen
