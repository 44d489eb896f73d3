// SPDX-License-Identifier: MIT
#include "sim_proxy.h"

#include <algorithm>

#include "nginx/published_site.h"

namespace bluegreen {

namespace {

constexpr Milliseconds test_takes(350);    // a container of its own
constexpr Milliseconds reload_takes(105);  // until no old worker takes connections

}  // namespace

// ---- SimNginx -------------------------------------------------------------------------------------------------

Done SimNginx::effect(const std::string& operation, const std::function<Done()>& happen) {
  TRY(calls_.enter(operation));
  TRY(happen());
  return calls_.leave(operation);
}

const Site* SimNginx::loaded_site_of(const std::string& project, const std::string& service) const {
  const auto found = std::ranges::find_if(loaded_, [&](const auto& each) {
    const auto& site = each.second;
    return site.project == project && (site.sides.blue.contains(service) || site.sides.green.contains(service));
  });
  return found == loaded_.end() ? nullptr : &found->second;
}

Color SimNginx::active_in(const Site& site) const {
  if (site.mode == SwitchMode::reload) return site.reload_active;
  return green_markers_.contains({site.project, site.app}) ? Color::green : Color::blue;
}

std::optional<Endpoint> SimNginx::choose(const Site& site, const std::string& service, Color color) {
  const auto& side = site.sides[color];
  const auto replicas = side.find(service);
  if (replicas == side.end() || replicas->second.empty() || replicas->second.front().port == 0) return std::nullopt;
  auto& turn = turn_[site.project + "." + service + std::string(name_of(color))];
  return replicas->second[turn++ % replicas->second.size()];
}

void SimNginx::land() {
  std::erase_if(flights_, [now = clock_.now()](const Flight& flight) { return flight.until <= now; });
}

SimNginx::Delivery SimNginx::request(const std::string& project, const std::string& service, Milliseconds duration) {
  const auto* site = runs() ? loaded_site_of(project, service) : nullptr;
  if (site == nullptr) return {};
  const bool is_routed =
      std::ranges::any_of(site->routes, [&](const Route& route) { return route.service == service; });
  const auto to = is_routed ? choose(*site, service, active_in(*site)) : std::nullopt;
  if (!to) return {std::nullopt, is_routed ? 502 : 404};
  const int status = answer(*to);
  if (status == 0) return {to, 502};
  flights_.push_back({*to, clock_.now() + duration, generation_});
  return {to, status};
}

void SimNginx::edit(const std::string& project, const std::string& app) { disk_.at({project, app}).edited = true; }

void SimNginx::restart() {
  loaded_.clear();
  for (const auto& [key, file] : disk_) loaded_[key] = file.site;
  flights_.clear();
  ++generation_;
}

bool SimNginx::is_configured(const std::string& project, const std::string& app) const {
  return loaded_.contains({project, app});
}

std::optional<Color> SimNginx::active(const std::string& project, const std::string& app) const {
  const auto site = loaded_.find({project, app});
  return site == loaded_.end() ? std::nullopt : std::optional(active_in(site->second));
}

int SimNginx::in_flight(const std::vector<Endpoint>& endpoints) {
  land();
  return static_cast<int>(std::ranges::count_if(
      flights_, [&](const Flight& flight) { return std::ranges::find(endpoints, flight.to) != endpoints.end(); }));
}

// Into place, reload, proof; back again where the master does not take it.
Done SimNginx::publish(const std::map<Key, File>& next, const std::string& project) {
  const auto previous = disk_;
  TRY(effect("nginx move", [&]() -> Done {
    interrupted_.insert(project);
    disk_ = next;
    return {};
  }));
  TRY(effect("nginx reload", [&]() -> Done {
    clock_.sleep(reload_takes, {});
    interrupted_.erase(project);
    if (reload_refusal_) {
      disk_ = previous;
      return failure("nginx did not take the configuration: " + *std::exchange(reload_refusal_, std::nullopt));
    }
    loaded_.clear();
    for (const auto& [key, file] : disk_) loaded_[key] = file.site;
    ++generation_;
    return {};
  }));
  return {};
}

// ---- SimProxy -------------------------------------------------------------------------------------------------

Outcome<ProxyState> SimProxy::observe() {
  TRY(nginx_.calls_.enter("nginx observe"));
  ProxyState state;
  const bool interrupted = nginx_.interrupted_.contains(project_);
  if (interrupted) state.problems.emplace_back("a change of nginx's configuration was interrupted");
  for (const auto& [key, file] : nginx_.disk_) {
    if (key.first != project_) continue;
    state.sites[key.second] = {file.site, nginx_.active_in(file.site), file.edited || interrupted};
  }
  for (const auto& [project, app] : nginx_.green_markers_) {
    if (project == project_) state.green_markers.insert(app);
  }
  return state;
}

Done SimProxy::test(const Site& site) {
  std::vector<PublishedSite> sites{{site, 80, 7999, false}};
  for (const auto& [key, file] : nginx_.disk_) {
    if (key != SimNginx::Key{site.project, site.app}) sites.push_back({file.site, 80, 7999, false});
  }
  TRY(check_sites(sites));
  if (!nginx_.runs()) return failure("the nginx container does not run", "Start it with `bluegreen up`.");
  return nginx_.effect("nginx test", [&]() -> Done {
    nginx_.clock_.sleep(test_takes, {});
    if (!nginx_.test_refusal_) return {};
    return failure("nginx refuses the configuration: " + *std::exchange(nginx_.test_refusal_, std::nullopt));
  });
}

Done SimProxy::check(const Site& site) {
  const auto file = nginx_.disk_.find({site.project, site.app});
  if (file != nginx_.disk_.end() && file->second.site == site && !file->second.edited) return {};
  return test(site);
}

Done SimProxy::configure(const Site& site) {
  const SimNginx::Key key{site.project, site.app};
  const auto file = nginx_.disk_.find(key);
  const bool is_there = file != nginx_.disk_.end() && file->second.site == site && !file->second.edited;
  if (is_there && !nginx_.interrupted_.contains(project_)) return {};
  TRY(test(site));
  const bool leaves_reload_mode =
      file != nginx_.disk_.end() && file->second.site.mode == SwitchMode::reload && site.mode == SwitchMode::marker;
  if (leaves_reload_mode) TRY(set_marker(site.app, file->second.site.reload_active));
  auto next = nginx_.disk_;
  next[key] = {site, false};
  TRY(nginx_.publish(next, project_));
  if (site.mode == SwitchMode::reload) TRY(set_marker(site.app, Color::blue));
  return {};
}

Done SimProxy::withdraw(const std::string& app) {
  auto next = nginx_.disk_;
  if (next.erase({project_, app}) > 0 || nginx_.interrupted_.contains(project_)) {
    if (nginx_.runs()) {
      TRY(nginx_.publish(next, project_));
    } else {
      nginx_.disk_ = next;
    }
  }
  return set_marker(app, Color::blue);
}

Done SimProxy::set_marker(const std::string& app, Color active) {
  return nginx_.effect("marker " + app + " " + std::string(name_of(active)), [&]() -> Done {
    if (active == Color::green) {
      nginx_.green_markers_.insert({project_, app});
    } else {
      nginx_.green_markers_.erase({project_, app});
    }
    return {};
  });
}

Done SimProxy::activate(const Site& site, Color color) {
  if (site.mode == SwitchMode::marker) return set_marker(site.app, color);
  auto switched = site;
  switched.reload_active = color;
  return configure(switched);
}

Outcome<Color> SimProxy::confirm(const Site& site) {
  TRY(nginx_.calls_.enter("nginx confirm"));
  const auto loaded = nginx_.loaded_.find({site.project, site.app});
  if (!nginx_.runs() || loaded == nginx_.loaded_.end()) {
    return failure("nginx does not say which environment of " + site.app + " is active");
  }
  return nginx_.active_in(loaded->second);
}

Outcome<PreviewAnswer> SimProxy::preview(const PreviewQuery& query) {
  TRY(nginx_.calls_.enter("nginx preview"));
  const auto* site = nginx_.loaded_site_of(query.project, query.service);
  if (!nginx_.runs()) return failure("connection refused");
  if (site == nullptr) return PreviewAnswer{404, "", ""};
  const auto to = nginx_.choose(*site, query.service, other(nginx_.active_in(*site)));
  if (!to) return PreviewAnswer{502, "", ""};
  const int status = nginx_.answer(*to);
  return PreviewAnswer{status == 0 ? 502 : status, to->address + ":" + std::to_string(to->port), ""};
}

Outcome<int> SimProxy::count_connections(const std::vector<Endpoint>& endpoints) {
  TRY(nginx_.calls_.enter("nginx count connections"));
  return nginx_.in_flight(endpoints);
}

Outcome<int> SimProxy::count_old_workers() {
  TRY(nginx_.calls_.enter("nginx count old workers"));
  nginx_.land();
  std::set<int> generations;
  for (const auto& flight : nginx_.flights_) {
    if (flight.generation < nginx_.generation_) generations.insert(flight.generation);
  }
  return static_cast<int>(generations.size());
}

}  // namespace bluegreen
