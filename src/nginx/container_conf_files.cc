// SPDX-License-Identifier: MIT
// conf.d through the nginx container itself, for engines on other machines. Needs no more than a POSIX shell, cat, cp,
// mv, rm, mkdir and ls there. Paths and texts are arguments, never part of the script.
#include <algorithm>
#include <sstream>
#include <utility>

#include "nginx/conf_files.h"
#include "nginx/config_text.h"

namespace bluegreen {

namespace {

using Words = std::vector<std::string>;

constexpr std::size_t bytes_per_argument = 60'000;  // Linux: at most 128 KiB each
constexpr std::size_t files_per_read = 6;           // an exec hands back 64 KiB
constexpr std::string_view head_line = "bluegreen-file:";
constexpr std::string_view end_line = "\nbluegreen-end\n";

// Not every sync takes a file name, and not every image has one. Nothing is written where a link leads: own_ refuses a
// directory that is one, and -C (noclobber) a file that somebody put there meanwhile.
constexpr auto functions = R"(
  sync_() { sync "$1" 2>/dev/null || sync 2>/dev/null || :; }
  fail_() { echo "$1"; exit 1; }
  own_() { [ ! -L "$1" ] || fail_ "$1 is a symbolic link, and bluegreen does not write where it leads"; }
  set -e
)";

class NoLock : public ConfFiles::Lock {};

class ContainerConfFiles : public ConfFiles {
 public:
  ContainerConfFiles(Engine& engine, std::string container, std::string directory)
      : engine_(engine), container_(std::move(container)), directory_(std::move(directory)) {}

  // No lock outlives an exec: across machines, two projects on one nginx are not kept apart by this room. So what was
  // never published may be another's, and stays until a file of that name is written again.
  Outcome<std::unique_ptr<Lock>> lock() override { return std::make_unique<NoLock>(); }

  Outcome<std::set<std::string>> list() override { return names_in(directory_); }

  Outcome<std::set<std::string>> list_markers() override { return names_in(path(marker_dir)); }

  Outcome<std::map<std::string, std::string>> read(const Words& names) override {
    std::map<std::string, std::string> texts;
    for (std::size_t from = 0; from < names.size(); from += files_per_read) {
      const auto count = std::min(files_per_read, names.size() - from);
      const Words some(names.begin() + static_cast<std::ptrdiff_t>(from),
                       names.begin() + static_cast<std::ptrdiff_t>(from + count));
      TRY(read_some(some, texts));
    }
    return texts;
  }

  // Of what stands in them: `ls` there may know no more than minutes. Where an image has none of these programs,
  // nothing is tested.
  Outcome<std::string> fingerprint() override {
    return shell("look at " + directory_, R"(
      cd "$1"
      for sum in cksum md5sum sha256sum; do ! command -v $sum >/dev/null || break; done
      sums=$(find -L . -path ./active -prune -o -path './.*' -prune -o -type f \
        ! -path './bluegreen.conf' ! -path './bluegreen.*.conf' ! -path './bluegreen.*.include' \
        ! -path './bluegreen.*.stream' ! -path './bluegreen.*.maintenance.html' ! -path './bluegreen-host.*.conf' \
        ! -path './00-bluegreen.*.conf' -exec $sum {} + 2>/dev/null | sort) || :
      [ -z "$sums" ] || printf %s "$sums" | $sum)",
                 {directory_});
  }

  Done write(const std::string& name, const std::string& text) override { return write_to(path(name), text); }
  Done remove(const std::string& name) override { return remove_at(path(name)); }

  Done sync() override { return run("sync " + directory_, R"(sync_ "$1")", {directory_}); }

  Done create_marker(const std::string& name) override {
    return run("create " + marker_path(name),
               R"(own_ "$1"; mkdir -p "$1"; chmod 0755 "$1" 2>/dev/null || :
               [ ! -L "$2" ] || rm -f "$2"; : >>"$2"; sync_ "$2"; sync_ "$1")",
               {path(marker_dir), marker_path(name)});
  }

  Done remove_marker(const std::string& name) override {
    return run("remove " + marker_path(name),
               R"([ ! -L "$1" ] || [ -e "$2" ] || exit 0; own_ "$1"; rm -f "$2"; [ ! -d "$1" ] || sync_ "$1")",
               {path(marker_dir), marker_path(name)});
  }

  Outcome<bool> has_marker(const std::string& name) override {
    TRY_ASSIGN(const auto markers, list_markers());
    return markers.contains(name);
  }

  Done make_candidate(const std::string& directory) override {
    return run("copy " + directory_, R"(
      rm -rf "$2"; mkdir "$2"
      for entry in "$1"/* "$1"/.*; do
        case "${entry##*/}" in .|..|active|.bluegreen-*) continue ;; esac
        if [ -e "$entry" ] || [ -L "$entry" ]; then cp -a "$entry" "$2"/; fi
      done)",
               {directory_, path(directory)});
  }

  Done write_into_candidate(const std::string& directory, const std::string& name, const std::string& text) override {
    return write_to(path(directory) + "/" + name, text);
  }

  Done remove_from_candidate(const std::string& directory, const std::string& name) override {
    return remove_at(path(directory) + "/" + name);
  }

  Done remove_candidate(const std::string& directory) override {
    return run("remove " + path(directory), R"(rm -rf "$1")", {path(directory)});
  }

 private:
  [[nodiscard]] std::string path(std::string_view name) const { return directory_ + "/" + std::string(name); }
  [[nodiscard]] std::string marker_path(const std::string& name) const { return path(marker_dir) + "/" + name; }

  Outcome<std::string> shell(const std::string& doing, const std::string& script, const Words& arguments) {
    Words command{"sh", "-c", functions + script, "sh"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    TRY_ASSIGN(auto result, engine_.exec(container_, command, Milliseconds(30'000)));
    if (result.exit_code == 0) return std::move(result.output);
    return failure(
        doing + " in the nginx container: " + result.output + " (exit code " + std::to_string(result.exit_code) + ")",
        "conf.d has to be writable in the container and its image needs a shell.");
  }

  Done run(const std::string& doing, const std::string& script, const Words& arguments) {
    TRY(shell(doing, script, arguments));
    return {};
  }

  Outcome<std::set<std::string>> names_in(const std::string& directory) {
    TRY_ASSIGN(const auto output, shell("list " + directory, R"([ ! -d "$1" ] || ls -A "$1")", {directory}));
    std::set<std::string> names;
    std::istringstream lines(output);
    for (std::string name; std::getline(lines, name);) names.insert(name);
    return names;
  }

  Done read_some(const Words& names, std::map<std::string, std::string>& texts) {
    Words arguments{directory_};
    arguments.insert(arguments.end(), names.begin(), names.end());
    TRY_ASSIGN(const auto output, shell("read files", R"(
      cd "$1"; shift
      printf 'bluegreen-begin\n'
      for name do [ -f "$name" ] || continue; printf 'bluegreen-file:%s\n' "$name"; cat "$name"; printf '\nbluegreen-end\n'; done)",
                                        arguments));
    if (!output.starts_with("bluegreen-begin\n")) {  // more than an exec hands back
      if (names.size() == 1) return failure(path(names.front()) + " is too large to be read through the container");
      for (const auto& name : names) TRY(read_some({name}, texts));
      return {};
    }
    std::string_view rest(output);
    for (const auto& name : names) {
      const auto head = std::string(head_line) + name + "\n";
      const auto begin = rest.find(head);
      if (begin == std::string_view::npos) continue;
      rest.remove_prefix(begin + head.size());
      const auto end = rest.find(end_line);
      texts[name] = std::string(rest.substr(0, end));
      rest.remove_prefix(std::min(end, rest.size()));
    }
    return {};
  }

  Done write_to(const std::string& target, const std::string& text) {
    const auto slash = target.rfind('/');
    const auto temporary = target.substr(0, slash) + "/.bluegreen-new." + target.substr(slash + 1);
    auto written = write_aside_and_move(target, text, temporary);
    if (!written) (void)run("remove " + temporary, R"(rm -f "$1")", {temporary});
    return written;
  }

  Done write_aside_and_move(const std::string& target, const std::string& text, const std::string& temporary) {
    TRY(run("write " + target, R"(rm -f "$1"; set -C; : >"$1"; chmod 0644 "$1")", {temporary}));
    for (std::size_t from = 0; from < text.size(); from += bytes_per_argument) {
      TRY(run("write " + target, R"(printf %s "$2" >>"$1")", {temporary, text.substr(from, bytes_per_argument)}));
    }
    // mv would move into a directory, also into one that a link leads to.
    return run("write " + target, R"(
               [ ! -d "$2" ] || [ -L "$2" ] || fail_ "$2 is a directory"
               sync_ "$1"; [ ! -d "$2" ] || rm -f "$2"; mv -f "$1" "$2"; sync_ "$3")",
               {temporary, target, target.substr(0, target.rfind('/'))});
  }

  Done remove_at(const std::string& target) {
    return run("remove " + target, R"(rm -f "$1"; sync_ "$2")", {target, target.substr(0, target.rfind('/'))});
  }

  Engine& engine_;
  std::string container_, directory_;
};

}  // namespace

std::unique_ptr<ConfFiles> make_container_conf_files(Engine& engine, std::string container, std::string directory) {
  return std::make_unique<ContainerConfFiles>(engine, std::move(container), std::move(directory));
}

}  // namespace bluegreen
