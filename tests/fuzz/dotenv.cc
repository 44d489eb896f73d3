// SPDX-License-Identifier: MIT
// Files of variables: any text is lines, or complaints.
#include "config/dotenv.h"

#include "fuzz.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Complaints complaints;
  const Variables outer{{"A", "a"}, {"B", "$A"}};
  for (const auto& line : parse_dotenv(fuzz::text_of(data, size), ".env", outer, complaints)) {
    fuzz::require(!line.name.empty(), "a line has a name");
    fuzz::require(line.name.find('=') == std::string::npos, "no name has a =");
  }
  return 0;
}
