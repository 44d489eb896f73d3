// SPDX-License-Identifier: MIT
// A project directory of a fuzzer, below the directory that it was started in: reading a project begins with a file.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "config/compose.h"

namespace bluegreen::fuzz {

inline Outcome<LoadedProject> load_compose(const std::string& text, const std::string& overlay = {}) {
  static const auto directory = [] {
    auto path = std::filesystem::current_path() / "project";
    std::filesystem::create_directories(path);
    return path;
  }();
  ComposeInput input;
  input.working_directory = directory.string();
  input.files = {"compose.yaml"};
  input.environment = {{"TAG", "1"}, {"EMPTY", ""}};
  std::ofstream(directory / "compose.yaml") << text;
  if (!overlay.empty()) {
    input.files.emplace_back("overlay.yaml");
    std::ofstream(directory / "overlay.yaml") << overlay;
  }
  return load_project(input);
}

}  // namespace bluegreen::fuzz
