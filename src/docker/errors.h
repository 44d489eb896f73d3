// SPDX-License-Identifier: MIT
// The engine's refusals in words that say what to do. Pure, but for a look at a socket that does not answer.
#pragma once

#include <optional>
#include <string>

#include "base/outcome.h"
#include "docker/address.h"

namespace bluegreen::docker {

// 404 is not_found; 409, and 403 (which the engine uses for overlapping subnets and networks in use), are conflict. A
// taken port is a conflict that names it: the engine says so with 500 and a sentence only.
[[nodiscard]] Error refusal(int status, const std::string& message, const std::string& request);

// The host port in "Bind for 0.0.0.0:8080 failed: port is already allocated" and its relatives.
[[nodiscard]] std::optional<int> taken_port(const std::string& message);

// No exchange took place: what is wrong with the way to the engine.
[[nodiscard]] Error unreachable(const DockerAddress& address, const Error& error, const std::string& ssh_words,
                                const std::string& request);

// "POST /containers/0a1b2c3d4e5f/start": without the query, with short ids.
[[nodiscard]] std::string name_of_request(const std::string& method, const std::string& path);

// Where to look when the engine does not do what it should.
[[nodiscard]] std::string look_at(const DockerAddress& address);

}  // namespace bluegreen::docker
