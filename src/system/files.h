// SPDX-License-Identifier: MIT
// Files that are either the old or the new one, never half: written aside, synced, renamed, directory synced. What such
// a call has returned from survives a power cut. Errors name the path and the system's reason; `not_found` where it is
// absent.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"

namespace bluegreen {

// A new version of a file. Only commit() publishes it; the destructor discards what was not committed.
class AtomicFile {
 public:
  static Outcome<AtomicFile> create(std::string path, mode_t mode = 0644);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  Done write(std::string_view text);
  Done commit();  // once

 private:
  AtomicFile(std::string path, std::string temporary, int descriptor);

  std::string path_, temporary_;
  int descriptor_;
};

// A new version is written under this and the file's own name: ".bluegreen-new.web.conf".
inline constexpr std::string_view temporary_prefix = ".bluegreen-new.";

Done write_file(const std::string& path, std::string_view text, mode_t mode = 0644);  // atomic and durable
Done create_empty_file(const std::string& path);  // durable, idempotent; an existing file is left alone, a link is not
Done remove_file(const std::string& path);        // durable, idempotent
Done ensure_directory(const std::string& path, mode_t mode = 0755);  // durable, idempotent; makes one level
// The same, with exactly this mode also where it exists; a symbolic link in its place is an error.
Done ensure_own_directory(const std::string& path, mode_t mode);
// Error: the path itself is a symbolic link. What is not there is none.
Done ensure_no_link(const std::string& path);
Done sync_directory(const std::string& path);  // which names stand in it is durable

Outcome<std::string> read_file(const std::string& path);
Outcome<std::vector<std::string>> list_directory(const std::string& path);  // names, sorted, without . and ..

// Files, directories and symbolic links (as links) with mode and, where permitted, owner; other kinds are left out.
// `to` is made. `include` gets the names of the top level.
Done copy_tree(const std::string& from, const std::string& to, const std::function<bool(const std::string&)>& include);
Done remove_tree(const std::string& path);  // idempotent; not durable

}  // namespace bluegreen
