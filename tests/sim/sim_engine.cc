// SPDX-License-Identifier: MIT
#include "sim_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "deploy/addresses.h"

namespace bluegreen {
namespace {

constexpr Milliseconds first_restart_pause{
    100};  // doubled each time (docs.docker.com, "Start containers automatically")

std::unexpected<Error> not_found(const std::string& what) { return failure(ErrorKind::not_found, "no such " + what); }
std::unexpected<Error> conflict(const std::string& what) { return failure(ErrorKind::conflict, what); }

std::string with_tag(const std::string& reference) {
  const auto slash = reference.rfind('/');
  const auto colon = reference.find(':', slash == std::string::npos ? 0 : slash);
  return colon == std::string::npos ? reference + ":latest" : reference;
}

Labels laid_over(const Labels& below, const Labels& above) {
  auto merged = above;
  merged.insert(below.begin(), below.end());
  return merged;
}

bool has(const Labels& labels, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && (label.second.empty() || found->second == label.second);
  });
}

bool restarts(const SimContainer& container) {
  const auto& policy = container.spec.settings.restart.name;
  return policy == "always" || policy == "unless-stopped" || (policy == "on-failure" && container.exit_code != 0);
}

std::string tables(const SimBehavior& behavior) {
  std::string text =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  if (behavior.port == 0) return text;
  const auto address = __builtin_bswap32(parse_address(behavior.listens_on).value_or(0));
  return text + fmt::format("   0: {:08X}:{:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n",
                            address, behavior.port);
}

}  // namespace

SimEngine::SimEngine(SimCalls& calls, SimClock& clock) : calls_(calls), clock_(clock) {
  networks_.push_back({{.id = "bridge", .name = "bridge", .subnets = {"172.17.0.0/16"}}, ""});
}

template <class Body>
auto SimEngine::read(const std::string& operation, Body body) -> decltype(body()) {
  TRY(calls_.enter(operation));
  const std::lock_guard lock(mutex_);
  settle();
  return body();
}

template <class Body>
auto SimEngine::change(const std::string& operation, Body body) -> decltype(body()) {
  TRY(calls_.enter(operation));
  auto result = [&] {
    const std::lock_guard lock(mutex_);
    settle();
    return body();
  }();
  if (result) TRY(calls_.leave(operation));
  return result;
}

void SimEngine::become(const SimEngine& other) {
  last_number_ = other.last_number_;
  containers_ = other.containers_;
  networks_ = other.networks_;
  volumes_ = other.volumes_;
  images_ = other.images_;
  registry_ = other.registry_;
}

// ---- the world ------------------------------------------------------------------------------------------------

void SimEngine::add_image(const std::string& reference, ImageDetail detail) {
  const std::lock_guard lock(mutex_);
  images_[with_tag(reference)] = std::move(detail);
}

void SimEngine::publish_image(const std::string& reference, ImageDetail detail) {
  const std::lock_guard lock(mutex_);
  registry_[with_tag(reference)] = std::move(detail);
}

void SimEngine::kill_container(const std::string& name, int exit_code) {
  const std::lock_guard lock(mutex_);
  if (auto* container = look_up(name); container != nullptr && container->state == RunState::running)
    end_by_itself(*container, exit_code);
}

void SimEngine::restart_by_hand(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto* container = look_up(name);
  if (container == nullptr || container->state != RunState::running) return;
  end(*container, 0);
  (void)run(*container);
}

void SimEngine::remove_by_hand(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::erase_if(containers_, [&](const auto& each) { return each.spec.name == name; });
}

void SimEngine::remove_network_by_hand(const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (auto& container : containers_) {
    std::erase_if(container.endpoints, [&](const auto& endpoint) { return endpoint.network == name; });
    container.addresses.erase(name);
  }
  std::erase_if(networks_, [&](const auto& network) { return network.seen.name == name; });
}

void SimEngine::restart() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> to_start;
  for (auto& container : containers_) {
    const bool ran = container.state == RunState::running || container.state == RunState::restarting;
    if (!ran) continue;
    const auto& policy = container.spec.settings.restart.name;
    if (policy == "always" || policy == "unless-stopped") to_start.push_back(container.id);
    end(container, 137);
  }
  for (const auto& id : to_start) (void)run(*look_up(id));
}

const std::vector<SimContainer>& SimEngine::containers() {
  settle();
  return containers_;
}

const SimContainer* SimEngine::find(const std::string& id_or_name) {
  settle();
  return look_up(id_or_name);
}

bool SimEngine::is_running(const std::string& id_or_name) {
  const auto* container = find(id_or_name);
  return container != nullptr && container->state == RunState::running;
}

const SimContainer* SimEngine::look_for_answer(const std::string& address) {
  settle();
  for (const auto& container : containers_)
    for (const auto& [network, taken] : container.addresses)
      if (taken == address && is_ready(container) && !container.behavior.never_healthy) return &container;
  return nullptr;
}

void SimEngine::log_from_inside(const std::string& id, const std::string& line) {
  if (auto* container = look_up(id)) container->logs.push_back(line);
}

void SimEngine::settle() {
  for (auto& container : containers_) {
    const auto& program = container.behavior;
    const bool over = program.exits_with && clock_.now() >= container.started_at + program.exits_after;
    if (container.state == RunState::running && over) end_by_itself(container, *program.exits_with);
    if (container.state == RunState::restarting && clock_.now() >= container.restarts_at) (void)run(container);
  }
}

// The process starts: addresses, a new pid, its first words.
Done SimEngine::run(SimContainer& container) {
  TRY(check_ports(container));
  TRY(take_addresses(container));
  container.state = RunState::running;
  container.exit_code = 0;
  container.pid = 1000 + ++last_number_;
  container.started_at = clock_.now();
  container.started = clock_.wall();
  for (const auto& line : container.behavior.logs) container.logs.push_back(line);
  if (const auto words = on_start ? on_start(container) : std::nullopt) {
    container.logs.push_back(*words);
    end_by_itself(container, 1);
  }
  return {};
}

void SimEngine::end(SimContainer& container, int exit_code) {
  container.exit_code = exit_code;
  container.state = RunState::exited;
  container.pid = 0;
  container.addresses.clear();
}

void SimEngine::end_by_itself(SimContainer& container, int exit_code) {
  end(container, exit_code);
  if (!restarts(container)) return;
  container.state = RunState::restarting;
  container.restarts_at = clock_.now() + first_restart_pause * (1 << std::min(container.restart_count, 9));
  ++container.restart_count;
}

SimContainer* SimEngine::look_up(const std::string& id_or_name) {
  const auto found = std::ranges::find_if(containers_, [&](const SimContainer& container) {
    return container.id == id_or_name || container.spec.name == id_or_name;
  });
  return found == containers_.end() ? nullptr : &*found;
}

std::string SimEngine::name_of(const std::string& id_or_name) {
  const std::lock_guard lock(mutex_);
  const auto* container = look_up(id_or_name);
  return container == nullptr ? id_or_name : container->spec.name;
}

Outcome<SimContainer*> SimEngine::must_find(const std::string& id_or_name) {
  if (auto* container = look_up(id_or_name)) return container;
  return not_found("container: " + id_or_name);
}

Outcome<SimContainer*> SimEngine::must_run(const std::string& id_or_name) {
  TRY_ASSIGN(auto* container, must_find(id_or_name));
  if (container->state != RunState::running) return conflict(container->spec.name + " is not running");
  return container;
}

const ImageDetail* SimEngine::find_image(const std::string& reference) const {
  if (const auto named = images_.find(with_tag(reference)); named != images_.end()) return &named->second;
  const auto found = std::ranges::find_if(images_, [&](const auto& image) { return image.second.id == reference; });
  return found == images_.end() ? nullptr : &found->second;
}

bool SimEngine::is_ready(const SimContainer& container) {
  return container.state == RunState::running && clock_.now() >= container.started_at + container.behavior.boot;
}

HealthState SimEngine::health_of(const SimContainer& container) {
  const auto* image = find_image(container.spec.image);
  const auto& own = container.spec.settings.healthcheck;
  const bool of_image = image != nullptr && image->healthcheck && !image->healthcheck->disabled;
  const bool checked = own ? !own->disabled && (!own->test.empty() || of_image) : of_image;
  if (!checked || container.state != RunState::running) return HealthState::none;
  if (!is_ready(container)) return HealthState::starting;
  return container.behavior.never_healthy ? HealthState::unhealthy : HealthState::healthy;
}

// ---- containers -----------------------------------------------------------------------------------------------

Outcome<EngineVersion> SimEngine::version() {
  return read("version", []() -> Outcome<EngineVersion> { return EngineVersion{"20.10.24", "1.41"}; });
}

Outcome<std::vector<Container>> SimEngine::list_containers(const Labels& having) {
  return read("list containers", [&]() -> Outcome<std::vector<Container>> {
    std::vector<Container> list;
    for (const auto& each : containers_) {
      if (!has(each.labels, having)) continue;
      std::map<std::string, std::string> addresses;
      for (const auto& endpoint : each.endpoints) addresses[endpoint.network] = "";
      for (const auto& [network, address] : each.addresses) addresses[network] = address;
      list.push_back({each.id, each.spec.name, each.image_id, each.labels, each.state, health_of(each), each.created,
                      std::move(addresses)});
    }
    return list;
  });
}

Outcome<ContainerDetail> SimEngine::inspect_container(const std::string& id_or_name) {
  return read("inspect " + name_of(id_or_name), [&]() -> Outcome<ContainerDetail> {
    TRY_ASSIGN(const auto* each, must_find(id_or_name));
    ContainerDetail detail{.id = each->id, .name = each->spec.name, .state = each->state};
    detail.health = health_of(*each);
    detail.exit_code = each->exit_code;
    detail.restart_count = each->restart_count;
    detail.pid = each->pid;
    detail.image = each->spec.image;
    detail.image_id = each->image_id;
    detail.started = each->started;
    detail.mounts = each->spec.settings.mounts;
    for (const auto& endpoint : each->endpoints) detail.addresses[endpoint.network] = "";
    for (const auto& [network, address] : each->addresses) detail.addresses[network] = address;
    return detail;
  });
}

Outcome<std::string> SimEngine::create_container(const ContainerSpec& spec) {
  return change("create " + spec.name, [&]() -> Outcome<std::string> {
    if (look_up(spec.name) != nullptr) return conflict("the name " + spec.name + " is taken");
    const auto* image = find_image(spec.image);
    if (image == nullptr) return not_found("image: " + spec.image);
    SimContainer container{.id = fmt::format("{:064x}", ++last_number_),
                           .spec = spec,
                           .labels = laid_over(spec.settings.labels, spec.labels),
                           .image_id = image->id};
    const auto special = on_behavior ? on_behavior(spec) : std::nullopt;
    container.behavior = special ? *special : behavior ? behavior(spec) : SimBehavior{};
    container.created = clock_.wall();
    for (const auto& endpoint : spec.networks) TRY(attach(container, endpoint));
    if (spec.networks.empty() && spec.network_mode.empty()) TRY(attach(container, {.network = "bridge"}));
    for (const auto& mount : spec.settings.mounts)
      if (mount.kind == Mount::Kind::volume && !mount.source.empty()) volumes_.try_emplace(mount.source);
    containers_.push_back(std::move(container));
    return containers_.back().id;
  });
}

Done SimEngine::start_container(const std::string& id) {
  return change("start " + name_of(id), [&]() -> Done {
    TRY_ASSIGN(auto* container, must_find(id));
    if (container->state == RunState::running) return {};
    return run(*container);
  });
}

Done SimEngine::stop_container(const std::string& id, Milliseconds grace) {
  return change("stop " + name_of(id), [&]() -> Done {
    auto* container = look_up(id);
    if (container == nullptr || (container->state != RunState::running && container->state != RunState::restarting))
      return {};
    const bool killed = container->behavior.ignores_stop;
    if (killed) clock_.advance(grace);
    end(*container, killed ? 137 : 0);
    return {};
  });
}

Done SimEngine::remove_container(const std::string& id) {
  return change("remove " + name_of(id), [&]() -> Done {
    std::erase_if(containers_, [&](const auto& each) { return each.id == id || each.spec.name == id; });
    return {};
  });
}

Done SimEngine::signal_container(const std::string& id, const std::string& signal) {
  return change("signal " + name_of(id) + " " + signal, [&]() -> Done {
    TRY_ASSIGN(auto* container, must_run(id));
    if (on_signal) on_signal(*container, signal);
    if (signal == "KILL" || signal == "TERM") {
      end(*container, signal == "KILL" ? 137 : 0);
    }
    return {};
  });
}

Outcome<ExecResult> SimEngine::exec(const std::string& id, const std::vector<std::string>& command, Milliseconds) {
  const auto run = [&]() -> Outcome<ExecResult> {
    TRY_ASSIGN(const auto* container, must_run(id));
    const auto scripted = on_exec ? on_exec(*container, command) : std::nullopt;
    return scripted.value_or(ExecResult{});
  };
  // `nginx -s reload` is the only one that does more than look.
  return command.back() == "reload" ? change("reload " + name_of(id), run) : read("exec in " + name_of(id), run);
}

Outcome<std::vector<std::pair<int, std::string>>> SimEngine::list_processes(const std::string& id) {
  using Processes = std::vector<std::pair<int, std::string>>;
  return read("list processes of " + name_of(id), [&]() -> Outcome<Processes> {
    TRY_ASSIGN(const auto* container, must_run(id));
    if (auto own = on_processes ? on_processes(*container) : std::nullopt) return std::move(*own);
    const auto command = container->spec.settings.command.value_or(std::vector<std::string>{"app"});
    return Processes{{container->pid, fmt::format("{}", fmt::join(command, " "))}};
  });
}

Outcome<std::string> SimEngine::read_socket_tables(const std::string& id) {
  return read("read sockets of " + name_of(id), [&]() -> Outcome<std::string> {
    TRY_ASSIGN(const auto* container, must_run(id));
    if (auto own = on_sockets ? on_sockets(*container) : std::nullopt) return std::move(*own);
    return tables(is_ready(*container) ? container->behavior : SimBehavior{});
  });
}

Done SimEngine::read_logs(const std::string& id, const LogQuery& query,
                          const std::function<void(const std::string&)>& line) {
  TRY_ASSIGN(const auto lines, read("read logs of " + name_of(id), [&]() -> Outcome<std::vector<std::string>> {
               TRY_ASSIGN(const auto* container, must_find(id));
               return container->logs;
             }));
  const auto wanted = query.tail < 0 ? lines.size() : std::min(lines.size(), static_cast<std::size_t>(query.tail));
  for (auto i = lines.size() - wanted; i < lines.size(); ++i) line(lines[i]);
  return {};
}

// ---- networks -------------------------------------------------------------------------------------------------

SimEngine::SimNetwork* SimEngine::find_network(const std::string& name) {
  const auto found = std::ranges::find_if(networks_, [&](const auto& network) { return network.seen.name == name; });
  return found == networks_.end() ? nullptr : &*found;
}

bool SimEngine::is_taken(const std::string& network, const std::string& address) const {
  return std::ranges::any_of(containers_, [&](const SimContainer& container) {
    const auto found = container.addresses.find(network);
    return found != container.addresses.end() && found->second == address;
  });
}

Outcome<std::string> SimEngine::choose_address(const SimNetwork& network, const NetworkEndpoint& endpoint) const {
  const auto& name = network.seen.name;
  if (!endpoint.ipv4_address.empty()) {
    if (is_taken(name, endpoint.ipv4_address)) return conflict("the address " + endpoint.ipv4_address + " is taken");
    return endpoint.ipv4_address;
  }
  const auto pool = parse_subnet(network.ip_range.empty() ? network.seen.subnets.front() : network.ip_range);
  if (!pool) return failure(name + " has no subnet");
  for (std::uint32_t i = 2; i + 1 < pool->size(); ++i)  // the first is the network's, the second the gateway's
    if (auto address = render_address(pool->base + i); !is_taken(name, address)) return address;
  return failure(name + " has no free address");
}

// A network that is not there shows only when the container runs, as with the real one.
Done SimEngine::attach(SimContainer& container, const NetworkEndpoint& endpoint) {
  const bool runs = container.state == RunState::running;
  auto* network = find_network(endpoint.network);
  if (network == nullptr && runs) return not_found("network: " + endpoint.network);
  if (network != nullptr && !endpoint.ipv4_address.empty()) {
    const auto subnet = parse_subnet(network->seen.subnets.front());
    const auto address = parse_address(endpoint.ipv4_address);
    if (!network->has_own_subnet || !(subnet && address && subnet->contains(*address)))
      return failure(endpoint.ipv4_address + " is not in a configured subnet of " + endpoint.network);
  }
  if (runs) {
    TRY_ASSIGN(container.addresses[endpoint.network], choose_address(*network, endpoint));
  }
  container.endpoints.push_back(endpoint);
  return {};
}

Done SimEngine::take_addresses(SimContainer& container) {
  std::map<std::string, std::string> addresses;
  for (const auto& endpoint : container.endpoints) {
    const auto* network = find_network(endpoint.network);
    if (network == nullptr) return not_found("network: " + endpoint.network);
    TRY_ASSIGN(addresses[endpoint.network], choose_address(*network, endpoint));
  }
  container.addresses = std::move(addresses);
  return {};
}

Done SimEngine::check_ports(const SimContainer& container) const {
  for (const auto& other : containers_) {
    if (other.state != RunState::running) continue;
    for (const auto& mine : container.spec.settings.ports)
      for (const auto& theirs : other.spec.settings.ports)
        if (mine.host_port != 0 && mine.host_port == theirs.host_port && mine.protocol == theirs.protocol)
          return conflict(fmt::format("port {} is taken", mine.host_port));
  }
  return {};
}

Outcome<std::vector<EngineNetwork>> SimEngine::list_networks() {
  return read("list networks", [&]() -> Outcome<std::vector<EngineNetwork>> {
    std::vector<EngineNetwork> list;
    for (const auto& network : networks_) list.push_back(network.seen);
    return list;
  });
}

Done SimEngine::create_network(const NetworkSpec& spec) {
  return change("create network " + spec.network.name, [&]() -> Done {
    if (find_network(spec.network.name) != nullptr) return conflict("the network " + spec.network.name + " is there");
    auto subnet = spec.network.subnet;
    for (int i = 18; subnet.empty() && i < 32; ++i) {
      const auto candidate = fmt::format("172.{}.0.0/16", i);
      const auto in_use = [&](const SimNetwork& network) { return network.seen.subnets.front() == candidate; };
      if (std::ranges::none_of(networks_, in_use)) subnet = candidate;
    }
    const auto wanted = parse_subnet(subnet);
    if (!wanted) return failure("no subnet: " + subnet);
    for (const auto& network : networks_)
      if (const auto other = parse_subnet(network.seen.subnets.front()); other && other->overlaps(*wanted))
        return conflict("the subnet " + subnet + " overlaps with that of " + network.seen.name);
    networks_.push_back({{.id = fmt::format("{:064x}", ++last_number_),
                          .name = spec.network.name,
                          .internal = spec.network.internal,
                          .subnets = {subnet},
                          .labels = laid_over(spec.network.labels, spec.labels)},
                         spec.ip_range,
                         !spec.network.subnet.empty()});
    return {};
  });
}

Done SimEngine::remove_network(const std::string& name) {
  return change("remove network " + name, [&]() -> Done {
    for (const auto& container : containers_)
      if (container.addresses.contains(name)) return conflict(name + " is in use by " + container.spec.name);
    std::erase_if(networks_, [&](const auto& network) { return network.seen.name == name; });
    return {};
  });
}

Done SimEngine::connect_network(const NetworkEndpoint& endpoint, const std::string& container) {
  return change("connect " + name_of(container) + " to " + endpoint.network, [&]() -> Done {
    TRY_ASSIGN(auto* found, must_find(container));
    for (const auto& attached : found->endpoints)
      if (attached.network == endpoint.network) return {};
    return attach(*found, endpoint);
  });
}

Done SimEngine::disconnect_network(const std::string& network, const std::string& container) {
  return change("disconnect " + name_of(container) + " from " + network, [&]() -> Done {
    if (auto* found = look_up(container)) {
      std::erase_if(found->endpoints, [&](const auto& endpoint) { return endpoint.network == network; });
      found->addresses.erase(network);
    }
    return {};
  });
}

// ---- volumes and images ---------------------------------------------------------------------------------------

Outcome<std::vector<std::pair<std::string, Labels>>> SimEngine::list_volumes() {
  using Volumes = std::vector<std::pair<std::string, Labels>>;
  return read("list volumes", [&]() -> Outcome<Volumes> { return Volumes(volumes_.begin(), volumes_.end()); });
}

Done SimEngine::create_volume(const Volume& volume, const Labels& labels) {
  return change("create volume " + volume.name, [&]() -> Done {
    volumes_.try_emplace(volume.name, laid_over(volume.labels, labels));
    return {};
  });
}

Done SimEngine::remove_volume(const std::string& name) {
  return change("remove volume " + name, [&]() -> Done {
    for (const auto& container : containers_)
      for (const auto& mount : container.spec.settings.mounts)
        if (mount.kind == Mount::Kind::volume && mount.source == name)
          return conflict(name + " is in use by " + container.spec.name);
    volumes_.erase(name);
    return {};
  });
}

Outcome<ImageDetail> SimEngine::inspect_image(const std::string& reference) {
  return read("inspect image " + reference, [&]() -> Outcome<ImageDetail> {
    if (const auto* image = find_image(reference)) return *image;
    return not_found("image: " + reference);
  });
}

Done SimEngine::pull_image(const std::string& reference, const std::function<void(const std::string&)>& progress,
                           std::stop_token stop) {
  if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  progress("pulling " + reference);
  return change("pull " + reference, [&]() -> Done {
    const auto found = registry_.find(with_tag(reference));
    if (found == registry_.end()) return failure("pull " + reference + ": no registry has it");
    images_[found->first] = found->second;
    return {};
  });
}

}  // namespace bluegreen
