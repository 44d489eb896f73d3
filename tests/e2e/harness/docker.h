// SPDX-License-Identifier: MIT
// What the scenarios ask the engine (DOCKER_HOST) themselves, so that the program's own view of it is checked by
// another. Only things with the project's label are ever removed.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "http/client.h"

namespace bluegreen::e2e {

struct ContainerView {
  std::string id;
  std::string name;
  std::string image;
  std::string state;  // created, running, exited, ...
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> addresses;  // by network name
};

class Docker {
 public:
  Docker();                                  // DOCKER_HOST, else the default socket
  explicit Docker(const std::string& host);  // unix:// or tcp://

  // The answer's JSON (null where there is none); throws std::runtime_error with the engine's message on status 400 and
  // above.
  nlohmann::json api(const std::string& method, const std::string& path, const nlohmann::json& body = nullptr) const;

  // Those of a project, stopped ones included, by name.
  [[nodiscard]] std::vector<ContainerView> containers(const std::string& project) const;
  [[nodiscard]] std::vector<std::string> networks(const std::string& project) const;
  [[nodiscard]] std::vector<std::string> volumes(const std::string& project) const;
  [[nodiscard]] nlohmann::json inspect(const std::string& container) const;
  [[nodiscard]] std::string logs(const std::string& container) const;
  void kill(const std::string& container, const std::string& signal = "KILL") const;

  // From one engine to another.
  [[nodiscard]] std::string save_images(const std::vector<std::string>& references) const;
  void load_images(const std::string& saved) const;

  // Containers, networks and volumes with the project's label.
  void remove_everything(const std::string& project) const;

 private:
  [[nodiscard]] std::string ask(const HttpRequest& request) const;

  std::string base_url_;
  std::string unix_socket_;
};

}  // namespace bluegreen::e2e
