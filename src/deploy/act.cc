// SPDX-License-Identifier: MIT
#include "deploy/act.h"

#include <algorithm>

#include "deploy/drain.h"
#include "deploy/health.h"
#include "deploy/labels.h"

namespace bluegreen {

namespace {

constexpr Milliseconds default_grace{10'000};
constexpr int subnets_to_try = 16;

Milliseconds grace_of(const Container& container, const App* app) {
  const auto slot = slot_labels(container.labels);
  const auto* service = app != nullptr && slot ? app->find_service(slot->service) : nullptr;
  return service != nullptr ? service->container.stop_grace_period.value_or(default_grace) : default_grace;
}

std::string count(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

bool includes(const Labels& all, const Labels& some) {
  return std::ranges::all_of(some, [&](const auto& label) {
    const auto found = all.find(label.first);
    return found != all.end() && found->second == label.second;
  });
}

}  // namespace

Done stop_containers(World& world, const std::vector<Container>& containers, const App* app) {
  return for_each_index(world.concurrency, containers.size(), [&](std::size_t i) -> Done {
    TRY_WITHIN("stop " + containers[i].name,
               world.engine.stop_container(containers[i].id, grace_of(containers[i], app)));
    return {};
  });
}

Done remove_containers(World& world, const std::vector<Container>& containers, const App* app) {
  return for_each_index(world.concurrency, containers.size(), [&](std::size_t i) -> Done {
    const auto& container = containers[i];
    if (container.state != RunState::created && container.state != RunState::exited) {
      TRY_WITHIN("stop " + container.name, world.engine.stop_container(container.id, grace_of(container, app)));
    }
    TRY_WITHIN("remove " + container.name, world.engine.remove_container(container.id));
    return {};
  });
}

struct Actor::Visitor {
  Actor& self;
  World& world;

  Outcome<std::string> operator()(const MakeNetwork& step) {
    auto spec = step.spec;
    auto made = world.engine.create_network(spec);
    if (!made && made.error().kind == ErrorKind::conflict) {
      TRY_ASSIGN(const auto networks, world.engine.list_networks());
      const auto there = std::ranges::find(networks, spec.network.name, &EngineNetwork::name);
      if (there != networks.end() && includes(there->labels, spec.labels)) return "made by another run meanwhile";
    }
    std::vector<std::string> refused = world.reserved_subnets;
    for (int i = 0; !made && made.error().kind == ErrorKind::conflict && step.managed && i < subnets_to_try; ++i) {
      // Somebody else's network, or a route, that the list did not show: take the next one.
      refused.push_back(spec.network.subnet);
      TRY_ASSIGN(const auto observed, observe_engine(world.engine, self.project_));
      TRY_ASSIGN(const auto subnet, managed_subnet(self.project_, observed, refused));
      spec.network.subnet = render_subnet(subnet);
      spec.ip_range = render_subnet(engine_half(subnet));
      made = world.engine.create_network(spec);
    }
    TRY(std::move(made));
    return spec.network.subnet;
  }

  Outcome<std::string> operator()(const MakeVolume& step) {
    TRY(world.engine.create_volume(step.volume, step.labels));
    return "";
  }

  Outcome<std::string> operator()(const Pull& step) {
    TRY(world.engine.pull_image(
        step.reference, [&](const std::string& text) { world.reporter.progress(text); }, world.stop));
    TRY_ASSIGN(const auto image, world.engine.inspect_image(step.reference));
    self.pulled_[step.reference] = image.id;
    return image.id.substr(0, 19);
  }

  Outcome<std::string> operator()(const StartInfrastructure& step) {
    auto id = step.existing;
    bool is_ours = false;
    if (id.empty()) {
      auto made = world.engine.create_container(step.container);
      is_ours = made.has_value();
      if (!made) made = find_made_by_another(step.container, made.error());
      TRY_ASSIGN(id, std::move(made));
    }
    if (auto started = world.engine.start_container(id); !started) {
      if (is_ours) (void)world.engine.remove_container(id);  // nothing half-made is left
      return std::unexpected(std::move(started).error());
    }
    TRY(await_infrastructure(step, id));
    return "";
  }

  // Projects may share the default nginx, and start it in the same moment.
  Outcome<std::string> find_made_by_another(const ContainerSpec& spec, const Error& refused) {
    if (refused.kind != ErrorKind::conflict) return std::unexpected(refused);
    TRY_ASSIGN(const auto containers, world.engine.list_containers(spec.labels));
    const auto there = std::ranges::find(containers, spec.name, &Container::name);
    if (there == containers.end()) return std::unexpected(refused);
    return there->id;
  }

  Done await_infrastructure(const StartInfrastructure& step, const std::string& id) {
    const auto deadline = world.clock.now() + Milliseconds{120'000};
    for (Milliseconds pause{10};; pause = std::min(pause * 2, Milliseconds{500})) {
      TRY_ASSIGN(const auto detail, world.engine.inspect_container(id));
      const bool ended = detail.state == RunState::exited || detail.state == RunState::dead;
      if (ended && (step.until != Dependency::Condition::completed || detail.exit_code != 0)) {
        return std::unexpected(explain_exit(world.engine, detail));
      }
      std::string output;
      if (step.until == Dependency::Condition::started && detail.state == RunState::running) return {};
      if (step.until == Dependency::Condition::completed && ended) return {};
      if (step.until == Dependency::Condition::healthy && detail.state == RunState::running) {
        TRY_ASSIGN(const bool healthy,
                   run_health_check(world.engine, detail, step.container.settings.healthcheck, output));
        if (healthy) return {};
      }
      if (world.stop.stop_requested())
        return failure(ErrorKind::interrupted, "interrupted while waiting for " + step.service);
      if (world.clock.now() >= deadline) {
        return failure(step.service + " was not ready within two minutes" + (output.empty() ? "" : "; " + output),
                       "See its log: docker logs " + detail.name);
      }
      world.clock.sleep(pause, world.stop);
    }
  }

  Outcome<std::string> operator()(const JoinProxy& step) {
    TRY_ASSIGN(const auto observed, observe_engine(world.engine, self.project_));
    if (!observed.proxy) return failure("there is no nginx container", "Start it: bluegreen up");
    TRY(world.engine.connect_network({step.network, {}, ""}, observed.proxy->id));
    self.proxy_.reset();  // it has a further address now
    return "";
  }

  Outcome<std::string> operator()(const Attach& step) {
    TRY(for_each_index(world.concurrency, step.containers.size(), [&](std::size_t i) -> Done {
      const auto& [container, address] = step.containers[i];
      TRY_WITHIN("connect " + container.name, world.engine.connect_network({step.network, {}, address}, container.id));
      return {};
    }));
    return "";
  }

  Outcome<std::string> operator()(const Hold& step) {
    TRY_ASSIGN(auto* proxy, self.proxy());
    TRY(proxy->activate(step.site, step.to));
    return "";
  }

  Outcome<std::string> operator()(const Clear& step) {
    const bool running =
        std::ranges::any_of(step.containers, [](auto& each) { return each.state == RunState::running; });
    if (running && !step.endpoints.empty()) {
      TRY_ASSIGN(auto* proxy, self.proxy());
      TRY(drain(world, *proxy, {step.app, step.color, step.endpoints, step.mode, step.drain_timeout}));
    }
    TRY(remove_containers(world, step.containers, self.project_.find_app(step.app)));
    return "";
  }

  Outcome<std::string> operator()(const Start& step) {
    TRY(for_each_index(world.concurrency, step.containers.size(), [&](std::size_t i) -> Done {
      auto spec = step.containers[i];
      if (const auto pulled = self.pulled_.find(spec.image); pulled != self.pulled_.end()) spec.image = pulled->second;
      TRY_ASSIGN(const auto id, world.engine.create_container(spec));
      TRY_WITHIN(spec.name, world.engine.start_container(id));
      return {};
    }));
    TRY(for_each_index(world.concurrency, step.existing.size(), [&](std::size_t i) -> Done {
      TRY_WITHIN(step.existing[i].name, world.engine.start_container(step.existing[i].id));
      return {};
    }));
    return "";
  }

  Outcome<std::string> operator()(const Check& step) {
    TRY_ASSIGN(auto* proxy, self.proxy());
    TRY(proxy->check(step.site));
    return "";
  }

  Outcome<std::string> operator()(const Configure& step) {
    TRY_ASSIGN(auto* proxy, self.proxy());
    TRY(proxy->configure(step.site));
    warn_of_reloads(*proxy);
    return "";
  }

  Outcome<std::string> operator()(const Verify& step) {
    TRY_ASSIGN(auto* proxy, self.proxy());
    return verify(world, *proxy, step);
  }

  Outcome<std::string> operator()(const Switch& step) {
    TRY_ASSIGN(auto* proxy, self.proxy());
    TRY(proxy->activate(step.site, step.to));
    warn_of_reloads(*proxy);
    TRY(confirm(*proxy, step));
    // History is for people: that it could not be written is no reason to fail a switch that is done.
    const auto recorded = world.history.record_activation(step.site.app, {step.release, step.to, world.clock.wall()});
    if (!recorded) world.reporter.warn(recorded.error().message);
    return "";
  }

  // Once for each command; without a reload there is nothing to warn of.
  void warn_of_reloads(Proxy& proxy) {
    if (self.warned_of_reloads_) return;
    const auto hazard = proxy.reload_hazard();
    self.warned_of_reloads_ = !hazard.empty();
    if (!hazard.empty()) world.reporter.warn(hazard);
  }

  Done confirm(Proxy& proxy, const Switch& step) {
    TRY_ASSIGN(const auto color, proxy.confirm(step.site));
    if (color != step.to) {
      return failure("nginx still sends " + step.site.app + " to " + std::string(name_of(color)),
                     "nginx's worker must be allowed to read the directories of the marker (conf.d and conf.d/active, "
                     "mode 0755).");
    }
    // All of them ran when they were verified; the old environment still stands, should one have ended since.
    TRY_ASSIGN(const auto containers, list_environment(world.engine, step.site.project, step.site.app, step.to));
    for (const auto& container : containers) {
      if (container.state == RunState::running) continue;
      TRY_ASSIGN(const auto detail, world.engine.inspect_container(container.id));
      return std::unexpected(explain_exit(world.engine, detail).within("ended just before requests came"));
    }
    return {};
  }

  Outcome<std::string> operator()(const Drain& step) {
    TRY_ASSIGN(auto* proxy, self.proxy());
    const auto* app = self.project_.find_app(step.app);
    TRY_ASSIGN(const auto drained, drain(world, *proxy, step, [&](const Container& replica) {
                 return world.engine.stop_container(replica.id, grace_of(replica, app));
               }));
    const auto connections = [](int number) { return count(static_cast<std::size_t>(number), "connection"); };
    auto told = drained.closed == 0 ? "" : "closed " + connections(drained.closed) + " replica by replica";
    if (drained.cut == 0) return told;
    // Where that is the policy, it is no news.
    if (step.policy == DrainPolicy::wait) {
      world.reporter.warn(connections(drained.cut) + " still open after " +
                          std::to_string(step.timeout.count() / 1000) + " s: cut");
    }
    return told + (told.empty() ? "" : ", ") + "cut " + connections(drained.cut);
  }

  Outcome<std::string> operator()(const Maintain& step) {
    TRY_ASSIGN(auto* proxy, self.proxy());
    TRY(step.page ? proxy->begin_maintenance(step.site, *step.page) : proxy->end_maintenance(step.site));
    warn_of_reloads(*proxy);
    for (const auto& route : step.site.routes) {
      if (step.page && is_tcp(route)) world.reporter.warn("connections go on to " + route.service + ": it speaks TCP");
    }
    TRY_ASSIGN(const bool is_seen, proxy->confirm_maintenance(step.site));
    if (is_seen == step.page.has_value()) return "";
    return failure("nginx does not see the maintenance marker of " + step.site.app,
                   "nginx's worker must be allowed to read the directories of the marker (conf.d and conf.d/active, "
                   "mode 0755).");
  }

  Outcome<std::string> operator()(const RetireOld& step) {
    const auto* app = self.project_.find_app(step.app);
    TRY(step.how == Retire::remove ? remove_containers(world, step.containers, app)
                                   : stop_containers(world, step.containers, app));
    return "";
  }
};

Actor::Actor(World& world, const Project& project, std::unique_ptr<Proxy> proxy)
    : world_(world), project_(project), proxy_(std::move(proxy)) {}

Outcome<Proxy*> Actor::proxy() {
  if (!proxy_) {
    TRY_ASSIGN(const auto containers, world_.engine.list_containers({}));
    const auto observed = observe_containers(containers, project_);
    TRY_ASSIGN(proxy_, find_proxy(world_.open_proxy, observed));
    if (!proxy_) return failure("there is no nginx container", "Start it: bluegreen up");
  }
  return proxy_.get();
}

Done Actor::act(const Step& step) {
  const auto info = describe(step);
  const auto started = world_.clock.now();
  const auto took = [&] { return std::chrono::duration_cast<Milliseconds>(world_.clock.now() - started); };
  world_.reporter.begin(info);
  auto result = perform(step);
  if (!result) {
    world_.reporter.fail(info, took());
    return std::unexpected(result.error().within(info.text));
  }
  world_.reporter.end(info, *result, took());
  return {};
}

Outcome<std::string> Actor::perform(const Step& step) { return std::visit(Visitor{*this, world_}, step); }

}  // namespace bluegreen
