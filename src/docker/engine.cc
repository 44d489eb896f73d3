// SPDX-License-Identifier: MIT
#include "docker/engine.h"

#include <fmt/format.h>

#include "docker/docker_engine.h"
#include "docker/json.h"

namespace bluegreen {

Outcome<std::unique_ptr<Engine>> connect_docker(const DockerAddress& address) {
  TRY_ASSIGN(auto api, docker::Api::open(address));
  return std::make_unique<docker::DockerEngine>(std::move(api));
}

namespace docker {

std::string container_path(const std::string& id, const std::string& rest) {
  return "/containers/" + url_escape(id) + rest;
}

Done gone_is_fine(const Outcome<HttpResponse>& response) {
  if (response || response.error().kind == ErrorKind::not_found) return {};
  return std::unexpected(response.error());
}

Outcome<std::string> DockerEngine::get(const std::string& path) {
  TRY_ASSIGN(auto response, api_->ask({.path = path}));
  return std::move(response.body);
}

Outcome<EngineVersion> DockerEngine::version() {
  TRY_ASSIGN(const auto spoken, api_->version());
  TRY_ASSIGN(const auto body, get("/version"));
  const auto answer = parse_json(body);
  if (!answer) return failure("the engine's answer makes no sense (is it a Docker engine?)");
  return EngineVersion{text_at(*answer, {"Version"}), fmt::format("{}.{}", spoken.major, spoken.minor)};
}

}  // namespace docker
}  // namespace bluegreen
