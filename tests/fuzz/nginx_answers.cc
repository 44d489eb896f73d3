// SPDX-License-Identifier: MIT
// What nginx's container says: curl's print of an answer, process titles, log lines, the version.
#include <sstream>

#include "fuzz.h"
#include "nginx/preview_client.h"
#include "nginx/workers.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  if (const auto answer = parse_printed_answer(text))
    fuzz::require(answer->body.size() <= 1024, "a body is kept short");
  std::vector<std::string> lines;
  std::vector<std::pair<int, std::string>> processes;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    processes.emplace_back(static_cast<int>(processes.size()), line);
    lines.push_back(std::move(line));
  }
  (void)master_options(processes);
  (void)find_workers(processes);
  (void)parse_version(text);
  std::erase_if(lines, [](const std::string& line) { return line.find("[emerg] ") == std::string::npos; });
  fuzz::require(find_refusals(lines).size() == lines.size(), "each of these lines is a refusal");
  fuzz::require(find_new_refusal({}, lines).has_value() == !lines.empty(), "a refusal is news where there was none");
  return 0;
}
