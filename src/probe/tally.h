// SPDX-License-Identifier: MIT
// What happened to the requests of one kind of client.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "probe/histogram.h"

namespace bluegreen::probe {

struct Failures {
  long count = 0;
  long first_ms = 0;  // since the start of the run
  long last_ms = 0;
};

struct Tally {
  long sent = 0;
  long ok = 0;
  long failed = 0;
  // Of the failed: a reused connection ended after the request was written, without one byte of answer.
  long reused_reset = 0;
  // None of these is a failure. An idle connection was seen to be closed before anything was written to it:
  long idle_closed = 0;
  // The server had said that it would not take the request (GOAWAY, Connection: close), which was sent again elsewhere:
  long repeated = 0;
  Histogram latencies;                       // of the ok
  std::map<std::string, Failures> failures;  // by what happened

  void add_failure(const std::string& what, std::chrono::nanoseconds began);
  void add(const Tally& other);
};

}  // namespace bluegreen::probe
