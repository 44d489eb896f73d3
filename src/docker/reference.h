// SPDX-License-Identifier: MIT
// Image references, as people write them and as registries know them. Pure.
// Facts: https://github.com/distribution/reference (normalize.go, regexp.go).
#pragma once

#include <string>

#include "base/outcome.h"

namespace bluegreen::docker {

struct ImageReference {
  std::string registry;    // docker.io, ghcr.io, localhost:5000
  std::string repository;  // library/python
  std::string tag;         // 3; "latest" where neither tag nor digest is given
  std::string digest;      // sha256:...; wins over the tag
  bool operator==(const ImageReference&) const = default;
};

// Errors: usage, with what is wrong in it.
[[nodiscard]] Outcome<ImageReference> parse_reference(const std::string& text);

// registry/repository:tag or registry/repository@digest.
[[nodiscard]] std::string full_name(const ImageReference& reference);

}  // namespace bluegreen::docker
