// SPDX-License-Identifier: MIT
// Records of releases, in labels and in the history: any text is a value or an error, and a value is written as it was
// read.
#include "config/json.h"
#include "fuzz.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  if (const auto app = app_from_json(text)) {
    const auto again = app_from_json(app_to_json(*app));
    fuzz::require(again && *again == *app, "an app is its record");
  }
  if (const auto project = project_from_json(text)) {
    const auto again = project_from_json(project_to_json(*project, Secrets::shown));
    fuzz::require(again && *again == *project, "a project is its record");
    (void)project_to_json(*project, Secrets::hidden);
  }
  return 0;
}
