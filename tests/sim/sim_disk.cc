// SPDX-License-Identifier: MIT
#include "sim_disk.h"

#include <utility>
#include <vector>

#include "nginx/config_text.h"
#include "system/files.h"

namespace bluegreen {

namespace {

// A path that ends in "/" is a directory itself, and stands in the one above it.
std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/', path.size() - 2);
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string marker_path(const std::string& name) { return std::string(marker_dir) + "/" + name; }

class SimConfFiles : public ConfFiles {
 public:
  SimConfFiles(SimDisk& disk, SimCalls& calls) : disk_(disk), calls_(calls) {}

  class HeldLock : public Lock {
   public:
    explicit HeldLock(SimDisk& disk) : disk_(disk) { ++disk_.lock_holders; }
    ~HeldLock() override { --disk_.lock_holders; }
    HeldLock(const HeldLock&) = delete;
    HeldLock& operator=(const HeldLock&) = delete;

   private:
    SimDisk& disk_;
  };

  Outcome<std::unique_ptr<Lock>> lock() override {
    TRY(calls_.enter("lock conf.d"));
    while (disk_.lock_holders > 0) {
      if (!calls_.wait || !calls_.wait()) return failure("a lock that nobody gives back");
    }
    auto held = std::make_unique<HeldLock>(disk_);
    std::vector<std::string> left;
    for (const auto& [path, text] : disk_.files()) {
      if (path.starts_with(temporary_prefix)) left.push_back(path);
    }
    if (left.empty()) return held;
    (void)change("remove what was never renamed", Needs::nothing, [&] {
      for (const auto& path : left) disk_.erase(path);
    });
    return held;
  }

  Outcome<std::set<std::string>> list() override {
    TRY(calls_.enter("list conf.d"));
    std::set<std::string> names;
    for (const auto& [path, text] : disk_.files()) names.insert(path.substr(0, path.find('/')));
    return names;
  }

  Outcome<std::set<std::string>> list_markers() override {
    TRY(calls_.enter("list markers"));
    std::set<std::string> names;
    for (const auto& [path, text] : disk_.files()) {
      if (directory_of(path) == marker_dir) names.insert(path.substr(marker_dir.size() + 1));
    }
    return names;
  }

  Outcome<std::map<std::string, std::string>> read(const std::vector<std::string>& names) override {
    TRY(calls_.enter("read files"));
    std::map<std::string, std::string> texts;
    for (const auto& name : names) {
      if (const auto found = disk_.files().find(name); found != disk_.files().end()) texts[name] = found->second;
    }
    return texts;
  }

  Outcome<std::string> fingerprint() override { return ""; }  // nobody has files of his own here

  Done write(const std::string& name, const std::string& text) override {
    const auto aside = std::string(temporary_prefix) + name;
    TRY(change("stage " + name, Needs::space, [&] { disk_.put(aside, text); }));
    auto renamed = change("write " + name, Needs::nothing, [&] {
      disk_.erase(aside);
      disk_.put(name, text);
    });
    if (!renamed && !calls_.is_dead()) disk_.erase(aside);  // AtomicFile discards what was not committed
    TRY(std::move(renamed));
    return sync(name);
  }

  Done remove(const std::string& name) override {
    TRY(change("unlink " + name, Needs::nothing, [&] { disk_.erase(name); }));
    return sync(name);
  }

  Done sync() override { return sync(""); }

  Done create_marker(const std::string& name) override {
    const auto path = marker_path(name);
    if (!disk_.has(path)) {
      TRY(change("marker " + name, Needs::space, [&] { disk_.put(path, ""); }));
    }
    return sync(path);
  }

  Done remove_marker(const std::string& name) override {
    const auto path = marker_path(name);
    if (disk_.has(path)) {
      TRY(change("no marker " + name, Needs::nothing, [&] { disk_.erase(path); }));
    }
    return sync(path);
  }

  Outcome<bool> has_marker(const std::string& name) override {
    TRY(calls_.enter("look for marker"));
    return disk_.has(marker_path(name));
  }

  Done make_candidate(const std::string& directory) override {
    TRY(remove_candidate(directory));
    TRY(change("make " + directory, Needs::space, [&] { disk_.put(directory + "/", ""); }));
    return change("copy into " + directory, Needs::space, [&] {
      for (const auto& [path, text] : std::map(disk_.files())) {
        if (path.find('/') == std::string::npos && !path.starts_with(".bluegreen-"))
          disk_.put(directory + "/" + path, text);
      }
    });
  }

  Done write_into_candidate(const std::string& directory, const std::string& name, const std::string& text) override {
    return change("write into candidate " + name, Needs::space, [&] { disk_.put(directory + "/" + name, text); });
  }

  Done remove_from_candidate(const std::string& directory, const std::string& name) override {
    return change("unlink in candidate " + name, Needs::nothing, [&] { disk_.erase(directory + "/" + name); });
  }

  Done remove_candidate(const std::string& directory) override {
    const auto is_in_it = [&](const std::string& path) { return path.starts_with(directory + "/"); };
    std::vector<std::string> going;
    for (const auto& [path, text] : disk_.files()) {
      if (is_in_it(path)) going.push_back(path);
    }
    if (going.empty()) return {};
    return change("remove " + directory, Needs::nothing, [&] {
      for (const auto& path : going) disk_.erase(path);
    });
  }

 private:
  enum class Needs { nothing, space };

  Done change(const std::string& operation, Needs needs, const std::function<void()>& happen) {
    TRY(calls_.enter(operation));
    if (disk_.trouble == SimDisk::Trouble::read_only) return failure(operation + ": Read-only file system");
    if (disk_.trouble == SimDisk::Trouble::full && needs == Needs::space)
      return failure(operation + ": No space left on device");
    happen();
    return calls_.leave(operation);
  }

  Done sync(const std::string& path) {
    const auto operation = "sync " + (directory_of(path).empty() ? std::string("conf.d") : directory_of(path));
    TRY(calls_.enter(operation));
    if (disk_.trouble == SimDisk::Trouble::read_only) return failure(operation + ": Read-only file system");
    disk_.sync_directory_of(path);
    return calls_.leave(operation);
  }

  SimDisk& disk_;
  SimCalls& calls_;
};

}  // namespace

void SimDisk::put(const std::string& path, const std::string& text) {
  ++version_;
  const auto found = files_.find(path);
  durable_.try_emplace(path, found == files_.end() ? std::nullopt : std::optional(found->second));
  files_[path] = text;
}

void SimDisk::erase(const std::string& path) {
  ++version_;
  const auto found = files_.find(path);
  if (found == files_.end()) return;
  durable_.try_emplace(path, found->second);
  files_.erase(found);
}

void SimDisk::sync_directory_of(const std::string& path) {
  ++version_;
  std::erase_if(durable_, [&](const auto& change) { return directory_of(change.first) == directory_of(path); });
}

std::optional<std::string> SimDisk::durable(const std::string& path) const {
  if (const auto changed = durable_.find(path); changed != durable_.end()) return changed->second;
  const auto found = files_.find(path);
  return found == files_.end() ? std::nullopt : std::optional(found->second);
}

void SimDisk::cut_power(const std::function<Unsynced(const std::string& path)>& decide) {
  ++version_;
  for (const auto& [path, text] : std::exchange(durable_, {})) {
    if (decide(path) == Unsynced::is_kept) continue;
    if (text)
      files_[path] = *text;
    else
      files_.erase(path);
  }
}

std::unique_ptr<ConfFiles> make_sim_conf_files(SimDisk& disk, SimCalls& calls) {
  return std::make_unique<SimConfFiles>(disk, calls);
}

}  // namespace bluegreen
