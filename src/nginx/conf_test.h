// SPDX-License-Identifier: MIT
// `nginx -t` on a candidate of conf.d, before anything of it goes live: in a container that lives for a moment, made
// from nginx's own image, with its mounts and its network, and the candidate laid over the live directory. Knows
// nothing of what stands in the files.
#pragma once

#include <string>
#include <vector>

#include "deploy/ports.h"

namespace bluegreen {

struct ConfTest {
  std::string project;
  ContainerDetail nginx;             // runs
  std::vector<std::string> options;  // of nginx's own command line: -c, -p
  std::string conf_dir;              // as nginx sees it
  std::string candidate_source;      // the candidate, on the engine's machine
  std::vector<std::string> names;    // files of it that nginx has to read
};

// Done: nginx accepts it, and reads the files that it has to. Error: nginx's own words, one line.
Done test_candidate(Engine& engine, Clock& clock, const ConfTest& test);

// Removes the test containers that a killed run of this project left.
Done remove_leftover_tests(Engine& engine, const std::string& project);

}  // namespace bluegreen
