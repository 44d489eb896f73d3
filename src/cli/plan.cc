// SPDX-License-Identifier: MIT
// plan: the steps a deploy would take, nothing touched.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/session.h"

namespace bluegreen {

namespace {

void print_text(const App& app, const ObservedApp& now, const Plan& plan) {
  const auto active = now.active();
  const auto release = now.active_environment().release();
  if (now.serving()) {
    fmt::print("{}: {} {} serves, the next release goes to {}\n", app.name, name_of(active), release,
               name_of(other(active)));
  } else {
    fmt::print("{}: not deployed, the first release goes to {}\n", app.name, name_of(other(active)));
  }
  int number = 0;
  for (const auto& step : plan) fmt::print("  {:>2}. {}\n", ++number, describe(step).text);
}

void print_json(const App& app, const Plan& plan) {
  for (const auto& step : plan) {
    const auto info = describe(step);
    fmt::print(
        "{}\n",
        nlohmann::ordered_json{{"event", "plan"}, {"app", app.name}, {"step", info.kind}, {"text", info.text}}.dump());
  }
}

}  // namespace

Done run_plan(const Options& options) {
  TRY_ASSIGN(auto project, read_project(options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "plan", Access::read));
  TRY_ASSIGN(const auto apps, session->apps(options.apps));
  TRY_ASSIGN(const auto scene, observe(session->world(), session->project()));
  for (const auto& app : apps) {
    TRY_ASSIGN(const auto plan, preview_deploy(session->world(), session->project(), app,
                                               options.no_switch ? StopBefore::the_switch : StopBefore::nothing));
    if (options.json)
      print_json(app, plan);
    else
      print_text(app, scene.observed.app(app.name), plan);
  }
  if (!options.json && !options.quiet) fmt::print("Nothing was touched.\n");
  return {};
}

}  // namespace bluegreen
