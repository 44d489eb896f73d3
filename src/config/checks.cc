// SPDX-License-Identifier: MIT
#include "config/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/names.h"
#include "config/text.h"

namespace bluegreen {
namespace {

std::string where(const Place& place) { return fmt::format("{} ({})", place.path, to_string(place.at)); }

// ---- one service in its role ----------------------------------------------------------------------------------

void check_app_service(const ServiceDraft& draft, Complaints& complaints) {
  const auto& service = draft.service;
  const auto published = [](const PortMapping& port) { return port.host_port != 0; };
  if (std::ranges::any_of(service.container.ports, published))
    complaints.add(place_of(draft.field, "ports"), "two environments cannot hold one port of the host",
                   "remove it and let nginx route to x-bluegreen.port");
  if (!service.container_name.empty())
    complaints.add(place_of(draft.field, "container_name"), "the containers of an app are named by color",
                   fmt::format("remove it; they are called {0}-BLUE and {0}-GREEN", service.name));
  if (service.networks.empty())
    complaints.add(place_of(draft.field, "network_mode"), "a service that takes turns needs a network", "remove it");
  for (const auto& attachment : service.networks)
    if (!attachment.ipv4_address.empty())
      complaints.add(place_of(draft.field, "networks"), "two environments cannot hold one ipv4_address",
                     "remove it; bluegreen gives each environment a fixed address for nginx");
  if (service.replicas == 0) complaints.add(draft.field.place, "a service that takes turns needs at least one replica");
}

void check_proxy_service(const ServiceDraft& draft, Complaints& complaints) {
  const auto& service = draft.service;
  const auto holds_configuration = [](const Mount& mount) {
    return mount.kind != Mount::Kind::tmpfs && !(mount.kind == Mount::Kind::volume && mount.source.empty()) &&
           (mount.target == "/etc/nginx/conf.d" || mount.target == "/etc/nginx");
  };
  if (std::ranges::none_of(service.container.mounts, holds_configuration))
    complaints.add(draft.bluegreen->place, "nginx needs a mount that bluegreen can write its configuration to",
                   "add volumes: [\"./nginx-conf.d:/etc/nginx/conf.d\"]");
  if (service.replicas != 1) complaints.add(draft.field.place, "nginx has exactly one replica");
  if (service.networks.empty())
    complaints.add(place_of(draft.field, "network_mode"), "nginx needs a network", "remove it");
}

void check_infrastructure(const ServiceDraft& draft, Complaints& complaints) {
  if (!draft.service.container_name.empty() && draft.service.replicas > 1)
    complaints.add(place_of(draft.field, "container_name"), "several replicas cannot share one name",
                   "remove one of the two");
}

// ---- names ----------------------------------------------------------------------------------------------------

// Complains of the second of two names that nginx could not tell apart; upper and lower case are one to it.
class DistinctNames {
 public:
  DistinctNames(std::string_view what, Complaints& complaints) : what_(what), complaints_(complaints) {}

  // False after a complaint.
  bool add(const std::string& name, const Place& place) {
    const auto [known, added] = known_.emplace(lower_case(variable_name(name)), std::pair(name, place));
    if (added || known->second.first == name) return true;
    complaints_.add(place,
                    fmt::format("the {} {} and {} become the same nginx variable ${}", what_, in_quotes(name),
                                in_quotes(known->second.first), known->first),
                    fmt::format("rename one of them; the other is {}", where(known->second.second)));
    return false;
  }

 private:
  std::string_view what_;
  Complaints& complaints_;
  std::map<std::string, std::pair<std::string, Place>> known_;
};

void check_names(const std::vector<ServiceDraft>& drafts, Complaints& complaints) {
  DistinctNames apps("apps", complaints), services("services", complaints), pairs("services", complaints);
  std::map<std::string, const ServiceDraft*> by_name, by_container;
  for (const auto& draft : drafts) by_name.emplace(draft.service.name, &draft);
  for (const auto& draft : drafts) {
    if (const auto& name = draft.service.container_name; !name.empty())
      if (const auto [other, added] = by_container.emplace(name, &draft); !added)
        complaints.add(place_of(draft.field, "container_name"),
                       fmt::format("{} is the name of another container", in_quotes(name)),
                       fmt::format("rename one of them; the other is {}", where(other->second->field.place)));
    if (!draft.is_app()) continue;
    const auto& app = draft.bluegreen->app;
    if (apps.add(app, draft.bluegreen->place) && services.add(draft.service.name, draft.field.place))
      pairs.add(app + "/" + draft.service.name, draft.field.place);
    const auto same = by_name.find(app);
    if (same != by_name.end() && !(same->second->is_app() && same->second->bluegreen->app == app))
      complaints.add(draft.bluegreen->place,
                     fmt::format("the app {} has the name of a service that does not belong to it", in_quotes(app)),
                     fmt::format("rename the app; the service is {}", where(same->second->field.place)));
  }
}

// ---- routes ---------------------------------------------------------------------------------------------------

void check_routes(const std::vector<ServiceDraft>& drafts, Complaints& complaints) {
  std::map<std::pair<std::string, std::string>, const ServiceDraft*> owners;  // host, path
  std::map<std::uint16_t, const ServiceDraft*> listeners;                     // of TCP services
  for (const auto& draft : drafts) {
    if (!draft.service.route || draft.service.route->own_server) continue;
    const auto& route = *draft.service.route;
    if (is_tcp(route)) {
      if (const auto [owner, added] = listeners.emplace(route.tcp_listen, &draft); !added)
        complaints.add(
            draft.bluegreen->place,
            fmt::format("the services {} and {} both want port {} of nginx", in_quotes(owner->second->service.name),
                        in_quotes(draft.service.name), route.tcp_listen),
            "give one of them another one: listen: NUMBER");
      continue;
    }
    const auto hosts = route.hosts.empty() ? std::vector<std::string>{""} : route.hosts;
    for (const auto& host : hosts) {
      const auto [owner, added] = owners.emplace(std::pair(host, route.path), &draft);
      if (added) continue;
      complaints.add(
          draft.bluegreen->place,
          fmt::format("the services {} and {} both want {}{}", in_quotes(owner->second->service.name),
                      in_quotes(draft.service.name), host.empty() ? "every host, path " : "http://" + host, route.path),
          fmt::format("give one of them another host or path; the other is {}",
                      where(owner->second->bluegreen->place)));
    }
  }
}

// A host has one certificate, whoever serves a part of it.
void check_tls(const std::vector<ServiceDraft>& drafts, Complaints& complaints) {
  std::map<std::string, const ServiceDraft*> owners;  // host
  for (const auto& draft : drafts) {
    if (!draft.is_app() || !draft.bluegreen->tls) continue;
    for (const auto& host : draft.service.route->hosts) {
      const auto& first = *owners.emplace(host, &draft).first->second;
      if (first.service.route->tls == draft.service.route->tls) continue;
      complaints.add(
          *draft.bluegreen->tls, fmt::format("differs for the host {}", in_quotes(host)),
          fmt::format("say the same in both, or leave it out in one; the other is {}", where(*first.bluegreen->tls)));
      break;
    }
  }
}

// ---- one app, several services --------------------------------------------------------------------------------

template <class T>
void check_agreement(const std::optional<Placed<T>>& setting, std::string_view name, std::optional<Placed<T>>& first,
                     Complaints& complaints) {
  if (!setting) return;
  if (!first)
    first = setting;
  else if (first->value != setting->value)
    complaints.add(setting->place,
                   fmt::format("differs from {}, but {} belongs to the app as a whole", where(first->place), name),
                   "say it at one of its services");
}

void check_policies(const std::vector<ServiceDraft>& drafts, Complaints& complaints) {
  std::map<std::string, PolicyDraft> apps;
  for (const auto& draft : drafts) {
    if (!draft.is_app()) continue;
    const auto& policy = draft.bluegreen->policy;
    auto& first = apps[draft.bluegreen->app];
    check_agreement(policy.switch_mode, "switch", first.switch_mode, complaints);
    check_agreement(policy.retire, "retire", first.retire, complaints);
    check_agreement(policy.deadline, "the health deadline", first.deadline, complaints);
    check_agreement(policy.drain, "drain", first.drain, complaints);
    check_agreement(policy.drain_policy, "drain", first.drain_policy, complaints);
  }
}

void check_single_proxy(const std::vector<ServiceDraft>& drafts, Complaints& complaints) {
  const ServiceDraft* first = nullptr;
  for (const auto& draft : drafts) {
    if (!draft.is_proxy()) continue;
    if (first)
      complaints.add(draft.bluegreen->place, "a second service with proxy: true",
                     fmt::format("keep one; the other is {}", where(first->bluegreen->place)));
    else
      first = &draft;
  }
}

// ---- dependencies ---------------------------------------------------------------------------------------------

// Drops what cannot be waited for, and complains where that is a mistake.
void settle_dependencies(std::vector<ServiceDraft>& drafts, Context& context) {
  std::map<std::string, bool> is_app;
  std::vector<std::string> names;
  for (const auto& draft : drafts) {
    is_app[draft.service.name] = draft.is_app();
    names.push_back(draft.service.name);
  }
  for (auto& draft : drafts)
    std::erase_if(draft.service.depends_on, [&](const Dependency& dependency) {
      const auto known = is_app.find(dependency.service);
      if (known != is_app.end()) {
        const bool backwards = known->second && !draft.is_app();
        if (backwards)
          context.complaints.warn(
              place_of(draft.field, "depends_on"),
              fmt::format("infrastructure starts before the app's service {}; this order is not kept",
                          in_quotes(dependency.service)));
        return backwards;
      }
      if (std::ranges::find(draft.optional_dependencies, dependency.service) == draft.optional_dependencies.end()) {
        const auto near = nearest(dependency.service, names);
        context.complaints.add(place_of(draft.field, "depends_on"),
                               fmt::format("there is no service {}", in_quotes(dependency.service)),
                               near.empty() ? "" : fmt::format("did you mean {}?", in_quotes(near)));
      }
      return true;
    });
}

class Ordering {
 public:
  explicit Ordering(const std::vector<ServiceDraft>& drafts) {
    for (std::size_t i = 0; i < drafts.size(); ++i) index_[drafts[i].service.name] = i;
    for (const auto& draft : drafts) edges_.push_back(draft.service.depends_on);
    state_.resize(drafts.size(), State::fresh);
    for (const auto& [name, i] : index_)
      if (circle.empty()) visit(name, i);
  }

  std::vector<std::size_t> order;
  std::vector<std::string> circle;  // web, db, web

 private:
  enum class State { fresh, open, done };

  void visit(const std::string& name, std::size_t i) {
    if (state_[i] == State::done || !circle.empty()) return;
    way_.push_back(name);
    if (state_[i] == State::open) {
      circle.assign(std::ranges::find(way_, name), way_.end());
      return;
    }
    state_[i] = State::open;
    for (const auto& dependency : edges_[i]) visit(dependency.service, index_.at(dependency.service));
    state_[i] = State::done;
    order.push_back(i);
    way_.pop_back();
  }

  std::map<std::string, std::size_t> index_;
  std::vector<std::vector<Dependency>> edges_;
  std::vector<State> state_;
  std::vector<std::string> way_;
};

}  // namespace

void check_services(const std::vector<ServiceDraft>& drafts, Context& context) {
  auto& complaints = context.complaints;
  for (const auto& draft : drafts) {
    if (draft.is_app())
      check_app_service(draft, complaints);
    else
      check_infrastructure(draft, complaints);
    if (draft.is_proxy()) check_proxy_service(draft, complaints);
  }
  check_single_proxy(drafts, complaints);
  check_names(drafts, complaints);
  check_routes(drafts, complaints);
  check_tls(drafts, complaints);
  check_policies(drafts, complaints);
}

std::vector<ServiceDraft> order_by_dependency(std::vector<ServiceDraft> drafts, Context& context) {
  settle_dependencies(drafts, context);
  const Ordering ordering(drafts);
  if (!ordering.circle.empty()) {
    const auto first = std::ranges::find(drafts, ordering.circle.front(),
                                         [](const ServiceDraft& draft) { return draft.service.name; });
    context.complaints.add(place_of(first->field, "depends_on"),
                           fmt::format("goes in a circle: {}", join(ordering.circle, " -> ")),
                           "remove one of these dependencies");
    return drafts;
  }
  std::vector<ServiceDraft> ordered;
  for (const auto i : ordering.order) ordered.push_back(std::move(drafts[i]));
  return ordered;
}

}  // namespace bluegreen
