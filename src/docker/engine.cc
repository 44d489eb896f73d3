// SPDX-License-Identifier: MIT
#include "docker/engine.h"

#include <fmt/format.h>

#include "docker/answers.h"
#include "docker/docker_engine.h"

namespace bluegreen {

Outcome<std::unique_ptr<Engine>> connect_docker(const DockerAddress& address, const EngineDeadlines& deadlines) {
  TRY_ASSIGN(auto api, docker::Api::open(address, deadlines));
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

Outcome<EngineVersion> DockerEngine::version() {
  TRY_ASSIGN(const auto spoken, api_->version());
  TRY_ASSIGN(const auto version, get("/version", read_version));
  return EngineVersion{version, fmt::format("{}.{}", spoken.major, spoken.minor)};
}

}  // namespace docker
}  // namespace bluegreen
