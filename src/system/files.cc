// SPDX-License-Identifier: MIT
#include "system/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace bluegreen {

namespace {

std::unexpected<Error> system_failure(const std::string& doing, const std::string& path, int error) {
  const auto kind = error == ENOENT ? ErrorKind::not_found : ErrorKind::failed;
  std::string hint;
  if (error == EACCES || error == EPERM) hint = "Run it as a user who may do this, e.g. with sudo.";
  if (error == ENOSPC || error == EDQUOT) hint = "Free some space on that disk.";
  return failure(kind, doing + " " + path + ": " + std::generic_category().message(error), hint);
}

std::unexpected<Error> not_a(const std::string& kind, const std::string& path) {
  return failure(path + " is no " + kind, "Move it out of the way; bluegreen makes its own.");
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of_file(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

Done write_all(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("write", path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Outcome<std::string> read_all(int descriptor, const std::string& path) {
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const auto count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("read", path, errno);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

void keep_owner(const std::string& path, const struct stat& status) {
  // Only root may give files away; for everybody else the copy is simply theirs.
  [[maybe_unused]] const int ignored = ::lchown(path.c_str(), status.st_uid, status.st_gid);
}

Done copy_entry(const std::string& from, const std::string& to);

Done copy_file(const std::string& from, const std::string& to, const struct stat& status) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!source) return system_failure("open", from, errno);
  const Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target) return system_failure("create", to, errno);
  TRY_ASSIGN(const auto text, read_all(source.get(), from));
  TRY(write_all(target.get(), text, to));
  keep_owner(to, status);
  if (::fchmod(target.get(), status.st_mode & 07777) != 0) return system_failure("change mode of", to, errno);
  return {};
}

Done copy_link(const std::string& from, const std::string& to, const struct stat& status) {
  std::array<char, 4096> target{};
  const auto length = ::readlink(from.c_str(), target.data(), target.size() - 1);
  if (length < 0) return system_failure("read link", from, errno);
  if (::symlink(target.data(), to.c_str()) != 0) return system_failure("link", to, errno);
  keep_owner(to, status);
  return {};
}

Done copy_directory(const std::string& from, const std::string& to, const struct stat& status,
                    const std::function<bool(const std::string&)>& include) {
  if (::mkdir(to.c_str(), 0700) != 0) return system_failure("make directory", to, errno);
  TRY_ASSIGN(const auto names, list_directory(from));
  for (const auto& name : names) {
    if (include(name)) TRY(copy_entry(fmt::format("{}/{}", from, name), fmt::format("{}/{}", to, name)));
  }
  keep_owner(to, status);
  if (::chmod(to.c_str(), status.st_mode & 07777) != 0) return system_failure("change mode of", to, errno);
  return {};
}

Done copy_entry(const std::string& from, const std::string& to) {
  struct stat status{};
  if (::lstat(from.c_str(), &status) != 0) return system_failure("look at", from, errno);
  if (S_ISREG(status.st_mode)) return copy_file(from, to, status);
  if (S_ISLNK(status.st_mode)) return copy_link(from, to, status);
  if (S_ISDIR(status.st_mode)) return copy_directory(from, to, status, [](const std::string&) { return true; });
  return {};
}

}  // namespace

Done sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return system_failure("open", path, errno);
  // Some file systems cannot sync a directory and say EINVAL: there is nothing more to do there.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) return system_failure("sync", path, errno);
  return {};
}

// ---- AtomicFile -----------------------------------------------------------------------------------------------

AtomicFile::AtomicFile(std::string path, std::string temporary, int descriptor)
    : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Outcome<AtomicFile> AtomicFile::create(std::string path, mode_t mode) {
  // One name for each file, so that what a killed writer left is replaced by the next one. Each file has one writer at
  // a time: there is a lock over all of them.
  auto temporary = parent_of(path) + "/" + std::string(temporary_prefix) + name_of_file(path);
  (void)::unlink(temporary.c_str());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return system_failure("create", path, errno);
  AtomicFile file(std::move(path), std::move(temporary), descriptor);
  if (::fchmod(descriptor, mode) != 0) return system_failure("change mode of", file.path_, errno);
  return file;
}

Done AtomicFile::write(std::string_view text) { return write_all(descriptor_, text, path_); }

Done AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) return system_failure("sync", path_, errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return system_failure("replace", path_, errno);
  temporary_.clear();
  return sync_directory(parent_of(path_));
}

// ---- whole files ----------------------------------------------------------------------------------------------

Done write_file(const std::string& path, std::string_view text, mode_t mode) {
  TRY_ASSIGN(auto file, AtomicFile::create(path, mode));
  TRY(file.write(text));
  return file.commit();
}

Done create_empty_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
  if (!file && errno == ELOOP) return write_file(path, "");  // in the link's place, not where it leads
  if (!file) return system_failure("create", path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return not_a("file", path);
  if (::fsync(file.get()) != 0) return system_failure("sync", path, errno);
  return sync_directory(parent_of(path));
}

Done remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure("remove", path, errno);
  // Also where it was gone already: whoever removed it may have been killed before this line.
  auto synced = sync_directory(parent_of(path));
  if (!synced && synced.error().kind == ErrorKind::not_found) return {};
  return synced;
}

Done ensure_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0) {
    const int error = errno;
    struct stat status{};
    if (error == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
    return system_failure("make directory", path, error);
  }
  if (::chmod(path.c_str(), mode) != 0) return system_failure("change mode of", path, errno);  // whatever the umask
  return sync_directory(parent_of(path));
}

Done ensure_own_directory(const std::string& path, mode_t mode) {
  const bool made = ::mkdir(path.c_str(), mode) == 0;
  if (!made && errno != EEXIST) return system_failure("make directory", path, errno);
  // By its descriptor: what is looked at is what is changed.
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory && (errno == ELOOP || errno == ENOTDIR)) return not_a("directory of its own", path);
  if (!directory) return system_failure("open", path, errno);
  struct stat status{};
  if (::fstat(directory.get(), &status) != 0) return system_failure("look at", path, errno);
  if ((status.st_mode & 07777) != mode && ::fchmod(directory.get(), mode) != 0)
    return system_failure("change mode of", path, errno);
  return made ? sync_directory(parent_of(path)) : Done{};
}

Done ensure_no_link(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return errno == ENOENT ? Done{} : system_failure("look at", path, errno);
  if (!S_ISLNK(status.st_mode)) return {};
  return failure(path + " is a symbolic link, and bluegreen does not write where it leads",
                 "Replace the link by what it names.");
}

Outcome<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_failure("open", path, errno);
  return read_all(file.get(), path);
}

Outcome<std::vector<std::string>> list_directory(const std::string& path) {
  const auto close = [](DIR* directory) { ::closedir(directory); };
  const std::unique_ptr<DIR, decltype(close)> directory(::opendir(path.c_str()), close);
  if (!directory) return system_failure("list", path, errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(directory.get());
    if (entry == nullptr && errno != 0) return system_failure("list", path, errno);
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

// ---- trees ----------------------------------------------------------------------------------------------------

Done copy_tree(const std::string& from, const std::string& to, const std::function<bool(const std::string&)>& include) {
  struct stat status{};
  if (::stat(from.c_str(), &status) != 0) return system_failure("look at", from, errno);
  return copy_directory(from, to, status, include);
}

Done remove_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return system_failure("remove", path, error.value());
  return {};
}

}  // namespace bluegreen
