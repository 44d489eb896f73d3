// SPDX-License-Identifier: MIT
// The model as JSON and back, without loss: to record a release and to deploy exactly it again. Fields that have their
// default value are left out, so that a digest outlives the addition of a field. Times are milliseconds (`_ms`).
#pragma once

#include <string>

#include "base/outcome.h"
#include "deploy/project.h"

namespace bluegreen {

enum class Secrets { shown, hidden };

// One line, keys sorted.
[[nodiscard]] std::string service_to_json(const Service& service);
[[nodiscard]] std::string app_to_json(const App& app);
[[nodiscard]] std::string project_to_json(const Project& project, Secrets secrets);

// Fails for text that is no JSON, for a wrong type and for a field that this version does not know.
[[nodiscard]] Outcome<Service> service_from_json(const std::string& json);
[[nodiscard]] Outcome<App> app_from_json(const std::string& json);
[[nodiscard]] Outcome<Project> project_from_json(const std::string& json);

// The same for people, as YAML.
[[nodiscard]] std::string project_to_yaml(const Project& project, Secrets secrets);

// 32 hexadecimal digits: FNV-1a, 128 bit (http://www.isthe.com/chongo/tech/comp/fnv/), of the service's JSON without
// digest. A mounted file's content is no part of it.
[[nodiscard]] std::string digest_of(const Service& service);

}  // namespace bluegreen
