// SPDX-License-Identifier: MIT
// Which files make the project, and their text. Knows nothing of what stands in them.
#pragma once

#include <string>
#include <vector>

#include "base/outcome.h"

namespace bluegreen {

// At most `largest_file` bytes (yaml_tree.h); more, or a directory, is an error.
[[nodiscard]] Outcome<std::string> read_text_file(const std::string& path);

[[nodiscard]] bool file_exists(const std::string& path);

// Absolute and without dots; `path` is taken from `directory` when it is relative.
[[nodiscard]] std::string absolute_path(const std::string& path, const std::string& directory);

// As people would write it: relative to `directory` if it is below that, else as it is.
[[nodiscard]] std::string shown_path(const std::string& path, const std::string& directory);

// The first of compose.yaml, compose.yml, docker-compose.yaml, docker-compose.yml in the directory or the nearest of
// its parents, followed by its override file (compose.override.yaml or .yml) if there is one. Absolute paths.
[[nodiscard]] Outcome<std::vector<std::string>> find_compose_files(const std::string& directory);

}  // namespace bluegreen
