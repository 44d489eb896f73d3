// SPDX-License-Identifier: MIT
// conf.d on a disk that loses what was not synced. SimDisk is what is on it, and outlives the command; SimConfFiles is
// one command's handle, the twin of LocalConfFiles: it makes each change in the steps that src/system/files.cc makes
// (written aside, renamed, directory synced), so that a command can be killed, and the power cut, between any two.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "nginx/conf_files.h"
#include "sim_calls.h"

namespace bluegreen {

struct SimDisk {
  enum class Trouble { none, full, read_only };
  enum class Unsynced { is_lost, is_kept };

  Trouble trouble = Trouble::none;
  int lock_holders = 0;

  // Paths below conf.d: "bluegreen.conf", "active/shop.web.GREEN", ".bluegreen-candidate.shop/bluegreen.conf".
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }
  [[nodiscard]] bool has(const std::string& path) const { return files_.contains(path); }
  void put(const std::string& path, const std::string& text);
  void erase(const std::string& path);
  void sync_directory_of(const std::string& path);
  [[nodiscard]] int version() const { return version_; }  // another one after every change, of what is durable too
  // What would be there after a power cut now, if nothing that was not synced survived.
  [[nodiscard]] std::optional<std::string> durable(const std::string& path) const;
  // What the machine finds when it comes up again. `decide`: for each change that was not synced.
  void cut_power(const std::function<Unsynced(const std::string& path)>& decide);

 private:
  int version_ = 0;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::optional<std::string>> durable_;  // of paths where it differs: the text, or absent
};

[[nodiscard]] std::unique_ptr<ConfFiles> make_sim_conf_files(SimDisk& disk, SimCalls& calls);

}  // namespace bluegreen
