// SPDX-License-Identifier: MIT
// `ports` and `expose`: https://docs.docker.com/reference/compose-file/services/#ports
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/map_reader.h"
#include "deploy/project.h"

namespace bluegreen {

// "8080:80", "127.0.0.1:8000-8001:80-81/udp", "[::1]:80:80", "9000".
[[nodiscard]] Outcome<std::vector<PortMapping>> parse_port_mapping(std::string_view text);

// A list of both forms; ranges become single ports, repetitions are dropped.
[[nodiscard]] std::vector<PortMapping> read_ports(const Field& field, Complaints& complaints);

// "9000" and "9000/udp"; ranges become single ports.
[[nodiscard]] std::vector<std::string> read_expose(const Field& field, Complaints& complaints);

}  // namespace bluegreen
