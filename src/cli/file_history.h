// SPDX-License-Identifier: MIT
// The history on disk, written for people and for an exact rollback; nothing decides by it what is active, and a
// project without it deploys all the same. In STATE_DIR/PROJECT, which is 0700:
//   APP.json              what is listed: ids, times, colors, images, digests. No secret
//   APP.releases/ID.json  what a rollback needs: the app as it was resolved, environment values included. 0600, written
//                         before the release is listed, removed with it
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
  [[nodiscard]] std::string project_directory() const;
  [[nodiscard]] std::string list_path(const std::string& app) const;
  [[nodiscard]] std::string releases_directory(const std::string& app) const;
  [[nodiscard]] std::string release_path(const std::string& app, const std::string& id) const;
  Done ensure_directories(const std::string& app) const;

  std::string directory_;
  std::string project_;
};

// $BLUEGREEN_STATE_DIR, else /var/lib/bluegreen for root, else $XDG_STATE_HOME/bluegreen or ~/.local/state/bluegreen.
[[nodiscard]] std::string state_directory();

}  // namespace bluegreen
