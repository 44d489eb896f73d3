// SPDX-License-Identifier: MIT
#include "system/lock.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace bluegreen {

namespace {

// Not with O_CREAT alone: in a sticky directory the kernel refuses that on a file of another user
// (fs.protected_regular, proc_sys_fs(5)), and root and a deploy user share the lock.
int open_shared(const std::string& path) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    const int existing = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (existing >= 0 || errno != ENOENT) return existing;
    const int made = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL, 0666);
    if (made >= 0) {
      (void)::fchmod(made, 0666);  // whatever the umask is
      return made;
    }
    if (errno != EEXIST) return made;
  }
  return -1;
}

// Under a name that everybody may use in a world-writable directory there may be anything: a hard link to a file of
// somebody else, a pipe, a device. What is locked, and written into, is a file that has this name only.
Done ensure_is_a_lock(int descriptor, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink <= 1) return {};
  return failure(path + " is not a lock of bluegreen: it is no file, or has another name too", "Remove it.");
}

std::string user_name() {
  const auto* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

std::string read_holder(int descriptor) {
  char text[256];
  const auto size = ::pread(descriptor, text, sizeof text, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  std::erase_if(holder, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return holder.empty() ? "somebody" : holder;
}

}  // namespace

std::string lock_directory() {
  if (const char* chosen = std::getenv("BLUEGREEN_LOCK_DIR"); chosen != nullptr && *chosen != '\0') return chosen;
  return ::access("/run/lock", W_OK | X_OK) == 0 ? "/run/lock" : "/tmp";
}

Outcome<ProjectLock> ProjectLock::acquire(const std::string& project, const std::string& command, Milliseconds wait,
                                          Clock& clock, const std::stop_token& stop) {
  (void)::mkdir(lock_directory().c_str(), 0777);  // of $BLUEGREEN_LOCK_DIR; the others are there
  const auto path = lock_directory() + "/bluegreen." + project + ".lock";
  const int descriptor = open_shared(path);
  if (descriptor < 0) {
    const bool link = errno == ELOOP;
    return failure("cannot open the lock " + path + ": " + (link ? "it is a symbolic link" : std::strerror(errno)),
                   link ? "Remove it." : "");
  }
  ProjectLock lock(descriptor);
  TRY(ensure_is_a_lock(descriptor, path));
  const auto deadline = clock.now() + wait;
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failure("cannot lock " + path + ": " + std::strerror(errno));
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted while waiting for the lock");
    if (clock.now() >= deadline) {
      return failure(ErrorKind::locked, "project " + project + " is locked by " + read_holder(descriptor),
                     "Wait for it to end, or say how long to wait: --wait 5m.");
    }
    clock.sleep(Milliseconds{100}, stop);
  }
  const auto holder = fmt::format("{} (process {}, user {}) since {:%Y-%m-%d %H:%M:%S} UTC", command, ::getpid(),
                                  user_name(), std::chrono::floor<std::chrono::seconds>(clock.wall()));
  // For the message only; a lock without it is a lock.
  if (::ftruncate(descriptor, 0) == 0) (void)!::pwrite(descriptor, holder.data(), holder.size(), 0);
  return lock;
}

ProjectLock::ProjectLock(ProjectLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

ProjectLock::~ProjectLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace bluegreen
