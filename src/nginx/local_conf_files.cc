// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "nginx/conf_changes.h"
#include "nginx/conf_files.h"
#include "nginx/config_text.h"
#include "nginx/maintenance_text.h"
#include "system/files.h"

namespace bluegreen {

namespace {

// flock on the directory itself: it dies with its owner, and leaves no file behind.
class DirectoryLock : public ConfFiles::Lock {
 public:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  ~DirectoryLock() override { ::close(descriptor_); }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int descriptor_;
};

class LocalConfFiles : public ConfFiles {
 public:
  explicit LocalConfFiles(std::string directory) : directory_(std::move(directory)) {}

  Outcome<std::unique_ptr<Lock>> lock() override {
    const int descriptor = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failure("open " + directory_ + ": " + std::generic_category().message(errno));
    auto held = std::make_unique<DirectoryLock>(descriptor);
    while (::flock(descriptor, LOCK_EX) != 0) {
      if (errno != EINTR) return failure("lock " + directory_ + ": " + std::generic_category().message(errno));
    }
    remove_unpublished();
    return held;
  }

  Done sync() override { return sync_directory(directory_); }

  Outcome<std::set<std::string>> list() override { return names_in(directory_); }

  Outcome<std::set<std::string>> list_markers() override {
    auto names = names_in(path(marker_dir));
    if (!names && names.error().kind == ErrorKind::not_found) return std::set<std::string>{};
    return names;
  }

  Outcome<std::map<std::string, std::string>> read(const std::vector<std::string>& names) override {
    std::map<std::string, std::string> texts;
    for (const auto& name : names) {
      auto text = read_file(path(name));
      if (!text && text.error().kind == ErrorKind::not_found) continue;
      if (!text) return std::unexpected(text.error());
      texts[name] = std::move(*text);
    }
    return texts;
  }

  Outcome<std::string> fingerprint() override {
    std::set<std::string> seen;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator entry(directory_, error), end; !error && entry != end;
         entry.increment(error)) {
      const auto name = entry->path().lexically_relative(directory_).string();
      if (entry.depth() == 0 && (name.starts_with('.') || is_ours(name))) {
        entry.disable_recursion_pending();
        continue;
      }
      struct stat at{};  // where a link leads to
      if (::stat(entry->path().c_str(), &at) != 0 || S_ISDIR(at.st_mode)) continue;
      seen.insert(fmt::format("{} {} {} {}.{} {}.{}\n", name, at.st_ino, at.st_size, at.st_mtim.tv_sec,
                              at.st_mtim.tv_nsec, at.st_ctim.tv_sec, at.st_ctim.tv_nsec));
    }
    if (error) return failure("read " + directory_ + ": " + error.message());
    std::uint64_t hash = 14695981039346656037U;  // FNV-1a
    for (const auto& line : seen) {
      for (const char c : line) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    return seen.empty() ? "" : fmt::format("{:016x}", hash);
  }

  Done write(const std::string& name, const std::string& text) override { return write_file(path(name), text); }
  Done remove(const std::string& name) override { return remove_file(path(name)); }

  Done create_marker(const std::string& name) override {
    TRY(ensure_no_link(path(marker_dir)));
    TRY(ensure_directory(path(marker_dir)));
    open_for_the_workers(path(marker_dir));
    return create_empty_file(marker_path(name));
  }

  Done remove_marker(const std::string& name) override {
    if (auto own = ensure_no_link(path(marker_dir)); !own) {
      TRY_ASSIGN(const bool is_there, has_marker(name));
      return is_there ? own : Done{};
    }
    return remove_file(marker_path(name));
  }

  Outcome<bool> has_marker(const std::string& name) override {
    struct stat status{};
    return ::stat(marker_path(name).c_str(), &status) == 0 && S_ISREG(status.st_mode);
  }

  Done make_candidate(const std::string& directory) override {
    TRY(remove_tree(path(directory)));
    return copy_tree(directory_, path(directory), [](const std::string& name) {
      return name != marker_dir && !name.starts_with(candidate_prefix) && !name.starts_with(temporary_prefix);
    });
  }

  Done write_into_candidate(const std::string& directory, const std::string& name, const std::string& text) override {
    return write_file(path(directory) + "/" + name, text);
  }

  Done remove_from_candidate(const std::string& directory, const std::string& name) override {
    return remove_file(path(directory) + "/" + name);
  }

  Done remove_candidate(const std::string& directory) override { return remove_tree(path(directory)); }

 private:
  static bool is_ours(const std::string& name) {
    return name == marker_dir || is_generated_name(name) || is_maintenance_page_name(name);
  }

  // Where it may not be changed, it may suffice all the same: the switch is confirmed by the workers' own word.
  static void open_for_the_workers(const std::string& directory) {
    constexpr mode_t read_and_traverse = 0055;
    struct stat status{};
    if (::stat(directory.c_str(), &status) != 0 || (status.st_mode & read_and_traverse) == read_and_traverse) return;
    (void)::chmod(directory.c_str(), (status.st_mode & 07777) | read_and_traverse);
  }

  void remove_unpublished() {
    const auto names = names_in(directory_);
    if (!names) return;  // the next call says so
    for (const auto& name : *names) {
      if (name.starts_with(temporary_prefix)) (void)remove_file(path(name));
    }
  }

  [[nodiscard]] std::string path(std::string_view name) const { return directory_ + "/" + std::string(name); }
  [[nodiscard]] std::string marker_path(const std::string& name) const { return path(marker_dir) + "/" + name; }

  static Outcome<std::set<std::string>> names_in(const std::string& directory) {
    TRY_ASSIGN(const auto names, list_directory(directory));
    return std::set<std::string>(names.begin(), names.end());
  }

  std::string directory_;
};

}  // namespace

std::unique_ptr<ConfFiles> make_local_conf_files(std::string directory) {
  return std::make_unique<LocalConfFiles>(std::move(directory));
}

}  // namespace bluegreen
