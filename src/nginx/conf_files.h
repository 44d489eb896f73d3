// SPDX-License-Identifier: MIT
// nginx's conf.d as a few operations on names in it, so that the proxy need not know whether it works on a directory of
// this machine or through the container of a remote engine. Names are file names, or "active/<name>" for a marker.
// Every change is atomic and durable when it returns.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "deploy/ports.h"

namespace bluegreen {

class ConfFiles {
 public:
  // Held while configuration files change: several projects may share one conf.d.
  class Lock {
   public:
    virtual ~Lock() = default;
  };

  virtual ~ConfFiles() = default;
  // Once held, what a killed run has written aside and never published is gone.
  virtual Outcome<std::unique_ptr<Lock>> lock() = 0;
  virtual Outcome<std::set<std::string>> list() = 0;          // names in conf.d, directories included
  virtual Outcome<std::set<std::string>> list_markers() = 0;  // names in active/; empty when there is none
  virtual Outcome<std::map<std::string, std::string>> read(
      const std::vector<std::string>& names) = 0;  // absent: left out
  // Of all files that bluegreen has not made, below it too: another one after any change of them; empty: there are
  // none. Not of hidden ones (.gitkeep): no `include *.conf` of nginx finds them.
  virtual Outcome<std::string> fingerprint() = 0;
  virtual Done write(const std::string& name, const std::string& text) = 0;
  virtual Done remove(const std::string& name) = 0;         // idempotent
  virtual Done sync() = 0;                                  // what a killed run left in conf.d is durable from here on
  virtual Done create_marker(const std::string& name) = 0;  // idempotent; makes active/, traversable for the workers
  virtual Done remove_marker(const std::string& name) = 0;  // idempotent
  virtual Outcome<bool> has_marker(const std::string& name) = 0;
  virtual Done make_candidate(const std::string& directory) = 0;
  virtual Done write_into_candidate(const std::string& directory, const std::string& name, const std::string& text) = 0;
  virtual Done remove_from_candidate(const std::string& directory, const std::string& name) = 0;
  virtual Done remove_candidate(const std::string& directory) = 0;  // idempotent
};

// Holds the fingerprint of what nginx has accepted last. Nothing but the time of a test depends on it.
inline constexpr std::string_view tested_file_name = ".bluegreen-tested";

inline constexpr std::string_view candidate_prefix = ".bluegreen-candidate.";

// A directory of this machine.
[[nodiscard]] std::unique_ptr<ConfFiles> make_local_conf_files(std::string directory);

// Through `exec` in the nginx container, which has to run; `directory` is conf.d as the container sees it.
[[nodiscard]] std::unique_ptr<ConfFiles> make_container_conf_files(Engine& engine, std::string container,
                                                                   std::string directory);

}  // namespace bluegreen
