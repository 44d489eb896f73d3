// SPDX-License-Identifier: MIT
// What people and files say about engines, images and registries. The first byte chooses which.
#include "docker/address.h"
#include "docker/credentials.h"
#include "docker/errors.h"
#include "docker/reference.h"
#include "fuzz.h"

using namespace bluegreen;

namespace {

void read_address(const std::string& text) {
  const auto nowhere = [](const std::string& name) { return name == "HOME" ? std::string("/nonexistent") : ""; };
  const auto address = find_docker_address({.host = text, .plain_tcp = PlainTcp::allowed}, nowhere);
  if (!address || address->kind != DockerAddress::Kind::ssh) return;
  fuzz::require(!address->host.starts_with('-') && !address->user.starts_with('-'), "ssh sees no option in a host");
}

void read_reference(const std::string& text) {
  const auto reference = docker::parse_reference(text);
  if (!reference) return;
  const auto again = docker::parse_reference(docker::full_name(*reference));
  fuzz::require(again && again->repository == reference->repository && again->registry == reference->registry,
                "the full name is the same image");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  switch (fuzz::take_byte(text) % 5) {
    case 0:
      read_address(std::string(text));
      break;
    case 1:
      read_reference(std::string(text));
      break;
    case 2:
      (void)docker::registry_auth("docker.io", text, [&](const auto&, const auto&) { return std::string(text); });
      break;
    case 3:
      (void)docker::taken_port(std::string(text));
      break;
    default:
      fuzz::require(docker::decode_base64(docker::encode_base64_url(text)).size() <= text.size(),
                    "base64 adds nothing");
  }
  return 0;
}
