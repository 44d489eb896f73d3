// SPDX-License-Identifier: MIT
// Keeps secrets out of what people see. Generous on purpose: hiding a harmless value costs nothing.
#pragma once

#include <string>
#include <string_view>

#include "deploy/project.h"

namespace bluegreen {

// A name like DB_PASSWORD, apiKey or AUTH_TOKEN.
[[nodiscard]] bool smells_of_secret(std::string_view name);

// user:password@ in URLs, and the values of --password=... and the like, become ***.
[[nodiscard]] std::string redact_text(std::string_view text);

// The same project with redact_text applied to every text a secret may stand in, and *** for each value of the
// environment, a label or a driver option whose key smells of a secret.
[[nodiscard]] Project redacted(Project project);

}  // namespace bluegreen
