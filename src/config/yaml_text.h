// SPDX-License-Identifier: MIT
// JSON as YAML that people like to read. Only for json.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace bluegreen {

[[nodiscard]] std::string yaml_text(const nlohmann::ordered_json& json);

}  // namespace bluegreen
