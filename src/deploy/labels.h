// SPDX-License-Identifier: MIT
// The labels on what bluegreen makes. Containers of an environment carry these and not Compose's, or `docker compose
// up` would recreate them; infrastructure carries Compose's as well, so that both tools see the same containers.
#pragma once

namespace bluegreen::label {

inline constexpr auto project = "bluegreen.project";
inline constexpr auto app = "bluegreen.app";
inline constexpr auto color = "bluegreen.color";
inline constexpr auto service = "bluegreen.service";
inline constexpr auto replica = "bluegreen.replica";  // from 1
inline constexpr auto release = "bluegreen.release";
inline constexpr auto digest = "bluegreen.digest";  // of the resolved service
inline constexpr auto image = "bluegreen.image";    // the reference it was released from
inline constexpr auto role = "bluegreen.role";      // infrastructure, proxy, test

inline constexpr auto compose_project = "com.docker.compose.project";
inline constexpr auto compose_service = "com.docker.compose.service";
inline constexpr auto compose_number = "com.docker.compose.container-number";
inline constexpr auto compose_oneoff = "com.docker.compose.oneoff";
inline constexpr auto compose_network = "com.docker.compose.network";
inline constexpr auto compose_volume = "com.docker.compose.volume";

}  // namespace bluegreen::label
