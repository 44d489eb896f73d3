// SPDX-License-Identifier: MIT
// An nginx that is a service of this machine: found by its pid file, looked at in /proc, told by a signal. It is the
// user's service: never started and never stopped from here.
#pragma once

#include <string>
#include <vector>

#include "deploy/project.h"
#include "nginx/nginx.h"

namespace bluegreen {

class HostNginx : public Nginx {
 public:
  explicit HostNginx(NginxOnHost place);

  Done ensure_running() override;
  Outcome<Processes> list_processes() override;  // the master and its own children: others may run beside it
  Outcome<std::string> read_socket_tables() override;
  Outcome<NginxVersion> version() override;
  // In conf.d's own place, which the tested nginx alone sees so: whatever the user's files include is as it will be.
  // Needs root.
  Done test(const std::string& candidate, const std::vector<std::string>& names) override;
  Done test_live() override;
  Done remove_leftover_tests() override;  // none: they end with their nginx
  Outcome<std::string> send_reload(const Processes& processes) override;
  Outcome<std::vector<std::string>> read_refusals() override;
  std::string how_to_read_its_log() override;

 private:
  Outcome<int> find_master();

  NginxOnHost place_;
};

}  // namespace bluegreen
