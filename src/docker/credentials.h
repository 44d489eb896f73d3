// SPDX-License-Identifier: MIT
// What to show a registry: from the Docker configuration file, and from the helper programs that it names. Secrets pass
// through here; they never get into a message.
// Facts: https://docs.docker.com/reference/cli/docker/login/#credential-stores,
// https://docs.docker.com/reference/api/engine/#section/Authentication.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"

namespace bluegreen::docker {

// Runs a helper with this on its standard input and returns its output.
using RunHelper =
    std::function<Outcome<std::string>(const std::vector<std::string>& command, const std::string& input)>;

// The value of the X-Registry-Auth header for a registry (as ImageReference::registry); empty: none is configured.
// `configuration` is the text of config.json.
[[nodiscard]] Outcome<std::string> registry_auth(const std::string& registry, std::string_view configuration,
                                                 const RunHelper& run);

[[nodiscard]] std::string encode_base64_url(std::string_view bytes);
[[nodiscard]] std::string decode_base64(std::string_view text);  // stops at the first character that is none

}  // namespace bluegreen::docker
