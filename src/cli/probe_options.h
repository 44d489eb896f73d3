// SPDX-License-Identifier: MIT
// What the command line says about the probe.
#pragma once

#include <string>
#include <vector>

#include "deploy/project.h"
#include "probe/plan.h"

namespace CLI {
class App;
}

namespace bluegreen {

struct ProbeOptions {
  std::string url;
  Milliseconds duration{10'000};  // --for
  long requests = 10'000'000;
  int connections = 4;
  double rate = 50;
  Milliseconds timeout{30'000};
  Milliseconds hold{0};
  std::vector<std::string> kinds;
  probe::KindPaths paths;
  std::vector<std::string> accept{"2xx"};
  std::string who = "X-Release";
  std::string connect_to;
  std::string cacert;
  bool insecure = false;
  bool allow_remote = false;
  std::string html;  // FILE
};

void add_probe_options(CLI::App* sub, ProbeOptions& options);

}  // namespace bluegreen
