// SPDX-License-Identifier: MIT
// What a client that is not of our making sees over TLS, curl, and certificates to show it.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario.h"

namespace bluegreen::e2e {

class Https {
 public:
  Https(Scenario& scenario, int port_number) : scenario_(scenario), port_number_(port_number) {}

  // Head and body of the answer; curl's exit code where there is none: 35 for a handshake that fails.
  Output get(const std::string& host, const std::string& path, const std::vector<std::string>& more = {});
  // The name in the certificate that nginx shows.
  std::string subject(const std::string& host) { return get(host, "/", {"-v"}).err; }

  // certs/NAME.pem and certs/NAME.key in the scenario's directory.
  void make_certificate(const std::string& name, const std::string& host);

 private:
  Output run(const std::vector<std::string>& words);

  Scenario& scenario_;
  int port_number_;
};

}  // namespace bluegreen::e2e
