// SPDX-License-Identifier: MIT
#include "docker/answers.h"
#include "docker/container_body.h"
#include "docker/docker_engine.h"
#include "docker/json.h"

namespace bluegreen::docker {
namespace {

std::string network_path(const std::string& name, const std::string& rest = "") {
  return "/networks/" + url_escape(name) + rest;
}

}  // namespace

Outcome<std::vector<EngineNetwork>> DockerEngine::list_networks() { return get("/networks", read_networks); }

Done DockerEngine::create_network(const NetworkSpec& spec) {
  TRY(api_->ask(
      {.method = "POST", .path = "/networks/create", .body = network_body(spec), .timeout = deadlines().work}));
  return {};
}

Done DockerEngine::remove_network(const std::string& name) {
  return gone_is_fine(api_->ask({.method = "DELETE", .path = network_path(name), .timeout = deadlines().work}));
}

// With the address that is wanted, where one is.
Outcome<bool> DockerEngine::is_attached(const NetworkEndpoint& endpoint, const std::string& container) {
  return get(container_path(container, "/json"), [&](std::string_view body) -> Outcome<bool> {
    TRY(read_container(body));
    const auto answer = parse_json(body);
    const auto& settings = member(*answer, {"NetworkSettings", "Networks", endpoint.network.c_str()});
    if (!settings.is_object()) return false;
    return endpoint.ipv4_address.empty() || text_at(settings, {"IPAddress"}) == endpoint.ipv4_address ||
           text_at(settings, {"IPAMConfig", "IPv4Address"}) == endpoint.ipv4_address;
  });
}

// The engine refuses a second connection with different codes, so what counts is what holds afterwards. A created
// container takes a second one silently, which changes nothing.
Done DockerEngine::connect_network(const NetworkEndpoint& endpoint, const std::string& container) {
  const auto connected = api_->ask({.method = "POST",
                                    .path = network_path(endpoint.network, "/connect"),
                                    .body = connect_body(endpoint, container),
                                    .timeout = deadlines().work});
  if (connected) return {};
  if (const auto attached = is_attached(endpoint, container); attached && *attached) return {};
  return std::unexpected(connected.error());
}

Done DockerEngine::disconnect_network(const std::string& network, const std::string& container) {
  const auto disconnected = gone_is_fine(api_->ask({.method = "POST",
                                                    .path = network_path(network, "/disconnect"),
                                                    .body = dump_json({{"Container", container}, {"Force", true}}),
                                                    .timeout = deadlines().work}));
  if (disconnected) return {};
  if (const auto attached = is_attached({.network = network}, container);
      attached ? !*attached : attached.error().kind == ErrorKind::not_found)
    return {};
  return disconnected;
}

Outcome<std::vector<std::pair<std::string, Labels>>> DockerEngine::list_volumes() {
  return get("/volumes", read_volumes);
}

Done DockerEngine::create_volume(const Volume& volume, const Labels& labels) {
  TRY(api_->ask(
      {.method = "POST", .path = "/volumes/create", .body = volume_body(volume, labels), .timeout = deadlines().work}));
  return {};
}

Done DockerEngine::remove_volume(const std::string& name) {
  return gone_is_fine(
      api_->ask({.method = "DELETE", .path = "/volumes/" + url_escape(name), .timeout = deadlines().work}));
}

}  // namespace bluegreen::docker
