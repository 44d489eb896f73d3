// SPDX-License-Identifier: MIT
// The Compose reader: any text is a project or an error; a project is the same after a way through its record. What
// follows a NUL is a second file, laid over the first.
#include "config/json.h"
#include "fuzz.h"
#include "scratch.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto cut = std::min(text.find('\0'), text.size());
  const auto loaded =
      fuzz::load_compose(std::string(text.substr(0, cut)), std::string(text.substr(std::min(cut + 1, text.size()))));
  if (!loaded) {
    fuzz::require(!loaded.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  const auto& project = loaded->project;
  const auto again = project_from_json(project_to_json(project, Secrets::shown));
  fuzz::require(again && *again == project, "the record is the project");
  fuzz::require(!project_to_yaml(project, Secrets::hidden).empty(), "a project can be shown");
  return 0;
}
