// SPDX-License-Identifier: MIT
// ${VARIABLES}: any text is a text or an error, and never longer than allowed.
#include "config/variables.h"
#include "fuzz.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 10'000;
  const Variables variables{{"A", "a"}, {"B", "${A}"}, {"EMPTY", ""}, {"LONG", std::string(3000, 'x')}};
  const auto result = interpolate(fuzz::text_of(data, size), variables, limit);
  fuzz::require(result ? result->text.size() <= limit : !result.error().message.empty(), "a text within its limit");
  return 0;
}
