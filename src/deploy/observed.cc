// SPDX-License-Identifier: MIT
#include "deploy/observed.h"

#include <algorithm>
#include <charconv>

#include "deploy/labels.h"

namespace bluegreen {

namespace {

std::string_view value_of(const Labels& labels, const std::string& key) {
  const auto found = labels.find(key);
  return found == labels.end() ? std::string_view{} : found->second;
}

int replica_of(const Labels& labels) {
  const auto text = value_of(labels, label::replica);
  int replica = 1;
  std::from_chars(text.data(), text.data() + text.size(), replica);
  return replica;
}

// Its place in an environment.
std::pair<std::string_view, int> place_of(const Container& container) {
  return {value_of(container.labels, label::service), replica_of(container.labels)};
}

bool is_running(const Container& container) { return container.state == RunState::running; }

}  // namespace

bool Environment::any_running() const { return std::ranges::any_of(containers, is_running); }
bool Environment::all_running() const { return !empty() && std::ranges::all_of(containers, is_running); }

bool Environment::has_unstarted() const {
  return std::ranges::any_of(containers, [](const Container& each) { return each.state == RunState::created; });
}

std::string Environment::release() const {
  if (empty()) return {};
  const auto first = value_of(containers.front().labels, label::release);
  const bool mixed =
      std::ranges::any_of(containers, [&](const auto& each) { return value_of(each.labels, label::release) != first; });
  return mixed ? std::string{} : std::string(first);
}

Color ObservedApp::active() const {
  if (site) return site->active;
  if (green_marker) return Color::green;
  return environments.blue.any_running() ? Color::blue : Color::green;
}

bool ObservedApp::only_the_idle_one_runs() const {
  return !active_environment().any_running() && environments[other(active())].all_running();
}

std::string environment_name(const std::string& app, Color color) { return app + "-" + std::string(name_of(color)); }

const EngineNetwork* Observed::find_network(const std::string& name) const {
  const auto found = std::ranges::find(networks, name, &EngineNetwork::name);
  return found == networks.end() ? nullptr : &*found;
}

std::optional<SlotLabels> slot_labels(const Labels& labels) {
  const auto color = parse_color(value_of(labels, label::color));
  SlotLabels slot{std::string(value_of(labels, label::app)), std::string(value_of(labels, label::service)),
                  std::string(value_of(labels, label::release))};
  if (!color || slot.app.empty() || slot.service.empty()) return std::nullopt;
  slot.color = *color;
  slot.replica = replica_of(labels);
  return slot;
}

SlotLabels slot_of(const Container& container) { return slot_labels(container.labels).value_or(SlotLabels{}); }

const Endpoint* find_endpoint(const Site& site, Color color, const SlotLabels& slot) {
  const auto& side = site.sides[color];
  const auto found = side.find(slot.service);
  const auto index = static_cast<std::size_t>(std::max(slot.replica, 1) - 1);
  return found == side.end() || index >= found->second.size() ? nullptr : &found->second[index];
}

bool is_left_over(const Environment& idle, const std::string& serving_release, Retire retire) {
  if (idle.empty() || retire == Retire::keep) return false;
  const bool older = !idle.release().empty() && idle.release() < serving_release;
  if (idle.has_unstarted() || (idle.any_running() && !idle.all_running())) return true;
  return retire == Retire::remove ? older || !idle.any_running() : older && idle.any_running();
}

std::string managed_network_name(const std::string& project) { return project + "_bluegreen"; }

Observed observe_containers(const std::vector<Container>& all, const Project& project) {
  Observed observed;
  observed.nginx_on_host = project.proxy.host.has_value();
  for (const auto& app : project.apps) observed.apps[app.name].name = app.name;
  for (const auto& container : all) {
    const bool ours = value_of(container.labels, label::project) == project.name;
    const bool composes = value_of(container.labels, label::compose_project) == project.name;
    if (!ours && !composes) observed.foreign_names.insert(container.name);
    if (const auto slot = slot_labels(container.labels); slot && ours) {
      auto& app = observed.apps[slot->app];
      app.name = slot->app;
      app.environments[slot->color].containers.push_back(container);
    } else if (const auto service = value_of(container.labels, label::compose_service);
               composes && !service.empty() && value_of(container.labels, label::compose_oneoff) != "True") {
      const auto [place, fresh] = observed.infrastructure.try_emplace(std::string(service), container);
      if (!fresh && !is_running(place->second) && is_running(container)) place->second = container;
    }
    if (uses_default_proxy(project) && value_of(container.labels, label::role) == "proxy") observed.proxy = container;
  }
  if (const auto found = observed.infrastructure.find(project.proxy.service); found != observed.infrastructure.end()) {
    observed.proxy = found->second;
  }
  for (auto& [name, app] : observed.apps) {
    for (const auto color : both_colors) {
      std::ranges::sort(app.environments[color].containers, {}, place_of);
    }
  }
  return observed;
}

Outcome<Observed> observe_engine(Engine& engine, const Project& project) {
  TRY_ASSIGN(const auto containers, engine.list_containers({}));
  auto observed = observe_containers(containers, project);
  TRY_ASSIGN(observed.networks, engine.list_networks());
  TRY_ASSIGN(const auto volumes, engine.list_volumes());
  for (const auto& [name, labels] : volumes) observed.volumes.insert(name);
  return observed;
}

void add_proxy(Observed& observed, ProxyState state) {
  for (auto& [name, site] : state.sites) {
    auto& app = observed.apps[name];
    app.name = name;
    // A switch that was interrupted before nginx read it goes on, unless that side is no longer up: then it has not
    // happened.
    if (site.loaded && !app.environments[site.active].all_running())
      site.active = site.site.reload_active = *site.loaded;
    app.site = std::move(site);
  }
  for (const auto& name : state.green_markers) {
    auto& app = observed.apps[name];
    app.name = name;
    app.green_marker = true;
  }
  for (const auto& name : state.in_maintenance) {
    auto& app = observed.apps[name];
    app.name = name;
    app.in_maintenance = true;
  }
  observed.untested_files = state.untested_files;
  observed.problems = std::move(state.problems);
}

}  // namespace bluegreen
