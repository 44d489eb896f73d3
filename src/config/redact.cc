// SPDX-License-Identifier: MIT
#include "config/redact.h"

#include <algorithm>
#include <array>
#include <vector>

#include "config/text.h"

namespace bluegreen {
namespace {

constexpr std::string_view hidden = "***";

bool is_name_character(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; }

bool ends_value(char c) { return is_space(c) || c == ',' || c == '&' || c == ';' || c == '"' || c == '\''; }

// scheme://user:password@host: the password. A scheme://secret@host: the whole user part.
std::string redact_urls(std::string_view text) {
  std::string result;
  while (true) {
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos) return result.append(text);
    const auto begin = scheme + 3;
    auto end = begin;
    while (end < text.size() && text[end] != '/' && text[end] != '?' && !is_space(text[end])) ++end;
    // A password may contain an @ of its own, even a slash: then the last @ before a space counts.
    auto far = end;
    while (far < text.size() && !is_space(text[far]) && text[far] != ',') ++far;
    const auto colon = text.substr(begin, end - begin).find(':');
    const auto reach = colon == std::string_view::npos ? end : far;
    const auto at = text.substr(begin, reach - begin).rfind('@');
    result.append(text.substr(0, begin));
    if (at == std::string_view::npos) {
      text.remove_prefix(begin);
      continue;
    }
    if (colon != std::string_view::npos && colon < at) result.append(text.substr(begin, colon + 1));
    result.append(hidden);
    text.remove_prefix(begin + at);
  }
}

// password=value, --api-key=value, "o: username=u,password=p".
std::string redact_assignments(std::string_view text) {
  std::string result;
  while (true) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return result.append(text);
    auto name = equals;
    while (name > 0 && is_name_character(text[name - 1])) --name;
    result.append(text.substr(0, equals + 1));
    const bool secret = smells_of_secret(text.substr(name, equals - name));
    text.remove_prefix(equals + 1);
    if (!secret || text.empty() || ends_value(text.front())) continue;
    result.append(hidden);
    while (!text.empty() && !ends_value(text.front())) text.remove_prefix(1);
  }
}

void redact_map(std::map<std::string, std::string>& map) {
  for (auto& [key, value] : map)
    value = smells_of_secret(key) && !value.empty() ? std::string(hidden) : redact_text(value);
}

void redact_list(std::vector<std::string>& list) {
  bool previous_was_secret_flag = false;  // --password VALUE
  for (auto& text : list) {
    const bool flag = text.starts_with('-') && text.find('=') == std::string::npos && smells_of_secret(text);
    text = previous_was_secret_flag && !text.starts_with('-') ? std::string(hidden) : redact_text(text);
    previous_was_secret_flag = flag;
  }
}

void redact_service(Service& service) {
  auto& container = service.container;
  container.image = redact_text(container.image);
  redact_map(container.environment);
  redact_map(container.labels);
  if (container.command) redact_list(*container.command);
  if (container.entrypoint) redact_list(*container.entrypoint);
  if (container.healthcheck) redact_list(container.healthcheck->test);
  service.health.path = redact_text(service.health.path);
  if (service.route) service.route->snippet = redact_text(service.route->snippet);
}

}  // namespace

bool smells_of_secret(std::string_view name) {
  static constexpr std::array smells = {"PASS", "PWD",  "SECRET",  "TOKEN", "KEY",     "CREDENTIAL",
                                        "AUTH", "SALT", "PRIVATE", "CERT",  "SESSION", "DSN"};
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return std::ranges::any_of(smells, [&](const char* smell) { return upper.find(smell) != std::string::npos; });
}

std::string redact_text(std::string_view text) { return redact_assignments(redact_urls(text)); }

Project redacted(Project project) {
  for (auto& app : project.apps)
    for (auto& service : app.services) redact_service(service);
  for (auto& service : project.infrastructure) redact_service(service);
  for (auto& [key, network] : project.networks) {
    redact_map(network.labels);
    redact_map(network.driver_opts);
  }
  for (auto& [key, volume] : project.volumes) {
    redact_map(volume.labels);
    redact_map(volume.driver_opts);
  }
  return project;
}

}  // namespace bluegreen
