// SPDX-License-Identifier: MIT
#include "docker/answers.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "docker/json.h"

namespace bluegreen::docker {

std::unexpected<Error> senseless() { return failure("the engine's answer makes no sense"); }

RunState run_state(const std::string& word) {
  if (word == "running") return RunState::running;
  if (word == "paused") return RunState::paused;
  if (word == "restarting") return RunState::restarting;
  if (word == "removing") return RunState::removing;
  if (word == "exited") return RunState::exited;
  if (word == "dead") return RunState::dead;
  return RunState::created;
}

std::string without_slash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

namespace {

enum class Shape { object, array };

Outcome<json> parse(std::string_view body, Shape shape) {
  auto value = parse_json(body);
  if (!value || (shape == Shape::object ? !value->is_object() : !value->is_array())) return senseless();
  return std::move(*value);
}

bool has_text(const json& value, const char* name) { return !text_at(value, {name}).empty(); }

HealthState health_state(const std::string& word) {
  if (word == "starting") return HealthState::starting;
  if (word == "healthy") return HealthState::healthy;
  if (word == "unhealthy") return HealthState::unhealthy;
  return HealthState::none;
}

std::map<std::string, std::string> addresses(const json& networks) {
  std::map<std::string, std::string> found;
  if (!networks.is_object()) return found;
  for (const auto& [name, endpoint] : networks.items()) found[name] = text_at(endpoint, {"IPAddress"});
  return found;
}

std::vector<Mount> mounts(const json& list) {
  std::vector<Mount> found;
  if (!list.is_array()) return found;
  for (const auto& item : list) {
    const auto type = text_at(item, {"Type"});
    found.push_back({.kind = type == "volume"  ? Mount::Kind::volume
                             : type == "tmpfs" ? Mount::Kind::tmpfs
                                               : Mount::Kind::bind,
                     .source = text_at(item, {"Source"}),
                     .target = text_at(item, {"Destination"}),
                     .read_only = !flag_at(item, {"RW"}),
                     .propagation = text_at(item, {"Propagation"})});
  }
  return found;
}

std::optional<Milliseconds> milliseconds_at(const json& value, const char* name) {
  const auto nanoseconds = std::chrono::nanoseconds(number_at(value, {name}));
  if (nanoseconds.count() <= 0) return {};
  return std::chrono::duration_cast<Milliseconds>(nanoseconds);
}

std::optional<HealthCheck> healthcheck(const json& value) {
  if (!value.is_object()) return {};
  HealthCheck check;
  check.test = texts_of(member(value, {"Test"}));
  if (check.test.empty()) return {};
  check.disabled = check.test.front() == "NONE";
  check.interval = milliseconds_at(value, "Interval");
  check.timeout = milliseconds_at(value, "Timeout");
  check.start_period = milliseconds_at(value, "StartPeriod");
  if (const auto retries = number_at(value, {"Retries"}); retries > 0) check.retries = static_cast<int>(retries);
  return check;
}

}  // namespace

WallTime parse_time(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, consumed = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &consumed) !=
      6)
    return {};
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1970) return {};
  int fraction = 0;
  if (text.size() > static_cast<std::size_t>(consumed) && text[static_cast<std::size_t>(consumed)] == '.') {
    auto digits = text.substr(static_cast<std::size_t>(consumed) + 1, 3);
    digits.resize(std::min(digits.size(), digits.find_first_not_of("0123456789")));
    digits.resize(3, '0');
    std::from_chars(digits.data(), digits.data() + 3, fraction);
  }
  return WallTime(std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                  std::chrono::seconds(second) + Milliseconds(fraction));
}

Outcome<ContainerDetail> read_container(std::string_view body) {
  TRY_ASSIGN(const auto value, parse(body, Shape::object));
  const auto& state = member(value, {"State"});
  if (!has_text(value, "Id") || !has_text(state, "Status")) return senseless();
  return ContainerDetail{.id = text_at(value, {"Id"}),
                         .name = without_slash(text_at(value, {"Name"})),
                         .state = run_state(text_at(state, {"Status"})),
                         .health = health_state(text_at(state, {"Health", "Status"})),
                         .exit_code = static_cast<int>(number_at(state, {"ExitCode"})),
                         .oom_killed = flag_at(state, {"OOMKilled"}),
                         .restart_count = static_cast<int>(number_at(value, {"RestartCount"})),
                         .pid = static_cast<int>(number_at(state, {"Pid"})),
                         .error = text_at(state, {"Error"}),
                         .image = text_at(value, {"Config", "Image"}),
                         .image_id = text_at(value, {"Image"}),
                         .started = parse_time(text_at(state, {"StartedAt"})),
                         .mounts = mounts(member(value, {"Mounts"})),
                         .addresses = addresses(member(value, {"NetworkSettings", "Networks"}))};
}

Outcome<bool> read_has_terminal(std::string_view container_body) {
  TRY_ASSIGN(const auto value, parse(container_body, Shape::object));
  const auto& tty = member(value, {"Config", "Tty"});
  if (!tty.is_boolean()) return senseless();
  return tty.get<bool>();
}

Outcome<std::vector<std::pair<int, std::string>>> read_processes(std::string_view body) {
  TRY_ASSIGN(const auto value, parse(body, Shape::object));
  const auto titles = texts_of(member(value, {"Titles"}));
  const auto pid = static_cast<std::size_t>(std::ranges::find(titles, "PID") - titles.begin());
  const auto command = static_cast<std::size_t>(
      std::ranges::find_if(titles, [](const auto& title) { return title == "CMD" || title == "COMMAND"; }) -
      titles.begin());
  std::vector<std::pair<int, std::string>> processes;
  const auto& rows = member(value, {"Processes"});
  if (!rows.is_array() || pid == titles.size()) return senseless();
  for (const auto& row : rows) {
    const auto cells = texts_of(row);
    if (pid < cells.size() && command < cells.size())
      processes.emplace_back(std::atoi(cells[pid].c_str()), cells[command]);
  }
  return processes;
}

Outcome<std::vector<EngineNetwork>> read_networks(std::string_view body) {
  TRY_ASSIGN(const auto list, parse(body, Shape::array));
  if (!std::ranges::all_of(list, [](const json& item) { return has_text(item, "Name"); })) return senseless();
  std::vector<EngineNetwork> networks;
  for (const auto& item : list) {
    EngineNetwork network{.id = text_at(item, {"Id"}),
                          .name = text_at(item, {"Name"}),
                          .internal = flag_at(item, {"Internal"}),
                          .labels = text_map_of(member(item, {"Labels"}))};
    if (const auto& pools = member(item, {"IPAM", "Config"}); pools.is_array())
      for (const auto& pool : pools)
        if (auto subnet = text_at(pool, {"Subnet"}); !subnet.empty()) network.subnets.push_back(std::move(subnet));
    networks.push_back(std::move(network));
  }
  return networks;
}

Outcome<std::vector<std::pair<std::string, Labels>>> read_volumes(std::string_view body) {
  TRY_ASSIGN(const auto value, parse(body, Shape::object));
  std::vector<std::pair<std::string, Labels>> volumes;
  const auto& list = member(value, {"Volumes"});
  if (list.is_null() && value.contains("Volumes")) return volumes;
  if (!list.is_array() || !std::ranges::all_of(list, [](const json& item) { return has_text(item, "Name"); }))
    return senseless();
  for (const auto& item : list) volumes.emplace_back(text_at(item, {"Name"}), text_map_of(member(item, {"Labels"})));
  return volumes;
}

Outcome<ImageDetail> read_image(std::string_view body) {
  TRY_ASSIGN(const auto value, parse(body, Shape::object));
  if (!has_text(value, "Id")) return senseless();
  return ImageDetail{.id = text_at(value, {"Id"}),
                     .repo_digests = texts_of(member(value, {"RepoDigests"})),
                     .healthcheck = healthcheck(member(value, {"Config", "Healthcheck"}))};
}

Outcome<std::string> read_id(std::string_view body) {
  TRY_ASSIGN(const auto value, parse(body, Shape::object));
  auto id = text_at(value, {"Id"});
  if (id.empty()) return senseless();
  return id;
}

Outcome<std::string> read_version(std::string_view body) {
  TRY_ASSIGN(const auto value, parse(body, Shape::object));
  auto version = text_at(value, {"Version"});
  if (version.empty()) return senseless();
  return version;
}

Outcome<ExecState> read_exec(std::string_view body) {
  TRY_ASSIGN(const auto value, parse(body, Shape::object));
  if (!member(value, {"Running"}).is_boolean()) return senseless();
  if (!flag_at(value, {"Running"}) && !member(value, {"ExitCode"}).is_number_integer()) return senseless();
  return ExecState{flag_at(value, {"Running"}), static_cast<int>(number_at(value, {"ExitCode"}))};
}

std::string error_message(std::string_view body) {
  if (const auto value = parse_json(body))
    if (auto message = text_at(*value, {"message"}); !message.empty()) return message;
  const auto line = body.substr(0, std::min(body.find('\n'), std::size_t{300}));
  return line.empty() ? "no reason given" : std::string(line);
}

}  // namespace bluegreen::docker
