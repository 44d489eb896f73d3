// SPDX-License-Identifier: MIT
#include "config/project_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/checks.h"
#include "config/images.h"
#include "config/json.h"
#include "config/resources.h"
#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

constexpr std::size_t most_services = 500;

std::vector<ServiceDraft> read_services(const std::optional<Field>& field, const Place& place, Context& context) {
  std::vector<ServiceDraft> drafts;
  const auto services = field ? read_map(*field, context.complaints) : std::vector<std::pair<std::string, Field>>{};
  if (services.empty())
    context.complaints.add(field ? field->place : place, "no services", "add services: with at least one");
  if (services.size() > most_services) {
    context.complaints.add(field->place, fmt::format("more than {} services", most_services));
    return drafts;
  }
  for (const auto& [name, value] : services) drafts.push_back(read_service(name, value, context));
  return drafts;
}

template <class T>
T chosen(const std::optional<Placed<T>>& own, const std::optional<Placed<T>>& common, T otherwise) {
  return own ? own->value : common ? common->value : otherwise;
}

// The values of the service that says something; check_services has seen that no two disagree.
template <class T>
void adopt(std::optional<Placed<T>>& target, const std::optional<Placed<T>>& source) {
  if (!target) target = source;
}

AppPolicy settle_policy(const PolicyDraft& own, const PolicyDraft& defaults) {
  const AppPolicy initial;
  return {chosen(own.switch_mode, defaults.switch_mode, initial.switch_mode),
          chosen(own.retire, defaults.retire, initial.retire),
          chosen(own.deadline, defaults.deadline, initial.health_timeout),
          chosen(own.drain, defaults.drain, initial.drain_timeout),
          chosen(own.drain_policy, defaults.drain_policy, initial.drain_policy)};
}

std::vector<App> gather_apps(const std::vector<ServiceDraft>& drafts, const PolicyDraft& defaults) {
  std::map<std::string, std::pair<App, PolicyDraft>> by_name;
  for (const auto& draft : drafts) {
    if (!draft.is_app()) continue;
    auto& [app, policy] = by_name[draft.bluegreen->app];
    app.name = draft.bluegreen->app;
    app.services.push_back(draft.service);
    adopt(policy.switch_mode, draft.bluegreen->policy.switch_mode);
    adopt(policy.retire, draft.bluegreen->policy.retire);
    adopt(policy.deadline, draft.bluegreen->policy.deadline);
    adopt(policy.drain, draft.bluegreen->policy.drain);
    adopt(policy.drain_policy, draft.bluegreen->policy.drain_policy);
  }
  std::vector<App> apps;
  for (auto& [name, entry] : by_name) {
    auto& [app, policy] = entry;
    std::ranges::sort(app.services, {}, &Service::name);
    app.policy = settle_policy(policy, defaults);
    apps.push_back(std::move(app));
  }
  return apps;
}

void read_listener_into(const ListenerDraft& listener, const ProxySettings& initial, ProxySettings& proxy,
                        Complaints& complaints) {
  if (listener.listen) proxy.listen = listener.listen->value;
  if (listener.listen_tls) proxy.listen_tls = listener.listen_tls->value;
  if (listener.preview_port) proxy.preview_port = listener.preview_port->value;
  if (!listener.acme.empty()) proxy.acme = listener.acme;
  if (listener.unknown_host) proxy.unknown_host = *listener.unknown_host;
  if (proxy.listen == proxy.preview_port && (listener.listen || listener.preview_port)) {
    const auto& place = listener.preview_port ? listener.preview_port->place : listener.listen->place;
    complaints.add(place, fmt::format("listen and preview_port are both {}", proxy.listen),
                   fmt::format("choose another port, e.g. {}", initial.preview_port));
  }
  const bool is_taken = proxy.listen_tls == proxy.listen || proxy.listen_tls == proxy.preview_port;
  if (is_taken && listener.listen_tls)
    complaints.add(listener.listen_tls->place, fmt::format("another listener has {} already", proxy.listen_tls),
                   fmt::format("choose another port, e.g. {}", initial.listen_tls));
}

void settle_host(const ProjectBlock& block, ProxySettings& proxy, Complaints& complaints) {
  auto& host = proxy.host.emplace();
  if (block.host.conf_dir) host.conf_dir = block.host.conf_dir->value;
  if (block.host.pid_file) host.pid_file = block.host.pid_file->value;
  for (const auto& place :
       {block.image ? std::optional(block.image->place) : std::nullopt, block.ports_place, block.mounts_place})
    if (place) complaints.add(*place, "nginx on this machine is no container", "remove it, or host: true");
}

bool has_tls(const std::vector<ServiceDraft>& drafts) {
  return std::ranges::any_of(drafts, [](const auto& each) { return each.is_app() && each.bluegreen->tls; });
}

ProxySettings settle_proxy(const ProjectBlock& block, const std::vector<ServiceDraft>& drafts, Complaints& complaints) {
  const ProxySettings initial;
  ProxySettings proxy;
  proxy.image = block.image ? block.image->value : initial.image;
  proxy.ports = block.ports;
  proxy.mounts = block.mounts;
  read_listener_into(block.listener, initial, proxy, complaints);
  const auto marked = std::ranges::find_if(drafts, &ServiceDraft::is_proxy);
  if (block.host.host && block.host.host->value) settle_host(block, proxy, complaints);
  if (marked == drafts.end()) return proxy;
  if (proxy.host)
    complaints.add(block.host.host->place, fmt::format("the service {} is nginx already", marked->service.name),
                   "keep one of the two");
  proxy.service = marked->service.name;
  proxy.image = initial.image;
  for (const auto& place :
       {block.image ? std::optional(block.image->place) : std::nullopt, block.ports_place, block.mounts_place})
    if (place) complaints.add(*place, fmt::format("the service {} is nginx already", proxy.service), "say it there");
  read_listener_into(marked->bluegreen->listener, initial, proxy, complaints);
  const auto& ports = marked->service.container.ports;
  const auto is_published = [&](std::uint16_t port) {
    return ports.empty() || std::ranges::find(ports, port, &PortMapping::container_port) != ports.end();
  };
  const auto speaks_tcp = [](const ServiceDraft& draft) { return is_tcp(draft.service); };
  const auto speaks_http = [&](const ServiceDraft& draft) { return draft.service.route && !speaks_tcp(draft); };
  const bool is_for_tcp_alone = std::ranges::any_of(drafts, speaks_tcp) && std::ranges::none_of(drafts, speaks_http);
  if (!is_for_tcp_alone && !is_published(proxy.listen))
    complaints.warn(place_of(marked->field, "ports"),
                    fmt::format("no port is published to {}, where nginx listens for the apps; set x-bluegreen.listen",
                                proxy.listen));
  if (has_tls(drafts) && !is_published(proxy.listen_tls))
    complaints.warn(place_of(marked->field, "ports"),
                    fmt::format("no port is published to {}, where nginx listens for TLS; set x-bluegreen.listen_tls",
                                proxy.listen_tls));
  for (const auto& draft : drafts)
    if (is_tcp(draft.service) && !is_published(draft.service.route->tcp_listen))
      complaints.warn(place_of(marked->field, "ports"),
                      fmt::format("no port is published to {}, where nginx listens for {}; set its x-bluegreen.listen",
                                  draft.service.route->tcp_listen, in_quotes(draft.service.name)));
  return proxy;
}

void check_tcp_services(const std::vector<ServiceDraft>& drafts, const ProxySettings& proxy, Complaints& complaints) {
  for (const auto& draft : drafts) {
    if (!is_tcp(draft.service)) continue;
    const auto port = draft.service.route->tcp_listen;
    const auto& place = draft.bluegreen->place;
    if (port == proxy.listen || port == proxy.preview_port || (port == proxy.listen_tls && has_tls(drafts)))
      complaints.add(place, fmt::format("nginx listens on port {} for HTTP", port),
                     "choose another one: listen: NUMBER");
    if (proxy.service.empty() && !proxy.host)
      complaints.add(place, "the nginx that bluegreen starts itself has no stream block, where TCP services belong",
                     "add an nginx of your own to the file, with proxy: true, its nginx.conf and its ports");
  }
}

// Compose makes no network and no volume that nobody uses; neither do we.
void keep_what_is_used(Project& project, const Context& context) {
  const auto use_mounts = [&](const std::vector<Mount>& mounts) {
    for (const auto& mount : mounts)
      for (const auto& volume : context.volumes)
        if (mount.kind == Mount::Kind::volume && volume.second.name == mount.source) project.volumes.insert(volume);
  };
  const auto use = [&](const Service& service) {
    for (const auto& attachment : service.networks)
      if (const auto found = context.networks.find(attachment.network); found != context.networks.end())
        project.networks.insert(*found);
    use_mounts(service.container.mounts);
  };
  for (const auto& app : project.apps) std::ranges::for_each(app.services, use);
  std::ranges::for_each(project.infrastructure, use);
  use_mounts(project.proxy.mounts);
}

void set_digests(Project& project) {
  for (auto& app : project.apps)
    for (auto& service : app.services) service.digest = digest_of(service);
  for (auto& service : project.infrastructure) service.digest = digest_of(service);
}

}  // namespace

Project read_project(const Node& document, const std::map<std::string, std::string>& images, Context& context) {
  static constexpr std::string_view unimplemented[] = {"configs", "include", "models", "secrets"};
  auto& complaints = context.complaints;
  MapReader map({&document, {document.at, ""}}, complaints);
  map.take("name");     // compose.cc has read it
  map.take("version");  // obsolete, says nothing
  context.networks = read_networks(map.take("networks"), context);
  context.volumes = read_volumes(map.take("volumes"), context);
  const auto block_field = map.take("x-bluegreen");
  const auto block = block_field ? read_project_block(*block_field, context) : ProjectBlock{};
  auto drafts = read_services(map.take("services"), map.field().place, context);
  map.finish(unimplemented);
  check_services(drafts, context);
  drafts = order_by_dependency(std::move(drafts), context);

  Project project{.name = context.project, .directory = context.directory};
  project.subnet = block.subnet;
  project.proxy = settle_proxy(block, drafts, complaints);
  check_tcp_services(drafts, project.proxy, complaints);
  project.apps = gather_apps(drafts, block.defaults);
  for (const auto& draft : drafts)
    if (!draft.is_app()) project.infrastructure.push_back(draft.service);
  override_images(project, images, complaints);
  keep_what_is_used(project, context);
  set_digests(project);
  return project;
}

}  // namespace bluegreen
