// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "docker/answers.h"
#include "docker/container_body.h"
#include "docker/docker_engine.h"
#include "docker/json.h"

namespace bluegreen::docker {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kSlowCall = 120s;  // creating and starting on a busy machine
constexpr Milliseconds kBeyondGrace = 30s;

std::string label_filter(const Labels& having) {
  json labels = json::array();
  for (const auto& [name, value] : having) labels.push_back(value.empty() ? name : name + "=" + value);
  return url_escape(dump_json({{"label", labels}}));
}

}  // namespace

Outcome<std::vector<Container>> DockerEngine::list_containers(const Labels& having) {
  std::string path = "/containers/json?all=1";
  if (!having.empty()) path += "&filters=" + label_filter(having);
  TRY_ASSIGN(const auto body, get(path));
  return read_container_list(body);
}

Outcome<ContainerDetail> DockerEngine::inspect_container(const std::string& id_or_name) {
  TRY_ASSIGN(const auto body, get(container_path(id_or_name, "/json")));
  return read_container(body);
}

Outcome<std::string> DockerEngine::create_container(const ContainerSpec& spec) {
  TRY_ASSIGN(const auto spoken, api_->version());
  const bool all_at_once = spoken >= kAllNetworksAtCreate;
  TRY_ASSIGN(const auto response,
             api_->ask({.method = "POST",
                        .path = "/containers/create?name=" + url_escape(spec.name),
                        .body = container_body(spec, all_at_once ? NetworksAtCreate::all : NetworksAtCreate::first),
                        .timeout = kSlowCall}));
  TRY_ASSIGN(auto id, read_id(response.body));
  if (!all_at_once) TRY(connect_further_networks(spec, id));
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
  TRY(api_->ask({.method = "POST", .path = container_path(id, "/start"), .timeout = kSlowCall}));
  return {};
}

Done DockerEngine::stop_container(const std::string& id, Milliseconds grace) {
  return gone_is_fine(api_->ask({.method = "POST",
                                 .path = container_path(id, fmt::format("/stop?t={}", whole_seconds(grace))),
                                 .timeout = grace + kBeyondGrace}));
}

Done DockerEngine::remove_container(const std::string& id) {
  const auto removed =
      gone_is_fine(api_->ask({.method = "DELETE", .path = container_path(id, "?v=1&force=1"), .timeout = kSlowCall}));
  if (removed || removed.error().kind != ErrorKind::conflict) return removed;
  // Somebody else removes it already: done when it is gone.
  return gone_is_fine(
      api_->ask({.method = "POST", .path = container_path(id, "/wait?condition=removed"), .timeout = kSlowCall}));
}

Done DockerEngine::signal_container(const std::string& id, const std::string& signal) {
  TRY(api_->ask({.method = "POST", .path = container_path(id, "/kill?signal=" + url_escape(signal))}));
  return {};
}

Outcome<std::vector<std::pair<int, std::string>>> DockerEngine::list_processes(const std::string& id) {
  TRY_ASSIGN(const auto body, get(container_path(id, "/top")));
  return read_processes(body);
}

}  // namespace bluegreen::docker
