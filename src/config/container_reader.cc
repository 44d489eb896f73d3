// SPDX-License-Identifier: MIT
#include "config/container_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/dotenv.h"
#include "config/files.h"
#include "config/mounts.h"
#include "config/ports.h"
#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

// A string is split as Compose does it; a list is taken as it is; nothing at all leaves the image's own.
void read_command(const std::optional<Field>& field, std::optional<std::vector<std::string>>& target,
                  Complaints& complaints) {
  if (!field || field->node->kind == Node::Kind::null) return;
  if (field->node->kind == Node::Kind::scalar)
    read_scalar(*field, complaints, target, split_command);
  else
    target = read_texts(*field, complaints);
}

bool check_variable_name(const std::string& name, const Place& place, Complaints& complaints) {
  if (!name.empty() && name.find('=') == std::string::npos) return true;
  complaints.add(place, fmt::format("{} is not a name of a variable", in_quotes(name)));
  return false;
}

void read_env_file(const Field& item, ContainerSettings& container, Context& context) {
  auto& complaints = context.complaints;
  std::string path;
  bool required = true;
  if (item.node->kind == Node::Kind::map) {
    MapReader map(item, complaints);
    if (!map.read("path", path, parse_text) && !item.node->find("path")) complaints.add(item.place, "needs path");
    map.read("required", required, parse_bool);
    map.refuse("format", "formats of env_file are not implemented", "remove it");
    map.finish();
  } else {
    read_scalar(item, complaints, path, parse_text);
  }
  if (path.empty()) return;
  path = absolute_path(path, context.directory);
  if (!required && !file_exists(path)) return;
  const auto text = read_text_file(path);
  if (!text) return complaints.add(item.place, text.error().message, required ? "or write required: false" : "");
  for (auto& [name, value] :
       parse_dotenv(*text, shown_path(path, context.working_directory), context.variables, complaints)) {
    if (value)
      container.environment[name] = std::move(*value);
    else if (const auto outer = context.variables.find(name); outer != context.variables.end())
      container.environment[name] = outer->second;
  }
}

// A key without a value takes the one from outside, and is left out where there is none.
void read_environment(const Field& field, ContainerSettings& container, Context& context) {
  for (const auto& [name, value] : read_map(field, context.complaints)) {
    if (!check_variable_name(name, value.place, context.complaints)) continue;
    if (value.node->kind != Node::Kind::null) {
      read_scalar(value, context.complaints, container.environment[name], parse_any_text);
    } else if (const auto outer = context.variables.find(name); outer == context.variables.end()) {
      container.environment.erase(name);
    } else if (is_utf8(outer->second)) {
      container.environment[name] = outer->second;
    } else {
      context.complaints.add(value.place, "the variable's value is not UTF-8 text");
    }
  }
}

void read_health_test(const Field& field, HealthCheck& check, Complaints& complaints) {
  check.test = read_texts(field, complaints);
  if (field.node->kind == Node::Kind::scalar) {
    check.test.insert(check.test.begin(), "CMD-SHELL");
    return;
  }
  static constexpr std::array kinds = {"NONE", "CMD", "CMD-SHELL"};
  if (check.test.empty() || std::ranges::find(kinds, check.test[0]) == kinds.end())
    complaints.add(field.place, "the list must begin with NONE, CMD or CMD-SHELL",
                   "write e.g. [\"CMD\", \"pg_isready\"], or a single text for the shell");
  else if (check.test[0] == "CMD-SHELL" && check.test.size() != 2)
    complaints.add(field.place, "CMD-SHELL takes exactly one text");
  else if (check.test[0] == "CMD" && check.test.size() < 2)
    complaints.add(field.place, "CMD needs a program");
  else if (check.test[0] == "NONE")
    check = {.disabled = true, .test = {}};
}

HealthCheck read_healthcheck(const Field& field, Complaints& complaints) {
  static constexpr std::string_view unimplemented[] = {"start_interval"};
  MapReader map(field, complaints);
  HealthCheck check;
  bool disable = false;
  if (const auto test = map.take("test")) read_health_test(*test, check, complaints);
  map.read("interval", check.interval, parse_positive_duration);
  map.read("timeout", check.timeout, parse_positive_duration);
  map.read("start_period", check.start_period, parse_duration);
  map.read("retries", check.retries, integer_between(1, 1000));
  map.read("disable", disable, parse_bool);
  map.finish(unimplemented);
  if (disable || check.disabled) return {.disabled = true, .test = {}};
  return check;
}

// "name:address" or "name=address"; an IPv6 address may stand in brackets.
Outcome<std::string> parse_extra_host(std::string_view text) {
  const auto cut = text.find_first_of("=:");
  const auto name = trim(text.substr(0, cut));
  auto address = cut == std::string_view::npos ? std::string_view() : trim(text.substr(cut + 1));
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (name.empty() || address.empty())
    return failure(fmt::format("{} is not an extra host; write name:address", in_quotes(text)));
  return fmt::format("{}:{}", name, address);
}

std::vector<std::string> read_extra_hosts(const Field& field, Complaints& complaints) {
  std::vector<std::string> hosts;
  const auto add = [&](const Field& value, const std::string& before) {
    std::string host;
    const bool good = read_scalar(value, complaints, host,
                                  [&](std::string_view text) { return parse_extra_host(before + std::string(text)); });
    if (good && std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(host);
  };
  if (field.node->kind == Node::Kind::map) {
    for (const auto& [name, value] : read_map(field, complaints))
      if (value.node->kind == Node::Kind::sequence)
        for (const auto& item : read_list(value, complaints)) add(item, name + "=");
      else
        add(value, name + "=");
  } else {
    for (const auto& item : read_list(field, complaints)) add(item, "");
  }
  return hosts;
}

}  // namespace

void read_container(MapReader& service, ContainerSettings& container, Context& context) {
  auto& complaints = context.complaints;
  read_command(service.take("command"), container.command, complaints);
  read_command(service.take("entrypoint"), container.entrypoint, complaints);
  if (const auto files = service.take("env_file"))
    for (const auto& item : read_list(*files, complaints)) read_env_file(item, container, context);
  if (const auto environment = service.take("environment")) read_environment(*environment, container, context);
  if (const auto labels = service.take("labels")) container.labels = read_text_map(*labels, complaints);
  if (const auto volumes = service.take("volumes")) container.mounts = read_mounts(*volumes, context);
  if (const auto ports = service.take("ports")) container.ports = read_ports(*ports, complaints);
  if (const auto expose = service.take("expose")) container.expose = read_expose(*expose, complaints);
  if (const auto check = service.take("healthcheck")) container.healthcheck = read_healthcheck(*check, complaints);
  if (const auto hosts = service.take("extra_hosts")) container.extra_hosts = read_extra_hosts(*hosts, complaints);
  service.read("restart", container.restart, parse_restart);
  service.read("user", container.user, parse_text);
  service.read("working_dir", container.working_dir, parse_text);
  service.read("hostname", container.hostname, parse_text);
  service.read("stop_signal", container.stop_signal, parse_text);
  service.read("stop_grace_period", container.stop_grace_period, parse_duration);
  service.read("init", container.init, parse_bool);
  service.read("tty", container.tty, parse_bool);
  service.read("stdin_open", container.stdin_open, parse_bool);
}

}  // namespace bluegreen
