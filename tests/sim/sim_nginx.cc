// SPDX-License-Identifier: MIT
#include "sim_nginx.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "deploy/addresses.h"
#include "deploy/labels.h"
#include "nginx/conf_changes.h"
#include "nginx/config_text.h"
#include "nginx/maintenance_text.h"

namespace bluegreen {

namespace {

constexpr Milliseconds test_takes(350);   // a container of its own
constexpr Milliseconds reload_takes(60);  // until the new workers are there
constexpr int first_worker = 100'000;

bool is_test(const ContainerSpec& spec) {
  const auto role = spec.labels.find(label::role);
  return role != spec.labels.end() && role->second == "test";
}

bool is_nginx(const ContainerSpec& spec) { return spec.settings.image == "nginx" && !is_test(spec); }

std::string emerg(const std::string& words) { return "2026/01/01 00:00:00 [emerg] 1#1: " + words; }

void add_hosts(const std::string& text, std::set<std::string>& hosts) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word != "server_name") continue;
    while (words >> word) hosts.insert(word.ends_with(';') ? word.substr(0, word.size() - 1) : word);
  }
}

// Texts are long and few: a hash of the whole would cost more than all else about them.
struct EveryFewBytes {
  std::size_t operator()(const std::string& text) const {
    std::size_t hash = text.size();
    for (std::size_t i = 0; i < text.size(); i += 29) hash = hash * 31 + static_cast<unsigned char>(text[i]);
    return hash;
  }
};

}  // namespace

const ReadFile& read_once(const std::string& text) {
  static std::mutex mutex;
  static std::unordered_map<std::string, ReadFile, EveryFewBytes> known;
  const std::lock_guard lock(mutex);
  const auto [place, is_new] = known.try_emplace(text);
  if (!is_new) return place->second;
  if (auto parsed = parse_site(text)) {
    const auto& site = parsed->site;
    place->second.marker = fmt::format("{}/{}", marker_dir, marker_name(site.project, site.app));
    place->second.maintenance_marker =
        fmt::format("{}/{}", marker_dir, maintenance_marker_name(site.project, site.app));
    place->second.site = std::move(*parsed);
  }
  add_hosts(text, place->second.hosts);
  return place->second;
}

SimNginx::SimNginx(SimEngine& engine, SimClock& clock, SimDisk& disk) : engine_(engine), clock_(clock), disk_(disk) {
  engine_.on_behavior = [this](const ContainerSpec& spec) -> std::optional<SimBehavior> {
    if (is_test(spec)) return behave_as_test(spec);
    return std::nullopt;
  };
  engine_.on_start = [this](const SimContainer& container) -> std::optional<std::string> {
    if (!is_nginx(container.spec)) return std::nullopt;
    if (const auto words = refuses("")) return emerg(*words);
    start(container);
    return std::nullopt;
  };
  engine_.on_signal = [this](const SimContainer& container, const std::string& name) { signal(container, name); };
  engine_.on_exec = [this](const SimContainer& container,
                           const std::vector<std::string>& command) -> std::optional<ExecResult> {
    if (!is_nginx(container.spec)) return std::nullopt;
    if (command.back() != "reload") return exec(command);
    signal(container, "HUP");
    return ExecResult{0, ""};
  };
  engine_.on_processes = [this](const SimContainer& container) {
    return is_nginx(container.spec) ? std::optional(processes()) : std::nullopt;
  };
  engine_.on_sockets = [this](const SimContainer& container) {
    return is_nginx(container.spec) ? std::optional(sockets()) : std::nullopt;
  };
}

void SimNginx::become(const SimNginx& other) {
  container_ = other.container_;
  loaded_ = other.loaded_;
  routes_ = other.routes_;
  flights_ = other.flights_;
  reload_due_ = other.reload_due_;
  generation_ = other.generation_;
  turn_ = other.turn_;
}

void SimNginx::behave() {
  test_refusal_.reset();
  reload_refusal_.reset();
  overlooks_reload_ = false;
  sees_markers_ = true;
}

// ---- the process ----------------------------------------------------------------------------------------------

void SimNginx::start(const SimContainer& container) {
  container_ = container.id;
  flights_.clear();
  reload_due_.reset();
  ++generation_;
  load();
}

void SimNginx::signal(const SimContainer& container, const std::string& name) {
  if (!is_nginx(container.spec) || name != "HUP") return;
  if (std::exchange(overlooks_reload_, false)) return;
  auto words = std::exchange(reload_refusal_, std::nullopt);
  if (!words) words = refuses("");
  if (words) {
    engine_.log_from_inside(container.id, emerg(*words));
  } else {
    reload_due_ = clock_.now() + reload_takes;
  }
}

void SimNginx::settle() {
  const auto now = clock_.now();
  if (reload_due_ && now >= *reload_due_) {
    reload_due_.reset();
    ++generation_;
    load();
  }
  std::erase_if(flights_, [&](const Flight& flight) { return flight.until <= now; });
}

void SimNginx::load() {
  loaded_.clear();
  routes_.clear();
  std::set<std::string> names;
  for (const auto& [path, text] : disk_.files()) {
    if (!is_generated_name(path)) continue;
    const auto& file = read_once(text);
    names.insert(file.hosts.begin(), file.hosts.end());
    if (is_app_file_name(path) && file.site) loaded_[{file.site->site.project, file.site->site.app}] = &file;
  }
  for (const auto& [app, file] : loaded_) {
    for (const auto& route : file->site->site.routes) {
      const auto hosts = hosts_of(route);
      const bool all_there = std::ranges::all_of(
          hosts, [&](const auto& host) { return names.contains(host == any_host ? std::string("~^") : host); });
      if (all_there) routes_[{app.first, route.service}] = file;
    }
  }
}

std::optional<std::string> SimNginx::refuses(const std::string& directory) const {
  bool has_apps = false;
  bool has_shared_file = false;
  for (const auto& [path, text] : disk_.files()) {
    if (!path.starts_with(directory)) continue;
    const auto name = path.substr(directory.size());
    has_shared_file |= name == shared_file_name;
    if (!is_app_file_name(name)) continue;
    has_apps = true;
    const auto& site = read_once(text).site;
    if (!site) return "unexpected end of file in " + name;
    for (const auto& route : site->site.routes) {
      if (route.snippet.find("prox_pass") != std::string::npos) return "unknown directive \"prox_pass\" in " + name;
    }
  }
  if (has_apps && !has_shared_file) return "unknown \"bluegreen_host\" variable";
  return std::nullopt;
}

std::optional<std::string> SimNginx::refuses_the_disk() const { return refuses(""); }

SimBehavior SimNginx::behave_as_test(const ContainerSpec& spec) {
  const auto candidate = std::ranges::find(spec.settings.mounts, std::string(default_conf_dir), &Mount::target);
  auto words = std::exchange(test_refusal_, std::nullopt);
  if (!words && candidate != spec.settings.mounts.end())
    words = refuses(candidate->source.substr(candidate->source.rfind('/') + 1) + "/");
  SimBehavior behavior{.exits_with = words ? 1 : 0, .exits_after = test_takes};
  if (words) behavior.logs = {emerg(*words)};
  return behavior;
}

std::vector<std::pair<int, std::string>> SimNginx::processes() {
  settle();
  std::vector<std::pair<int, std::string>> list{{1, "nginx: master process nginx -g daemon off;"}};
  std::set<int> old;
  for (const auto& flight : flights_) {
    if (flight.generation < generation_) old.insert(flight.generation);
  }
  for (const int generation : old)
    list.emplace_back(first_worker + generation, "nginx: worker process is shutting down");
  list.emplace_back(first_worker + generation_, "nginx: worker process");
  return list;
}

std::string SimNginx::sockets() {
  settle();
  std::string text =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  for (const auto& flight : flights_) {
    const auto address = __builtin_bswap32(parse_address(flight.to.address).value_or(0));
    fmt::format_to(std::back_inserter(text),
                   FMT_COMPILE("   0: 0208D00A:C000 {:08X}:{:04X} 01 00000000:00000000 00:00000000 00000000 0 0 1\n"),
                   address, flight.to.port);
  }
  return text;
}

std::optional<ExecResult> SimNginx::exec(const std::vector<std::string>& command) {
  settle();
  if (command.size() > 1 && command[1] == "-t") {
    const auto words = refuses("");
    return words ? ExecResult{1, "nginx: [emerg] " + *words + "\n"} : ExecResult{0, "test is successful\n"};
  }
  if (command.front() == "nginx") return ExecResult{0, "nginx version: nginx/1.22.1\n"};
  if (command.front() != "curl") return ExecResult{127, "not found"};
  std::string host;
  for (std::size_t i = 0; i + 1 < command.size(); ++i) {
    if (command[i] == "-H" && command[i + 1].starts_with("Host: ")) host = command[i + 1].substr(6);
  }
  const auto& url = command.back();
  return ExecResult{0, answer_preview(host, url.substr(url.find('/', 7)))};
}

// ---- requests -------------------------------------------------------------------------------------------------

std::string SimNginx::answer_preview(const std::string& host, const std::string& path) {
  const auto answer = [](int status, const std::string& upstream, const std::string& body) {
    return fmt::format("HTTP/1.1 {} x\r\n{}\r\n{}", status,
                       upstream.empty() ? "" : "X-Bluegreen-Upstream: " + upstream + "\r\n", body);
  };
  const auto* file = [&]() -> const ReadFile* {
    for (const auto& [app, each] : loaded_) {
      for (const auto color : both_colors) {
        for (const auto& [service, replicas] : each->site->site.sides[color]) {
          if (preview_host(app.first, service) == host) return each;
        }
      }
    }
    return nullptr;
  }();
  if (file == nullptr) return answer(404, "", "");
  const auto active = active_in(*file);
  if (path == "/.bluegreen/active") return answer(200, "", std::string(name_of(active)) + "\n");
  if (path == maintenance_answer_path) return answer(200, "", is_in_maintenance(*file) ? "on\n" : "off\n");
  const auto service = host.substr(0, host.find('.'));
  const auto to = choose(file->site->site, service, other(active));
  if (!to) return answer(502, "", "");
  const bool answers = engine_.look_for_answer(to->address) != nullptr;
  return answer(answers ? 200 : 502, to->address + ":" + std::to_string(to->port), "");
}

Color SimNginx::active_in(const ReadFile& file) const {
  const auto& site = file.site->site;
  if (site.mode == SwitchMode::reload) return site.reload_active;
  return sees_markers_ && disk_.has(file.marker) ? Color::green : Color::blue;
}

bool SimNginx::is_in_maintenance(const ReadFile& file) const {
  return file.site->maintenance && sees_markers_ && disk_.has(file.maintenance_marker);
}

std::optional<Endpoint> SimNginx::choose(const Site& site, const std::string& service, Color color) {
  const auto& side = site.sides[color];
  const auto found = side.find(service);
  if (found == side.end()) return std::nullopt;
  const auto& replicas = found->second;
  if (replicas.empty() || replicas.front().port == 0) return std::nullopt;
  return replicas[turn_[&replicas]++ % replicas.size()];
}

SimNginx::Delivery SimNginx::request(const std::string& project, const std::string& service, Milliseconds duration) {
  if (!runs()) return {};
  settle();
  const auto route = routes_.find({project, service});
  if (route == routes_.end()) return {std::nullopt, 404};
  const auto& file = *route->second;
  const auto to = choose(file.site->site, service, active_in(file));
  if (is_in_maintenance(file)) return {to, 503};
  if (!to || engine_.look_for_answer(to->address) == nullptr) return {to, 502};
  const Flight flight{*to, clock_.now() + duration, generation_};
  if (std::ranges::find(flights_, flight) == flights_.end()) flights_.push_back(flight);
  return {to, 200};
}

void SimNginx::drop(const std::string& address) {
  std::erase_if(flights_, [&](const Flight& flight) { return flight.to.address == address; });
}

// ---- what is true ---------------------------------------------------------------------------------------------

bool SimNginx::runs() { return engine_.is_running(container_); }

bool SimNginx::is_configured(const std::string& project, const std::string& app) {
  settle();
  return loaded_.contains({project, app});
}

int SimNginx::in_flight(const std::string& address) {
  settle();
  return static_cast<int>(
      std::ranges::count_if(flights_, [&](const Flight& flight) { return flight.to.address == address; }));
}

}  // namespace bluegreen
