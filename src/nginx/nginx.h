// SPDX-License-Identifier: MIT
// The nginx that serves, wherever it runs: how it is looked at, asked about a configuration, and told to read its own.
// Knows nothing of what stands in the files. Two kinds: in a container, through the engine (container_nginx.h), and on
// this machine (host_nginx.h).
#pragma once

#include <string>
#include <vector>

#include "base/outcome.h"
#include "nginx/workers.h"

namespace bluegreen {

class Nginx {
 public:
  virtual ~Nginx() = default;

  // Error: it does not run, and how to start it. Comes before test and send_reload.
  virtual Done ensure_running() = 0;
  virtual Outcome<Processes> list_processes() = 0;  // its own, the master included
  // As Engine has them: of the network namespace that its workers connect from.
  virtual Outcome<std::string> read_socket_tables() = 0;
  virtual Outcome<NginxVersion> version() = 0;

  // `nginx -t` on this directory of conf.d in conf.d's own place. Done: nginx accepts it, and reads these files of it.
  // Error: nginx's words, one line; or what its main configuration lacks.
  virtual Done test(const std::string& candidate, const std::vector<std::string>& names) = 0;
  virtual Done test_live() = 0;              // `nginx -t` on conf.d as it stands, and all files that it names
  virtual Done remove_leftover_tests() = 0;  // those that a killed run of this project left

  // Returns nginx's words where it refuses at once: then its master has not been told anything.
  virtual Outcome<std::string> send_reload(const Processes& processes) = 0;
  virtual Outcome<std::vector<std::string>> read_refusals() = 0;  // the [emerg] lines in its log, oldest first
  virtual std::string how_to_read_its_log() = 0;                  // "docker logs web"
};

// Of what `nginx -T` has printed. Error: it does not read one of these files of `conf_dir`, and which line is missing.
[[nodiscard]] Done check_that_nginx_reads(const std::vector<std::string>& names, const std::string& conf_dir,
                                          const std::vector<std::string>& printed_lines);

}  // namespace bluegreen
