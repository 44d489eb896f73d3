// SPDX-License-Identifier: MIT
// The plan: desired and observed in, steps out. Pure; every rule of a release lives here, and nowhere else. The steps
// are done by act.h, one after the other, each idempotent; a plan made after any interruption starts from what is
// there.
//
// A release, in order: clear the idle environment, start the new release in it, tell nginx its addresses (only when
// they changed), verify it through nginx, switch, bring the public routes up to date, drain the old environment, retire
// it. Everything before the switch can be undone by clearing the idle environment; everything after it goes forward.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "deploy/addresses.h"
#include "deploy/observed.h"
#include "deploy/release.h"

namespace bluegreen {

struct MakeNetwork {
  NetworkSpec spec;
  bool managed = false;  // its subnet was chosen by us: another one will do if somebody else takes it
};

struct MakeVolume {
  Volume volume;
  Labels labels;
};

struct Pull {
  std::string app;  // or the infrastructure service
  std::string reference;
};

// Makes it where `existing` is empty, starts it, and waits for what others need of it.
struct StartInfrastructure {
  std::string service;
  ContainerSpec container;
  std::string existing;  // container id
  Dependency::Condition until = Dependency::Condition::started;
};

// nginx gets an address on the managed network.
struct JoinProxy {
  std::string network;
};

// The managed network was away: its containers get their addresses again.
struct Attach {
  std::string app;
  std::string network;
  std::vector<std::pair<Container, std::string>> containers;  // and the address of each
};

// nginx stays where it is, durably: before the other side is stopped; and before an app's first release, at the side
// where nothing is, until the release has proved itself.
struct Hold {
  Site site;
  Color to;
};

// Whatever stands in the idle environment: drained, stopped, removed.
struct Clear {
  std::string app;
  Color color;
  std::vector<Container> containers;
  std::vector<Endpoint> endpoints;
  SwitchMode mode;
  Milliseconds drain_timeout;
};

struct Start {
  App app;
  std::string release;
  Color color;
  std::vector<ContainerSpec> containers;  // to be made; empty when `existing` are only started again
  std::vector<Container> existing;
};

// What nginx will be told after the switch is tested before anything starts; so are the user's own files beside it.
struct Check {
  Site site;
  bool new_routes = true;
};

struct Configure {
  Site site;
};

// Of the idle environment: answers through nginx's preview listener, too. Of the active one: what the engine tells.
enum class Proof { through_nginx, of_the_containers };

struct Verify {
  App app;
  Color color;
  Site site;
  Proof proof = Proof::through_nginx;
};

struct Switch {
  Site site;
  Color to;
  std::string release;
};

struct Drain {
  std::string app;
  Color color;
  std::vector<Endpoint> endpoints;
  SwitchMode mode;
  Milliseconds timeout;
  DrainPolicy policy = DrainPolicy::wait;
  std::vector<Container> containers = {};  // spread: stopped one after the other
};

// Public requests get this page instead of the app; nothing: they go to the app again.
struct Maintain {
  Site site;
  std::optional<std::string> page;
};

struct RetireOld {
  std::string app;
  Color color;
  std::vector<Container> containers;
  Retire how;  // remove or stop
};

using Step = std::variant<MakeNetwork, MakeVolume, Pull, StartInfrastructure, JoinProxy, Attach, Hold, Clear, Check,
                          Start, Configure, Verify, Switch, Drain, RetireOld, Maintain>;
using Plan = std::vector<Step>;

[[nodiscard]] StepInfo describe(const Step& step);

// What the engine knows of the images that the project names: reference -> id.
using ImageIds = std::map<std::string, std::string>;

// Infrastructure that is missing, in order. Touches nothing that is there and runs.
[[nodiscard]] Outcome<Plan> plan_up(const Project& project, const Observed& observed, const ImageIds& images,
                                    const std::vector<std::string>& reserved_subnets);

// A Pull of that image, unless the plan has one already. `app`: or the infrastructure service.
void add_pull(Plan& plan, const std::string& app, const std::string& reference);

enum class StopBefore { nothing, the_switch };

// The whole release. The proxy and the managed network are there or come with plan_up.
[[nodiscard]] Outcome<Plan> plan_release(const Project& project, const Release& release, const Observed& observed,
                                         const Subnet& managed, StopBefore stop_before);

// True when the active environment is exactly this app, up and complete: `apply` has nothing to do.
[[nodiscard]] bool is_up_to_date(const App& app, const ObservedApp& observed, const ImageIds& images);

// What an interrupted run left in the idle environment although the policy says otherwise; empty: nothing.
[[nodiscard]] Plan plan_leftovers(const App& app, const ObservedApp& observed);

// What the active environment lacks of its release, as it is to be made; nothing where the other one is to serve.
[[nodiscard]] std::vector<ContainerSpec> missing_containers(const Project& project, const Release& release,
                                                            const Observed& observed);

// What does not fit together, put right without a release: nginx's file and the marker, containers that were stopped,
// removed or taken off the managed network. An active environment of which nothing runs gives way to the other one
// where that stands. `release`: the one that is to serve. Error: only a deploy can help.
[[nodiscard]] Outcome<Plan> plan_repair(const Project& project, const Release& release, const Observed& observed,
                                        const Subnet& managed);

enum class AfterSwitch { leave_the_old, retire_the_old };

// To what stands in the idle environment: start it again if it was stopped, verify, switch, serve its own routes.
// `app`: as it was when that release was made. Error: nothing stands there.
[[nodiscard]] Outcome<Plan> plan_return(const App& app, const ObservedApp& observed, AfterSwitch after);

// The app into maintenance with this page, or out of it. Error: nginx does not know the app, or no requests go to it.
[[nodiscard]] Outcome<Plan> plan_maintenance(const ObservedApp& observed, const std::optional<std::string>& page);

// The managed subnet: the network's own where it exists, else the project's, else the first free one.
[[nodiscard]] Outcome<Subnet> managed_subnet(const Project& project, const Observed& observed,
                                             const std::vector<std::string>& reserved_subnets);

}  // namespace bluegreen
