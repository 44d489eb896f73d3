// SPDX-License-Identifier: MIT
// DockerEngine, for this room's own files: engine.cc (connect, version), containers.cc, output.cc (exec and logs),
// sockets.cc,
// networks.cc (and volumes), images.cc.
#pragma once

#include <memory>

#include "deploy/ports.h"
#include "docker/api.h"

namespace bluegreen::docker {

class DockerEngine final : public Engine {
 public:
  explicit DockerEngine(std::unique_ptr<Api> api) : api_(std::move(api)) {}

  Outcome<EngineVersion> version() override;

  Outcome<std::vector<Container>> list_containers(const Labels& having) override;
  Outcome<ContainerDetail> inspect_container(const std::string& id_or_name) override;
  Outcome<std::string> create_container(const ContainerSpec& spec) override;
  Done start_container(const std::string& id) override;
  Done stop_container(const std::string& id, Milliseconds grace) override;
  Done remove_container(const std::string& id) override;
  Done signal_container(const std::string& id, const std::string& signal) override;
  Outcome<std::vector<std::pair<int, std::string>>> list_processes(const std::string& id) override;

  Outcome<ExecResult> exec(const std::string& id, const std::vector<std::string>& command,
                           Milliseconds timeout) override;
  Outcome<std::string> read_socket_tables(const std::string& id) override;
  Done read_logs(const std::string& id, const LogQuery& query,
                 const std::function<void(const std::string&)>& line) override;

  Outcome<std::vector<EngineNetwork>> list_networks() override;
  Done create_network(const NetworkSpec& spec) override;
  Done remove_network(const std::string& name) override;
  Done connect_network(const NetworkEndpoint& endpoint, const std::string& container) override;
  Done disconnect_network(const std::string& network, const std::string& container) override;

  Outcome<std::vector<std::pair<std::string, Labels>>> list_volumes() override;
  Done create_volume(const Volume& volume, const Labels& labels) override;
  Done remove_volume(const std::string& name) override;

  Outcome<ImageDetail> inspect_image(const std::string& reference) override;
  Done pull_image(const std::string& reference, const std::function<void(const std::string&)>& progress,
                  std::stop_token stop) override;

 private:
  [[nodiscard]] const EngineDeadlines& deadlines() const { return api_->deadlines(); }
  // Asks, and reads the answer with `read`.
  template <class Read>
  auto ask(const HttpRequest& request, const Read& read) -> decltype(read(std::string_view())) {
    TRY_ASSIGN(const auto response, api_->ask(request));
    auto answer = read(std::string_view(response.body));
    if (!answer) return std::unexpected(api_->senseless(request, answer.error()));
    return answer;
  }
  template <class Read>
  auto get(const std::string& path, const Read& read) {
    return ask({.path = path, .timeout = deadlines().answer}, read);
  }
  Done connect_further_networks(const ContainerSpec& spec, const std::string& id);
  Outcome<bool> is_attached(const NetworkEndpoint& endpoint, const std::string& container);

  std::unique_ptr<Api> api_;
};

// The path of one container: "/containers/<id>" and what follows.
[[nodiscard]] std::string container_path(const std::string& id, const std::string& rest = "");

// A success where the error says that it is gone: what idempotent removals want.
[[nodiscard]] Done gone_is_fine(const Outcome<HttpResponse>& response);

}  // namespace bluegreen::docker
