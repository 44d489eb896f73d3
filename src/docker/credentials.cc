// SPDX-License-Identifier: MIT
#include "docker/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "docker/json.h"

namespace bluegreen::docker {
namespace {

constexpr auto kDockerHub = "https://index.docker.io/v1/";
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string key_of(const std::string& registry) { return registry == "docker.io" ? kDockerHub : registry; }

// https://ghcr.io/v1/ -> ghcr.io
std::string host_of(std::string key) {
  if (const auto scheme = key.find("://"); scheme != std::string::npos) key.erase(0, scheme + 3);
  return key.substr(0, key.find('/'));
}

std::string header(json fields, const std::string& key) {
  fields["serveraddress"] = key;
  return encode_base64_url(dump_json(fields));
}

std::string from_entry(const json& entry, const std::string& key) {
  if (auto token = text_at(entry, {"identitytoken"}); !token.empty()) return header({{"identitytoken", token}}, key);
  if (auto token = text_at(entry, {"registrytoken"}); !token.empty()) return header({{"registrytoken", token}}, key);
  auto user = text_at(entry, {"username"});
  auto password = text_at(entry, {"password"});
  if (const auto both = decode_base64(text_at(entry, {"auth"})); both.find(':') != std::string::npos) {
    user = both.substr(0, both.find(':'));
    password = both.substr(both.find(':') + 1);
    while (password.ends_with('\0')) password.pop_back();
  }
  return user.empty() ? "" : header({{"username", user}, {"password", password}}, key);
}

std::string from_file(const json& configuration, const std::string& key) {
  const auto& entries = member(configuration, {"auths"});
  if (!entries.is_object()) return "";
  if (const auto exact = entries.find(key); exact != entries.end()) return from_entry(*exact, key);
  for (const auto& [name, entry] : entries.items())
    if (host_of(name) == host_of(key)) return from_entry(entry, key);
  return "";
}

std::string helper_for(const json& configuration, const std::string& key) {
  const auto& helpers = member(configuration, {"credHelpers"});
  for (const auto& name : {key, host_of(key)})
    if (auto helper = text_at(helpers, {name.c_str()}); !helper.empty()) return helper;
  return text_at(configuration, {"credsStore"});
}

bool is_program_name(const std::string& name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

// A helper that knows nothing of this registry ends with 1, as one that is broken does: the pull then says what it
// lacks.
Outcome<std::string> from_helper(const std::string& helper, const std::string& key, const RunHelper& run) {
  if (!is_program_name(helper))
    return failure(ErrorKind::usage, fmt::format("the Docker configuration names \"{}\" as credential helper", helper));
  const auto output = run({"docker-credential-" + helper, "get"}, key);
  if (!output) return "";
  const auto answer = parse_json(*output);
  if (!answer) return failure(fmt::format("docker-credential-{} answers with something else than JSON", helper));
  const auto user = text_at(*answer, {"Username"});
  const auto secret = text_at(*answer, {"Secret"});
  if (user == "<token>") return header({{"identitytoken", secret}}, key);
  return user.empty() ? "" : header({{"username", user}, {"password", secret}}, key);
}

}  // namespace

std::string encode_base64_url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) text += kAlphabet[bits << (6 - count) & 63];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string decode_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto digit = kAlphabet.find(c == '+' ? '-' : c == '/' ? '_' : c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255);
  }
  return bytes;
}

Outcome<std::string> registry_auth(const std::string& registry, std::string_view configuration, const RunHelper& run) {
  const auto parsed = parse_json(configuration);
  if (!parsed)
    return failure(ErrorKind::usage, "the Docker configuration file is not JSON", "See ~/.docker/config.json.");
  const auto key = key_of(registry);
  if (const auto helper = helper_for(*parsed, key); !helper.empty()) {
    TRY_ASSIGN(auto auth, from_helper(helper, key, run));
    if (!auth.empty()) return auth;
  }
  return from_file(*parsed, key);
}

}  // namespace bluegreen::docker
