// SPDX-License-Identifier: MIT
// What nginx says when it refuses a configuration, and what to do about it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "nginx/conf_changes.h"

namespace bluegreen {

// The last "[emerg]" line of what `nginx -t` printed, without time and process; else its last line.
[[nodiscard]] std::string last_refusal(std::string_view printed);

// The next move: for certificates and keys that do not fit, for a line of ours ("... in conf.d/web.conf:12", with what
// stands there), for a file of the user's. Empty where nothing is known.
[[nodiscard]] std::string hint_for(const std::string& words, const ConfChanges& changes,
                                   std::string_view conf_dir = default_conf_dir);

}  // namespace bluegreen
