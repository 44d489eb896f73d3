// SPDX-License-Identifier: MIT
// An nginx on this machine, as a service of it: on a network and with an /etc/nginx that the calling thread, and what
// it starts, have to themselves meanwhile. Needs root, and nginx's package. Everything goes away with it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "deploy/project.h"

namespace bluegreen::test {

class OwnMachine {
 public:
  explicit OwnMachine(std::string conf_dir);  // what /etc/nginx/conf.d shows
  ~OwnMachine();
  OwnMachine(const OwnMachine&) = delete;
  OwnMachine& operator=(const OwnMachine&) = delete;

  [[nodiscard]] NginxOnHost place() const { return {"/etc/nginx/conf.d", directory_ + "/nginx.pid"}; }
  void stop_nginx();
  void hold_port(std::uint16_t port);  // somebody else listens on it
  [[nodiscard]] std::set<int> workers() const;

 private:
  [[nodiscard]] int master() const;  // 0: it does not run

  std::string directory_;
  int network_, mounts_;  // those of before
  std::vector<int> held_;
};

}  // namespace bluegreen::test
