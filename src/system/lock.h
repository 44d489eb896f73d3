// SPDX-License-Identifier: MIT
// One changing command at a time on a project. flock(2) on a file under /run/lock: it dies with its owner, so nothing
// is ever unlocked by hand. The file says who holds it and since when, for the message; its presence means nothing.
#pragma once

#include <string>

#include "base/outcome.h"
#include "deploy/ports.h"

namespace bluegreen {

class ProjectLock {
 public:
  // Error `locked`: another process holds it, and still does after `wait`.
  static Outcome<ProjectLock> acquire(const std::string& project, const std::string& command, Milliseconds wait,
                                      Clock& clock, const std::stop_token& stop);
  ProjectLock(ProjectLock&& other) noexcept;
  ProjectLock& operator=(ProjectLock&&) = delete;
  ~ProjectLock();

 private:
  explicit ProjectLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Where lock files are: $BLUEGREEN_LOCK_DIR, else /run/lock, else /tmp.
[[nodiscard]] std::string lock_directory();

}  // namespace bluegreen
