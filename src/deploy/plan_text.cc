// SPDX-License-Identifier: MIT
// The plan, for people.
#include "deploy/plan.h"

namespace bluegreen {

namespace {

// "hello-GREEN (python:3)"; for an app of several containers "shop-GREEN: api, 2 web".
std::string contents_of(const App& app, Color color) {
  const auto name = environment_name(app.name, color);
  if (app.services.size() == 1 && app.services[0].replicas == 1) {
    return slot_name(app.services[0], color, 1) + " (" + app.services[0].container.image + ")";
  }
  std::string text;
  for (const auto& service : app.services) {
    text += (text.empty() ? ": " : ", ") + (service.replicas > 1 ? std::to_string(service.replicas) + " " : "") +
            service.name;
  }
  return name + text;
}

std::string names_of(const std::string& app, Color color, const std::vector<Container>& containers) {
  if (containers.size() == 1) return containers.front().name;
  return environment_name(app, color) + " (" + std::to_string(containers.size()) + " containers)";
}

struct Describe {
  StepInfo operator()(const MakeNetwork& step) const {
    const auto& network = step.spec.network;
    return {"network", "", "make network " + network.name + (network.subnet.empty() ? "" : " " + network.subnet)};
  }
  StepInfo operator()(const MakeVolume& step) const { return {"volume", "", "make volume " + step.volume.name}; }
  StepInfo operator()(const Pull& step) const { return {"pull", step.app, "pull " + step.reference}; }
  StepInfo operator()(const StartInfrastructure& step) const {
    const auto wait = step.until == Dependency::Condition::healthy     ? ", wait until healthy"
                      : step.until == Dependency::Condition::completed ? ", wait until it has ended"
                                                                       : "";
    return {"infrastructure", "", "start " + step.container.name + " (" + step.container.settings.image + ")" + wait};
  }
  StepInfo operator()(const JoinProxy& step) const { return {"join", "", "connect nginx to " + step.network}; }
  StepInfo operator()(const Attach& step) const {
    const auto number = std::to_string(step.containers.size());
    return {"attach", step.app, "connect " + number + " of " + step.app + "'s containers to " + step.network};
  }
  StepInfo operator()(const Hold& step) const {
    return {"hold", step.site.app, "hold nginx at " + environment_name(step.site.app, step.to)};
  }
  StepInfo operator()(const Clear& step) const {
    return {"clear", step.app, "remove " + names_of(step.app, step.color, step.containers)};
  }
  StepInfo operator()(const Start& step) const {
    return {"start", step.app.name, "start " + contents_of(step.app, step.color)};
  }
  StepInfo operator()(const Check& step) const {
    return {"check", step.site.app,
            step.new_routes ? "let nginx test the new routes of " + step.site.app
                            : "let nginx test the files in conf.d that have changed"};
  }
  StepInfo operator()(const Configure& step) const {
    return {"configure", step.site.app, "tell nginx about " + step.site.app + ": test, move into place, reload"};
  }
  StepInfo operator()(const Verify& step) const {
    return {"verify", step.app.name, "verify " + environment_name(step.app.name, step.color)};
  }
  StepInfo operator()(const Switch& step) const {
    return {"switch", step.site.app, "switch " + step.site.app + " to " + std::string(name_of(step.to))};
  }
  StepInfo operator()(const Drain& step) const {
    return {"drain", step.app, "drain " + environment_name(step.app, step.color)};
  }
  StepInfo operator()(const Maintain& step) const {
    return {"maintenance", step.site.app,
            step.page ? "show the maintenance page for " + step.site.app : "open " + step.site.app + " again"};
  }
  StepInfo operator()(const RetireOld& step) const {
    return {
        "retire", step.app,
        (step.how == Retire::remove ? "stop and remove " : "stop ") + names_of(step.app, step.color, step.containers)};
  }
};

}  // namespace

StepInfo describe(const Step& step) { return std::visit(Describe{}, step); }

}  // namespace bluegreen
