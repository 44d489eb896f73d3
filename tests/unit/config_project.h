// SPDX-License-Identifier: MIT
// A project directory that lives as long as the test, and short ways to load what stands in it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/compose.h"

namespace bluegreen {

// A7, and so on.
inline std::string numbered(std::string word, int number) { return word.append(std::to_string(number)); }

class ProjectDirectory {
 public:
  ProjectDirectory() {
    std::string name = std::filesystem::temp_directory_path().string() + "/bluegreen-config-XXXXXX";
    root_ = ::mkdtemp(name.data());
    path_ = root_ + "/demo";
    std::filesystem::create_directory(path_);
    input.working_directory = path_;
  }
  ~ProjectDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  ProjectDirectory(const ProjectDirectory&) = delete;
  ProjectDirectory& operator=(const ProjectDirectory&) = delete;

  ProjectDirectory& write(const std::string& name, const std::string& text) {
    const auto path = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return *this;
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Outcome<LoadedProject> load() const { return load_project(input); }

  ComposeInput input;

 private:
  std::string root_, path_;
};

// compose.yaml with this text, in a directory called demo.
inline Outcome<LoadedProject> load(const std::string& compose,
                                   const std::map<std::string, std::string>& environment = {}) {
  ProjectDirectory directory;
  directory.write("compose.yaml", compose);
  directory.input.environment = environment;
  return directory.load();
}

// The only service, infrastructure or the first of the first app.
inline Service load_service(const std::string& body, const std::map<std::string, std::string>& environment = {}) {
  std::string compose = "services:\n  web:\n    image: app:1\n";
  for (std::size_t begin = 0; begin < body.size();) {
    const auto end = std::min(body.find('\n', begin), body.size());
    compose += "    " + body.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  const auto loaded = load(compose, environment);
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
  if (!loaded) return {};
  const auto& project = loaded->project;
  return project.apps.empty() ? project.infrastructure.at(0) : project.apps[0].services.at(0);
}

// What load complains of; "" when it does not.
inline std::string complaints(const std::string& compose, const std::map<std::string, std::string>& environment = {}) {
  const auto loaded = load(compose, environment);
  if (loaded) return "";
  EXPECT_EQ(loaded.error().kind, ErrorKind::usage);
  return loaded.error().message;
}

// The same for a service "web" with an image and these lines; they begin in line 4, column 5.
inline std::string service_complaints(const std::string& body) {
  std::string compose = "services:\n  web:\n    image: app:1\n    ";
  for (const char c : body) compose += c == '\n' ? "\n    " : std::string(1, c);
  return complaints(compose + "\n");
}

}  // namespace bluegreen
