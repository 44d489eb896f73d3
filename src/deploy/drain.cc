// SPDX-License-Identifier: MIT
#include "deploy/drain.h"

#include <algorithm>

namespace bluegreen {

namespace {

// A worker that looked at the marker just before the switch connects a moment later, when the machine is busy. So
// nothing counts as quiet that was not quiet twice.
constexpr Milliseconds a_worker_may_be_about_to_connect{15};

// In it ordinary requests end, and nginx closes the connections that it kept (keepalive_timeout 1s).
constexpr Milliseconds short_requests_take{1500};

std::vector<Endpoint> endpoints_in(const std::vector<Endpoint>& all, const Container& replica) {
  std::vector<Endpoint> own;
  std::ranges::copy_if(all, std::back_inserter(own), [&](const Endpoint& endpoint) {
    return std::ranges::any_of(replica.addresses, [&](auto& each) { return each.second == endpoint.address; });
  });
  return own;
}

// The replicas that nginx has connections to, one after the other.
class Spread {
 public:
  Spread(const Drain& step, const StopReplica& stop) : step_(step), stop_(stop) {
    if (step.policy != DrainPolicy::spread || !stop) return;
    std::ranges::copy_if(step.containers, std::back_inserter(replicas_), [&](const Container& each) {
      return each.state == RunState::running && !endpoints_in(step.endpoints, each).empty();
    });
  }

  // Stops what is due by now; the last one is left to the end of the drain. Returns how many connections it closed.
  Outcome<int> advance(Proxy& proxy, Milliseconds elapsed) {
    int closed = 0;
    while (next_ + 1 < replicas_.size() && elapsed >= time_to_stop(next_, replicas_.size(), step_.timeout)) {
      TRY_ASSIGN(const int connections, proxy.count_connections(endpoints_in(step_.endpoints, replicas_[next_])));
      TRY_WITHIN("stop " + replicas_[next_].name, stop_(replicas_[next_]));
      closed += connections;
      ++next_;
    }
    return closed;
  }

 private:
  const Drain& step_;
  const StopReplica& stop_;
  std::vector<Container> replicas_;
  std::size_t next_ = 0;
};

}  // namespace

Milliseconds time_to_drain(DrainPolicy policy, Milliseconds timeout) {
  return policy == DrainPolicy::cut ? std::min(timeout, short_requests_take) : timeout;
}

Milliseconds time_to_stop(std::size_t index, std::size_t count, Milliseconds timeout) {
  const auto share = static_cast<Milliseconds::rep>(index + 1);
  return std::max(timeout * share / static_cast<Milliseconds::rep>(count), std::min(timeout, short_requests_take));
}

Outcome<Drained> drain(World& world, Proxy& proxy, const Drain& step, const StopReplica& stop) {
  const auto started = world.clock.now();
  const auto timeout = time_to_drain(step.policy, step.timeout);
  Spread spread(step, stop);
  int quiet = 0;
  int closed = 0;
  const auto took = [&] { return std::chrono::duration_cast<Milliseconds>(world.clock.now() - started); };
  for (Milliseconds pause{2};; pause = std::min(pause * 2, Milliseconds{100})) {
    TRY_ASSIGN(const int connections, proxy.count_connections(step.endpoints));
    int old_workers = 0;
    if (step.mode == SwitchMode::reload) {
      TRY_ASSIGN(old_workers, proxy.count_old_workers());
    }
    quiet = connections == 0 && old_workers == 0 ? quiet + 1 : 0;
    if (quiet == 2) return Drained{0, closed, took()};
    if (took() >= timeout && quiet == 0) return Drained{connections, closed, took()};
    if (quiet == 0) world.reporter.progress(std::to_string(connections) + " connections left");
    TRY_ASSIGN(const int closed_now, spread.advance(proxy, took()));
    closed += closed_now;
    world.clock.sleep(quiet > 0 ? a_worker_may_be_about_to_connect : pause, {});
  }
}

}  // namespace bluegreen
