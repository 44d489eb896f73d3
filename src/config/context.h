// SPDX-License-Identifier: MIT
// What every reader of this room needs beside the node that it reads.
#pragma once

#include <map>
#include <string>

#include "config/complaints.h"
#include "config/variables.h"
#include "deploy/project.h"

namespace bluegreen {

struct Context {
  Complaints& complaints;
  std::string project;            // its name
  std::string directory;          // relative paths start here
  std::string working_directory;  // paths are shown relative to it
  Variables variables;
  std::map<std::string, Network> networks;  // declared in the file, and "default"
  std::map<std::string, Volume> volumes;
};

}  // namespace bluegreen
