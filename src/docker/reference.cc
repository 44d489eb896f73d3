// SPDX-License-Identifier: MIT
#include "docker/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace bluegreen::docker {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool is_component(std::string_view text) {
  const auto is_end = [](char c) { return is_lower(c) || is_digit(c); };
  const auto allowed = [&](char c) { return is_end(c) || c == '.' || c == '_' || c == '-'; };
  return !text.empty() && std::ranges::all_of(text, allowed) && is_end(text.front()) && is_end(text.back());
}

bool is_repository(std::string_view text) {
  if (text.size() > 255) return false;
  for (auto slash = text.find('/'); slash != std::string_view::npos; slash = text.find('/')) {
    if (!is_component(text.substr(0, slash))) return false;
    text.remove_prefix(slash + 1);
  }
  return is_component(text);
}

bool is_tag(const std::string& text) {
  const auto is_word = [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '_'; };
  return !text.empty() && text.size() <= 128 && is_word(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == 0 || colon == std::string::npos) return false;
  const auto algorithm = text.substr(0, colon);
  const auto hex = text.substr(colon + 1);
  return hex.size() >= 32 && std::ranges::all_of(hex, is_hex) && std::ranges::all_of(algorithm, [](char c) {
           return is_lower(c) || is_digit(c) || c == '+' || c == '.' || c == '-';
         });
}

bool is_host(const std::string& text) {
  return std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

// The first part names a registry if it cannot be a user of Docker Hub.
bool names_registry(const std::string& part) {
  return part == "localhost" || part.find_first_of(".:") != std::string::npos || std::ranges::any_of(part, is_upper);
}

}  // namespace

Outcome<ImageReference> parse_reference(const std::string& text) {
  const auto wrong = [&text](const char* what) {
    return failure(ErrorKind::usage, fmt::format("image \"{}\": {}", text, what),
                   "An image is written as name:tag, registry/name:tag or name@sha256:digest.");
  };
  ImageReference reference;
  auto rest = text;
  if (const auto at = rest.find('@'); at != std::string::npos) {
    reference.digest = rest.substr(at + 1);
    rest.resize(at);
    if (!is_digest(reference.digest)) return wrong("this is not a digest");
  }
  const auto slash = rest.rfind('/');
  if (const auto colon = rest.rfind(':'); colon != std::string::npos && (slash == std::string::npos || colon > slash)) {
    reference.tag = rest.substr(colon + 1);
    rest.resize(colon);
    if (!is_tag(reference.tag)) return wrong("this is not a tag");
  }
  const auto first = rest.find('/');
  if (first != std::string::npos && names_registry(rest.substr(0, first))) {
    reference.registry = rest.substr(0, first);
    reference.repository = rest.substr(first + 1);
    if (!is_host(reference.registry)) return wrong("this is not a registry's name");
  } else {
    reference.registry = "docker.io";
    reference.repository = rest;
  }
  if (reference.registry == "index.docker.io") reference.registry = "docker.io";
  if (reference.registry == "docker.io" && reference.repository.find('/') == std::string::npos)
    reference.repository = "library/" + reference.repository;
  if (!is_repository(reference.repository)) return wrong("a name has lower case letters, digits and . _ - / only");
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

std::string full_name(const ImageReference& reference) {
  const auto name = reference.registry + "/" + reference.repository;
  return reference.digest.empty() ? name + ":" + reference.tag : name + "@" + reference.digest;
}

}  // namespace bluegreen::docker
