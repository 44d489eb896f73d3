// SPDX-License-Identifier: MIT
// What the engine is asked to make: the JSON bodies of create and connect. Pure. Knows Docker's field names and nothing
// of connections. Facts: https://docs.docker.com/reference/api/engine/version/v1.41/ (Container, Network).
#pragma once

#include <cstddef>
#include <string>

#include "deploy/ports.h"

namespace bluegreen::docker {

// How many networks one create request takes: one before API 1.44, all of them from there on.
enum class NetworksAtCreate { first, all };

// The body of POST /containers/create. Our labels go over the user's. A container that shares another one's network
// (network_mode "container:...") has that one's host name, ports and hosts, so these are left out.
[[nodiscard]] std::string container_body(const ContainerSpec& spec, NetworksAtCreate networks);

// The body of POST /networks/{network}/connect.
[[nodiscard]] std::string connect_body(const NetworkEndpoint& endpoint, const std::string& container);

// The body of POST /networks/create.
[[nodiscard]] std::string network_body(const NetworkSpec& spec);

// The body of POST /volumes/create.
[[nodiscard]] std::string volume_body(const Volume& volume, const Labels& labels);

// Whole seconds, rounded up: what the engine counts a grace period in.
[[nodiscard]] constexpr long whole_seconds(Milliseconds duration) {
  return static_cast<long>(std::chrono::ceil<Seconds>(duration).count());
}

}  // namespace bluegreen::docker
