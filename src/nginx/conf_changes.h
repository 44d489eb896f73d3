// SPDX-License-Identifier: MIT
// Which generated files have to change for one app, and in which order, so that every moment between two of them is a
// configuration that nginx accepts and that serves every host it served before. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nginx/config_text.h"

namespace bluegreen {

// 00-bluegreen.*.conf, bluegreen.conf, bluegreen-host.*.conf, and those of one app.
[[nodiscard]] bool is_generated_name(const std::string& name);
[[nodiscard]] bool is_of_one_app(const std::string& name);  // bluegreen.*.conf, bluegreen.*.include, bluegreen.*.stream
[[nodiscard]] bool is_app_file_name(const std::string& name);  // the first of them
[[nodiscard]] bool is_app_file_of(const std::string& project, const std::string& name);

// All sites of these files; what cannot be read is left alone, and left out.
[[nodiscard]] std::vector<PublishedSite> parse_sites(const FileTexts& live);

struct ConfChanges {
  std::vector<std::pair<std::string, std::string>> writes;  // name, text; in order
  std::vector<std::string> removals;                        // in order, after the writes
  [[nodiscard]] bool empty() const { return writes.empty() && removals.empty(); }
};

// `live`: every generated file as it stands. `wanted`: the site of that app; nothing: it goes away. Files of other apps
// change only where this app's change means something to them, whatever else may be different there.
[[nodiscard]] Outcome<ConfChanges> plan_changes(const FileTexts& live, const std::string& project,
                                                const std::string& app, const std::optional<PublishedSite>& wanted,
                                                std::string_view conf_dir = default_conf_dir);

// What brings `live` back after `changes` were made: the previous text of each name, or its removal.
[[nodiscard]] ConfChanges invert(const ConfChanges& changes, const FileTexts& live);

}  // namespace bluegreen
