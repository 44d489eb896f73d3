// SPDX-License-Identifier: MIT
// One service of the file into a Service: https://docs.docker.com/reference/compose-file/services/. Looks at this
// service alone; what concerns several of them is in checks.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/bluegreen_reader.h"
#include "config/context.h"
#include "config/map_reader.h"

namespace bluegreen {

struct ServiceDraft {
  Field field;
  Service service;
  std::vector<std::string> optional_dependencies;  // depends_on with required: false
  std::optional<BluegreenBlock> bluegreen;

  [[nodiscard]] bool is_app() const { return bluegreen && !bluegreen->proxy; }
  [[nodiscard]] bool is_proxy() const { return bluegreen && bluegreen->proxy; }
};

[[nodiscard]] ServiceDraft read_service(const std::string& name, const Field& field, Context& context);

}  // namespace bluegreen
