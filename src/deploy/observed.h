// SPDX-License-Identifier: MIT
// The observed world: what the engine lists and what nginx does, of one project. Nothing in here is remembered from an
// earlier run; every decision of the plan comes from this value and the desired project.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "deploy/ports.h"

namespace bluegreen {

// One color of one app, as it stands.
struct Environment {
  std::vector<Container> containers;  // sorted by service, then replica

  [[nodiscard]] bool empty() const { return containers.empty(); }
  [[nodiscard]] bool any_running() const;
  [[nodiscard]] bool all_running() const;     // and there is at least one
  [[nodiscard]] bool has_unstarted() const;   // made, and never started: a run was killed between the two
  [[nodiscard]] std::string release() const;  // of its containers; "" when empty or mixed
};

// "hello-GREEN".
[[nodiscard]] std::string environment_name(const std::string& app, Color color);

struct ObservedApp {
  std::string name;
  std::optional<SiteState> site;
  bool green_marker = false;
  bool in_maintenance = false;  // public requests get the maintenance page
  PerColor<Environment> environments;

  // The environment that nginx sends traffic to. An app that was never configured counts as GREEN with nothing in it,
  // so that its first release goes to BLUE and is switched to like any other.
  [[nodiscard]] Color active() const;
  [[nodiscard]] const Environment& active_environment() const { return environments[active()]; }
  // Requests go where nothing runs, and the other environment stands complete.
  [[nodiscard]] bool only_the_idle_one_runs() const;
  [[nodiscard]] bool serving() const { return site && active_environment().any_running(); }
};

struct Observed {
  std::map<std::string, ObservedApp> apps;          // by name: the project's, and those that only the world knows
  std::map<std::string, Container> infrastructure;  // by service
  bool nginx_on_host = false;                       // a service of this machine; `proxy` is empty then
  std::optional<Container> proxy;                   // nginx, the marked service's or the default container
  std::vector<EngineNetwork> networks;
  std::set<std::string> volumes;
  std::set<std::string> foreign_names;  // container names that are not this project's
  bool untested_files = false;          // of the user's own, beside nginx's generated ones
  std::vector<std::string> problems;    // what the proxy cannot make sense of

  [[nodiscard]] const EngineNetwork* find_network(const std::string& name) const;
  [[nodiscard]] const ObservedApp& app(const std::string& name) const { return apps.at(name); }
};

// `bluegreen.<color>` ... labels read; nothing when it is not a container of an environment.
struct SlotLabels {
  std::string app, service, release;
  Color color = Color::blue;
  int replica = 1;
};
[[nodiscard]] std::optional<SlotLabels> slot_labels(const Labels& labels);
// The same, of a container that is known to be one.
[[nodiscard]] SlotLabels slot_of(const Container& container);
// The address that nginx has for a slot; nothing when it has none.
[[nodiscard]] const Endpoint* find_endpoint(const Site& site, Color color, const SlotLabels& slot);

// True when an idle environment holds what the policy does not want there: an older release, or the half of one that an
// interrupted run began.
[[nodiscard]] bool is_left_over(const Environment& idle, const std::string& serving_release, Retire retire);

[[nodiscard]] std::string managed_network_name(const std::string& project);

inline constexpr auto default_proxy_name = "bluegreen-proxy";
inline constexpr auto default_proxy_network = "bluegreen-proxy";

// The engine's part. Then `add_proxy` lays over it what the proxy knows.
[[nodiscard]] Observed observe_containers(const std::vector<Container>& all, const Project& project);
Outcome<Observed> observe_engine(Engine& engine, const Project& project);
void add_proxy(Observed& observed, ProxyState state);

}  // namespace bluegreen
