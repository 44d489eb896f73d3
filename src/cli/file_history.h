// SPDX-License-Identifier: MIT
// The history on disk: one file for each app, 0600, because a release holds its environment variables. It is written
// for people and for an exact rollback; nothing decides by it what is active, and a project without it deploys all the
// same.
#pragma once

#include "deploy/ports.h"

namespace bluegreen {

class FileHistory : public History {
 public:
  FileHistory(std::string directory, std::string project);

  Done record(const ReleaseRecord& release) override;
  Done record_activation(const std::string& app, const Activation& activation) override;
  Outcome<std::vector<ReleaseRecord>> releases(const std::string& app) override;
  Outcome<std::vector<Activation>> activations(const std::string& app) override;

 private:
  [[nodiscard]] std::string path_of(const std::string& app) const;

  std::string directory_;
  std::string project_;
};

// $BLUEGREEN_STATE_DIR, else /var/lib/bluegreen for root, else $XDG_STATE_HOME/bluegreen or ~/.local/state/bluegreen.
[[nodiscard]] std::string state_directory();

}  // namespace bluegreen
