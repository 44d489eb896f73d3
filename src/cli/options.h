// SPDX-License-Identifier: MIT
// What the command line says, as values. Each command reads its own part.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/hooks.h"
#include "cli/probe_options.h"
#include "deploy/color.h"
#include "deploy/project.h"

namespace bluegreen {

struct Options {
  // for every command
  std::vector<std::string> files;      // -f
  std::string project_name;            // -p
  std::vector<std::string> env_files;  // --env-file
  std::string host;                    // -H
  bool allow_plain_tcp = false;
  bool json = false;
  bool quiet = false;
  bool no_color = false;
  Milliseconds wait{0};  // --wait: for the lock

  // for some
  std::vector<std::string> apps;
  std::string app;
  std::vector<std::string> images;  // --image APP=REF
  bool dry_run = false;
  bool no_switch = false;
  bool keep_failed = false;
  std::optional<Milliseconds> timeout;
  std::optional<Color> color;
  bool maintenance = false;  // on or off
  std::string page;          // --page FILE
  bool volumes = false;
  bool yes = false;
  bool follow = false;
  int tail = -1;
  ProbeOptions probe;  // of probe; of deploy the URL and the picture

  Hooks hooks;  // not of the command line: empty in the product
};

}  // namespace bluegreen
