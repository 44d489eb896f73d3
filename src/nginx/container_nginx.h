// SPDX-License-Identifier: MIT
// An nginx in a container, through the engine: its processes, its log, `nginx -t` in a container beside it, and where
// its conf.d and its preview listener are reached from here.
#pragma once

#include <memory>
#include <string>

#include "deploy/ports.h"
#include "nginx/conf_files.h"
#include "nginx/nginx.h"

namespace bluegreen {

enum class EnginePlace { local, remote };

class ContainerNginx : public Nginx {
 public:
  // Error: no such container, or nothing mounted where conf.d is. `container`: id or name.
  static Outcome<std::unique_ptr<ContainerNginx>> open(Engine& engine, Clock& clock, std::string project,
                                                       const std::string& container);

  Done ensure_running() override;
  Outcome<Processes> list_processes() override;
  Outcome<std::string> read_socket_tables() override;
  Outcome<NginxVersion> version() override;
  Done test(const std::string& candidate, const std::vector<std::string>& names) override;
  Done test_live() override;
  Done remove_leftover_tests() override;
  Outcome<std::string> send_reload(const Processes& processes) override;
  Outcome<std::vector<std::string>> read_refusals() override;
  std::string how_to_read_its_log() override;

  // conf.d as a directory of this machine where it is one, else through the container.
  std::unique_ptr<ConfFiles> open_conf_files(EnginePlace place);
  [[nodiscard]] const std::string& id() const { return nginx_.id; }
  [[nodiscard]] std::string address() const;  // its first; empty: it has none of its own

 private:
  ContainerNginx(Engine& engine, Clock& clock, std::string project, ContainerDetail nginx, std::string source);

  Engine& engine_;
  Clock& clock_;
  std::string project_;
  ContainerDetail nginx_;  // as of the last ensure_running
  std::string source_;     // conf.d on the engine's machine
};

}  // namespace bluegreen
