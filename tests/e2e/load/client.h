// SPDX-License-Identifier: MIT
// One connection's worth of load: sends requests of one kind, one after the other, and judges strictly. A request is ok
// if its whole answer arrived in time with a 2xx status; nothing is ever sent again. The one thing that is not a
// failure: a kept connection that is seen to be closed before anything of the next request was written to it.
#pragma once

#include <atomic>

#include "load/plan.h"
#include "load/tally.h"
#include "wire/message.h"

namespace bluegreen::load {

// Shared by all clients of a run.
struct Run {
  wire::Clock::time_point start;
  wire::Clock::time_point end;
  int stop_fd;  // readable: send nothing more
  std::atomic<long> requests_left;
};

class Client {
 public:
  Client(const Plan& plan, const Kind& kind, Run& run) : plan_(plan), kind_(kind), run_(run) {}

  // Until the run is over; the request under way is finished. `answered` turns true with the first ok.
  void work(double phase, std::atomic<bool>& answered);
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  struct Answer {
    std::string failure;  // empty: ok
    std::string release;
  };

  bool may_go_on(wire::Clock::time_point next);
  void send_one();
  // Both leave `failure` filled where they fail.
  std::string ensure_connection();
  Answer exchange();
  Answer exchange_frames();
  Answer ended(wire::Received received);
  std::string open_websocket(wire::Deadline deadline);
  void close_websocket(wire::Deadline deadline);
  bool write_request(wire::Deadline deadline);
  void disconnect();

  const Plan& plan_;
  const Kind& kind_;
  Run& run_;
  Tally tally_;
  wire::Socket connection_;
  wire::Reader reader_;
  bool reused_ = false;
  std::string websocket_release_;
  long frames_left_ = 0;
};

}  // namespace bluegreen::load
