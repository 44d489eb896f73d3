// SPDX-License-Identifier: MIT
// What an engine answers in JSON: any text is a value or an error. The first byte chooses the question.
#include "docker/answers.h"
#include "fuzz.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto body = fuzz::text_of(data, size);
  switch (fuzz::take_byte(body) % 10) {
    case 0:
      (void)docker::read_container_list(body);
      break;
    case 1:
      (void)docker::read_container(body);
      break;
    case 2:
      (void)docker::read_processes(body);
      break;
    case 3:
      (void)docker::read_networks(body);
      break;
    case 4:
      (void)docker::read_volumes(body);
      break;
    case 5:
      (void)docker::read_image(body);
      break;
    case 6:
      (void)docker::read_exec(body);
      break;
    case 7:
      (void)docker::read_has_terminal(body);
      break;
    case 8:
      fuzz::require(!docker::error_message(body).empty(), "a refusal has words");
      break;
    default:
      (void)docker::parse_time(std::string(body));
      (void)docker::read_id(body);
      (void)docker::read_version(body);
  }
  return 0;
}
