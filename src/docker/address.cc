// SPDX-License-Identifier: MIT
#include "docker/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "docker/json.h"

namespace bluegreen {
namespace {

using docker::json;
using docker::text_at;

constexpr auto kDefaultHost = "unix:///var/run/docker.sock";
constexpr auto kWhere = "An engine is named as unix:///path, ssh://user@host or tcp://host:2376 (with TLS).";

struct Place {
  std::string host;
  std::string certificates;  // of a context
};

std::optional<json> read_json_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  return docker::parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
}

// A context's directory is named after a digest of its name; the name itself stands in its meta.json.
Outcome<Place> find_context(const std::string& name, const std::filesystem::path& configuration) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(configuration / "contexts" / "meta", ignored)) {
    const auto meta = read_json_file(entry.path() / "meta.json");
    if (!meta || text_at(*meta, {"Name"}) != name) continue;
    const auto host = text_at(*meta, {"Endpoints", "docker", "Host"});
    if (host.empty()) break;
    const auto certificates = configuration / "contexts" / "tls" / entry.path().filename() / "docker";
    return Place{host, std::filesystem::exists(certificates, ignored) ? certificates.string() : ""};
  }
  return failure(ErrorKind::usage, fmt::format("the Docker context \"{}\" names no engine", name),
                 "`docker context ls` shows what there is; -H names an engine directly.");
}

Outcome<Place> find_place(const DockerChoice& choice, const Variables& environment) {
  if (!choice.host.empty()) return Place{choice.host, ""};
  if (auto host = environment("DOCKER_HOST"); !host.empty()) return Place{host, ""};
  const std::filesystem::path configuration = docker_configuration_directory(environment);
  auto context = environment("DOCKER_CONTEXT");
  if (context.empty())
    if (const auto file = read_json_file(configuration / "config.json")) context = text_at(*file, {"currentContext"});
  if (context.empty() || context == "default") return Place{kDefaultHost, ""};
  return find_context(context, configuration);
}

bool is_host(const std::string& host) {
  return !host.empty() && host.front() != '-' && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':';
  });
}

// [user@]host[:port][/], the host of IPv6 in brackets.
bool read_authority(std::string text, DockerAddress& address) {
  if (text.ends_with('/')) text.pop_back();
  if (const auto at = text.rfind('@'); at != std::string::npos) {
    address.user = text.substr(0, at);
    text.erase(0, at + 1);
    if (!is_host(address.user)) return false;
  }
  std::string port;
  if (const auto bracket = text.find(']'); text.starts_with('[') && bracket != std::string::npos) {
    address.host = text.substr(1, bracket - 1);
    port = text.substr(bracket + 1);
    if (!port.empty() && !port.starts_with(':')) return false;
    if (!port.empty()) port.erase(0, 1);
  } else {
    const auto colon = text.find(':');
    address.host = text.substr(0, colon);
    if (colon != std::string::npos) port = text.substr(colon + 1);
  }
  if (!is_host(address.host)) return false;
  if (port.empty()) return true;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  return error == std::errc() && end == port.data() + port.size() && address.port != 0;
}

Outcome<DockerAddress> read_tcp(DockerAddress address, const Place& place, PlainTcp plain,
                                const Variables& environment) {
  address.kind = DockerAddress::Kind::tcp;
  address.certificates = place.certificates;
  if (address.certificates.empty()) address.certificates = environment("DOCKER_CERT_PATH");
  if (address.certificates.empty() && !environment("DOCKER_TLS_VERIFY").empty())
    address.certificates = docker_configuration_directory(environment);
  if (address.certificates.empty() && plain == PlainTcp::refused)
    return failure(ErrorKind::usage, fmt::format("{}: an engine is not used over TCP without TLS", place.host),
                   "Use ssh://user@host, or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH. On a network of your own: "
                   "--allow-plain-tcp.");
  if (address.port == 0) address.port = address.certificates.empty() ? 2375 : 2376;
  return address;
}

}  // namespace

std::string process_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

std::string docker_configuration_directory(const Variables& environment) {
  if (auto directory = environment("DOCKER_CONFIG"); !directory.empty()) return directory;
  return environment("HOME") + "/.docker";
}

Outcome<DockerAddress> find_docker_address(const DockerChoice& choice, const Variables& environment) {
  TRY_ASSIGN(const auto place, find_place(choice, environment));
  DockerAddress address{.text = place.host};
  const auto colon = place.host.find("://");
  const auto scheme = place.host.substr(0, colon);
  const auto rest = colon == std::string::npos ? "" : place.host.substr(colon + 3);
  if (scheme == "unix" && rest.starts_with('/')) {
    address.path = rest;
    return address;
  }
  if ((scheme == "tcp" || scheme == "https" || scheme == "ssh") && read_authority(rest, address)) {
    if (scheme != "ssh") return read_tcp(std::move(address), place, choice.plain_tcp, environment);
    address.kind = DockerAddress::Kind::ssh;
    return address;
  }
  return failure(ErrorKind::usage, fmt::format("\"{}\" is not an engine's address", place.host), kWhere);
}

}  // namespace bluegreen
