// SPDX-License-Identifier: MIT
// No string of a Compose file breaks out of its place in nginx's configuration (nginx_text/hostile.h).
#include "fuzz.h"
#include "nginx_text/hostile.h"
#include "scratch.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto hostile = test::hostile_project_from(fuzz::text_of(data, size));
  const auto read = fuzz::load_compose(test::compose_text(hostile));
  if (!read) return 0;
  const auto twin = fuzz::load_compose(test::compose_text(test::innocuous_twin(hostile)));
  fuzz::require(twin.has_value(), twin ? "" : "an innocuous twin is taken too: " + twin.error().message);
  const auto checked = test::check_nginx_text(hostile, read->project, twin->project);
  fuzz::require(checked.has_value(), checked ? "" : checked.error().message);
  return 0;
}
