// SPDX-License-Identifier: MIT
// Whatever the Compose reader accepts comes out of the nginx room as exactly the directives meant. How that is seen:
// next to the hostile project stands an innocuous one of the same shape, with a plain word for each of the strings.
// Both are rendered and read back; with the plain words replaced, the directives of the second are those of the first.
// `snippet` is not in it: that one is nginx configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "deploy/project.h"

namespace bluegreen::test {

struct HostileService {
  std::string name, app, port, host, other_host, path, body_size, timeout, health_path, health_host, certificate, key;
};

// The strings stand in the file as they are; an empty one is left out, but for the project's name.
struct HostileProject {
  std::string name, switch_mode, listen, preview_port, acme;
  std::vector<HostileService> services;
};

// From bytes: the fields in order, separated by NUL, which no value can contain; as many services as there are.
[[nodiscard]] HostileProject hostile_project_from(std::string_view bytes);

[[nodiscard]] std::string compose_text(const HostileProject& project);

// The same shape with plain words: equal strings stay equal, in the same order.
[[nodiscard]] HostileProject innocuous_twin(const HostileProject& project);

// Both as the Compose reader accepted them. Error: what came out differently.
[[nodiscard]] Done check_nginx_text(const HostileProject& hostile, const Project& read, const Project& read_twin);

}  // namespace bluegreen::test
