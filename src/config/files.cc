// SPDX-License-Identifier: MIT
#include "config/files.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "config/yaml_tree.h"

namespace bluegreen {
namespace fs = std::filesystem;

Outcome<std::string> read_text_file(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return failure(ErrorKind::usage, fmt::format("{} is a directory", path), "Name a file.");
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    return failure(ErrorKind::usage, fmt::format("cannot read {}", path),
                   "Check that the file exists and that you may read it.");
  std::string text;
  std::array<char, 16384> piece{};
  while (text.size() <= largest_file && (stream.read(piece.data(), piece.size()), stream.gcount() > 0))
    text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return failure(ErrorKind::usage, fmt::format("cannot read {}", path));
  if (text.size() > largest_file) return failure(ErrorKind::usage, fmt::format("{} is larger than 1 MiB", path));
  return text;
}

bool file_exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && !fs::is_directory(path, ignored);
}

std::string absolute_path(const std::string& path, const std::string& directory) {
  auto result = (fs::path(directory) / path).lexically_normal().string();
  while (result.size() > 1 && result.back() == '/') result.pop_back();
  return result;
}

std::string shown_path(const std::string& path, const std::string& directory) {
  const auto relative = fs::path(path).lexically_relative(directory).string();
  return relative.empty() || relative.starts_with("../..") ? path : relative;
}

Outcome<std::vector<std::string>> find_compose_files(const std::string& directory) {
  for (fs::path place = directory;; place = place.parent_path()) {
    for (const auto* stem : {"compose", "docker-compose"})
      for (const auto* extension : {".yaml", ".yml"}) {
        const auto base = place / (std::string(stem) + extension);
        if (!file_exists(base)) continue;
        std::vector<std::string> files{base};
        for (const auto* other : {".override.yaml", ".override.yml"})
          if (const auto overlay = place / (std::string(stem) + other); file_exists(overlay)) {
            files.push_back(overlay);
            break;
          }
        return files;
      }
    if (place == place.parent_path()) break;
  }
  return failure(ErrorKind::no_project, fmt::format("no compose.yaml in {} or above", directory),
                 "Name the file with -f FILE, or change to its directory.");
}

}  // namespace bluegreen
