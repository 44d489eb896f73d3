// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "docker/answers.h"
#include "docker/container_body.h"
#include "docker/docker_engine.h"
#include "docker/json.h"

namespace bluegreen::docker {
namespace {

std::string label_filter(const Labels& having) {
  json labels = json::array();
  for (const auto& [name, value] : having) labels.push_back(value.empty() ? name : name + "=" + value);
  return url_escape(dump_json({{"label", labels}}));
}

// The engine may quote in its refusal what it was sent.
Error without_values(Error error, const std::map<std::string, std::string>& environment) {
  constexpr std::size_t shortest_secret = 6;
  for (const auto& [name, value] : environment) {
    if (value.size() < shortest_secret) continue;
    for (auto at = error.message.find(value); at != std::string::npos; at = error.message.find(value, at + 3))
      error.message.replace(at, value.size(), "***");
  }
  return error;
}

}  // namespace

Outcome<std::vector<Container>> DockerEngine::list_containers(const Labels& having) {
  std::string path = "/containers/json?all=1";
  if (!having.empty()) path += "&filters=" + label_filter(having);
  return get(path, read_container_list);
}

Outcome<ContainerDetail> DockerEngine::inspect_container(const std::string& id_or_name) {
  return get(container_path(id_or_name, "/json"), read_container);
}

Outcome<std::string> DockerEngine::create_container(const ContainerSpec& spec) {
  TRY_ASSIGN(const auto spoken, api_->version());
  const bool all_at_once = spoken >= kAllNetworksAtCreate;
  const HttpRequest request{.method = "POST",
                            .path = "/containers/create?name=" + url_escape(spec.name),
                            .body = container_body(spec, all_at_once ? NetworksAtCreate::all : NetworksAtCreate::first),
                            .timeout = deadlines().work};
  auto id = ask(request, read_id);
  if (!id) return std::unexpected(without_values(std::move(id).error(), spec.settings.environment));
  if (!all_at_once) TRY(connect_further_networks(spec, *id));
  return id;
}

// A container that lacks a network is a wrong container: it does not stay.
Done DockerEngine::connect_further_networks(const ContainerSpec& spec, const std::string& id) {
  for (std::size_t i = 1; i < spec.networks.size(); ++i) {
    if (auto connected = connect_network(spec.networks[i], id); !connected) {
      (void)remove_container(id);
      return std::unexpected(connected.error().within("connect " + spec.networks[i].network));
    }
  }
  return {};
}

Done DockerEngine::start_container(const std::string& id) {
  TRY(api_->ask({.method = "POST", .path = container_path(id, "/start"), .timeout = deadlines().work}));
  return {};
}

Done DockerEngine::stop_container(const std::string& id, Milliseconds grace) {
  return gone_is_fine(api_->ask({.method = "POST",
                                 .path = container_path(id, fmt::format("/stop?t={}", whole_seconds(grace))),
                                 .timeout = grace + deadlines().beyond_grace}));
}

Done DockerEngine::remove_container(const std::string& id) {
  const auto removed = gone_is_fine(
      api_->ask({.method = "DELETE", .path = container_path(id, "?v=1&force=1"), .timeout = deadlines().work}));
  if (removed || removed.error().kind != ErrorKind::conflict) return removed;
  // Somebody else removes it already: done when it is gone.
  return gone_is_fine(api_->ask(
      {.method = "POST", .path = container_path(id, "/wait?condition=removed"), .timeout = deadlines().work}));
}

Done DockerEngine::signal_container(const std::string& id, const std::string& signal) {
  TRY(api_->ask({.method = "POST",
                 .path = container_path(id, "/kill?signal=" + url_escape(signal)),
                 .timeout = deadlines().answer}));
  return {};
}

Outcome<std::vector<std::pair<int, std::string>>> DockerEngine::list_processes(const std::string& id) {
  return get(container_path(id, "/top"), read_processes);
}

}  // namespace bluegreen::docker
