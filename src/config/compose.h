// SPDX-License-Identifier: MIT
// Compose files and variables in, the desired world out. The one header that other rooms need from here, beside json.h.
// What is understood, and how: docs/compose.md.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "deploy/project.h"

namespace bluegreen {

struct ComposeInput {
  std::vector<std::string> files;                  // -f; none: COMPOSE_FILE, else compose.yaml here or above
  std::string project_name;                        // -p; empty: COMPOSE_PROJECT_NAME, the file's name, the directory's
  std::vector<std::string> env_files;              // --env-file; none: .env in the project directory, if it is there
  std::map<std::string, std::string> environment;  // of the process; wins over env files
  std::string working_directory;                   // absolute
  std::map<std::string, std::string> images;       // --image: app or service -> reference
};

struct LoadedProject {
  Project project;
  std::vector<std::string> files;     // absolute, in the order they were laid over each other
  std::vector<std::string> warnings;  // for people, one line each
};

// Everything that is wrong comes in one error of kind usage: one line each, "compose.yaml:12:7: services.web.prot:
// ...".
[[nodiscard]] Outcome<LoadedProject> load_project(const ComposeInput& input);

}  // namespace bluegreen
