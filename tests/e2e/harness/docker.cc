// SPDX-License-Identifier: MIT
#include "harness/docker.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <stdexcept>

namespace bluegreen::e2e {
namespace {

constexpr std::array project_labels{"bluegreen.project", "com.docker.compose.project"};

std::string with_label(const std::string& label, const std::string& project) {
  const nlohmann::json filters{{"label", {label + "=" + project}}};
  return "filters=" + url_escape(filters.dump());
}

std::vector<std::string> sorted(const std::set<std::string>& names) { return {names.begin(), names.end()}; }

// Each piece of a container's log without a terminal begins with 8 bytes: stream, 0, 0, 0, size (big endian).
std::string without_stream_headers(const std::string& bytes) {
  std::string text;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    std::size_t size = 0;
    for (std::size_t i = 4; i < 8; ++i) size = size << 8 | static_cast<unsigned char>(bytes[at + i]);
    text += bytes.substr(at + 8, size);
    at += 8 + size;
  }
  return text;
}

std::string default_host() {
  const char* variable = std::getenv("DOCKER_HOST");
  return variable == nullptr || *variable == '\0' ? "unix:///var/run/docker.sock" : variable;
}

}  // namespace

Docker::Docker() : Docker(default_host()) {}

Docker::Docker(const std::string& host) {
  if (host.starts_with("unix://")) {
    unix_socket_ = host.substr(7);
    base_url_ = "http://localhost";
  } else {
    base_url_ = "http://" + host.substr(host.find("//") + 2);
  }
}

nlohmann::json Docker::api(const std::string& method, const std::string& path, const nlohmann::json& body) const {
  HttpRequest request{.method = method, .path = path};
  if (!body.is_null()) {
    request.headers = {"Content-Type: application/json"};
    request.body = body.dump();
  }
  const auto answer = ask(request);
  auto json = nlohmann::json::parse(answer, nullptr, false);
  return json.is_discarded() ? nlohmann::json(answer) : json;
}

std::string Docker::ask(const HttpRequest& request) const {
  HttpClient client({.base_url = base_url_, .unix_socket = unix_socket_});
  auto answer = client.perform(request);
  if (!answer) throw std::runtime_error(request.method + " " + request.path + ": " + answer.error().message);
  if (answer->status >= 400) throw std::runtime_error(request.method + " " + request.path + ": " + answer->body);
  return std::move(answer->body);
}

std::string Docker::save_images(const std::vector<std::string>& references) const {
  HttpRequest request{.path = "/images/get?", .timeout = std::chrono::minutes(2), .body_limit = std::size_t{1} << 30};
  for (const auto& reference : references) request.path += "&names=" + url_escape(reference);
  return ask(request);
}

void Docker::load_images(const std::string& saved) const {
  (void)ask({.method = "POST",
             .path = "/images/load?quiet=1",
             .headers = {"Content-Type: application/x-tar"},
             .body = saved,
             .timeout = std::chrono::minutes(2)});
}

std::vector<ContainerView> Docker::containers(const std::string& project) const {
  std::map<std::string, ContainerView> found;
  for (const char* label : project_labels) {
    for (const auto& json : api("GET", "/containers/json?all=1&" + with_label(label, project))) {
      ContainerView view{
          json["Id"], json["Names"][0].get<std::string>().substr(1), json["Image"], json["State"], json["Labels"], {}};
      for (const auto& [network, endpoint] : json["NetworkSettings"]["Networks"].items()) {
        view.addresses[network] = endpoint.value("IPAddress", "");
      }
      found[view.name] = view;
    }
  }
  std::vector<ContainerView> views;
  for (auto& [name, view] : found) views.push_back(std::move(view));
  return views;
}

std::vector<std::string> Docker::networks(const std::string& project) const {
  std::set<std::string> names;
  for (const char* label : project_labels) {
    for (const auto& json : api("GET", "/networks?" + with_label(label, project))) names.insert(json["Name"]);
  }
  return sorted(names);
}

std::vector<std::string> Docker::volumes(const std::string& project) const {
  std::set<std::string> names;
  for (const char* label : project_labels) {
    const auto answer = api("GET", "/volumes?" + with_label(label, project));
    if (!answer["Volumes"].is_array()) continue;
    for (const auto& json : answer["Volumes"]) names.insert(json["Name"]);
  }
  return sorted(names);
}

nlohmann::json Docker::inspect(const std::string& container) const {
  return api("GET", "/containers/" + container + "/json");
}

std::string Docker::logs(const std::string& container) const {
  const auto answer = api("GET", "/containers/" + container + "/logs?stdout=1&stderr=1&tail=200");
  return answer.is_string() ? without_stream_headers(answer.get<std::string>()) : std::string();
}

void Docker::kill(const std::string& container, const std::string& signal) const {
  api("POST", "/containers/" + container + "/kill?signal=" + signal);
}

void Docker::remove_everything(const std::string& project) const {
  for (const ContainerView& one : containers(project)) api("DELETE", "/containers/" + one.id + "?force=1&v=1");
  for (const std::string& one : networks(project)) api("DELETE", "/networks/" + one);
  for (const std::string& one : volumes(project)) api("DELETE", "/volumes/" + one);
}

}  // namespace bluegreen::e2e
