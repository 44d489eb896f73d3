// SPDX-License-Identifier: MIT
#include "docker/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "docker/answers.h"
#include "docker/errors.h"

namespace bluegreen::docker {
namespace {

HttpTarget target_of(const DockerAddress& address, const SshRelay* relay) {
  if (relay != nullptr) return {.base_url = "http://localhost", .unix_socket = relay->socket_path()};
  if (address.kind == DockerAddress::Kind::unix_socket)
    return {.base_url = "http://localhost", .unix_socket = address.path};
  const auto host = address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]";
  if (address.certificates.empty()) return {.base_url = fmt::format("http://{}:{}", host, address.port)};
  return {.base_url = fmt::format("https://{}:{}", host, address.port),
          .ca_file = address.certificates + "/ca.pem",
          .certificate_file = address.certificates + "/cert.pem",
          .key_file = address.certificates + "/key.pem"};
}

}  // namespace

Outcome<ApiVersion> agree_on_version(const std::string& theirs) {
  ApiVersion version;
  if (std::sscanf(theirs.c_str(), "%4d.%4d", &version.major, &version.minor) != 2)
    return failure(fmt::format("the engine names no API version (\"{}\")", theirs.substr(0, 40)));
  if (version < kOldestApi)
    return failure(fmt::format("the engine is too old: it speaks API {}, and {}.{} is needed", theirs, kOldestApi.major,
                               kOldestApi.minor),
                   "Update Docker to 20.10 or later.");
  return std::min(version, kNewestApi);
}

Outcome<std::unique_ptr<Api>> Api::open(const DockerAddress& address, const EngineDeadlines& deadlines) {
  std::unique_ptr<SshRelay> relay;
  if (address.kind == DockerAddress::Kind::ssh) {
    TRY_ASSIGN(relay, SshRelay::open(address));
  }
  auto target = target_of(address, relay.get());
  return std::unique_ptr<Api>(new Api(address, deadlines, std::move(relay), std::move(target)));
}

Api::Api(DockerAddress address, const EngineDeadlines& deadlines, std::unique_ptr<SshRelay> relay, HttpTarget target)
    : address_(std::move(address)), deadlines_(deadlines), relay_(std::move(relay)), client_(std::move(target)) {}

Error Api::no_exchange(const std::string& request, const Error& error) const {
  return unreachable(address_, error, relay_ ? relay_->last_words() : "", request);
}

Error Api::refused(const std::string& request, const HttpResponse& response) const {
  auto error = refusal(response.status, error_message(response.body), request);
  if (response.status >= 500 && error.hint.empty()) error.hint = look_at(address_);
  return error;
}

Error Api::senseless(const HttpRequest& request, const Error& error) const {
  return {error.kind, fmt::format("{}: {}", name_of_request(request.method, request.path), error.message),
          fmt::format("Is it a Docker engine? {}", look_at(address_))};
}

Outcome<ApiVersion> Api::version(const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  if (version_ != ApiVersion{}) return version_;
  const HttpRequest request{.path = "/_ping", .timeout = deadlines_.answer, .stop = stop, .body_limit = 1 << 20};
  const auto response = client_.perform(request);
  if (!response) return std::unexpected(no_exchange("GET /_ping", response.error()));
  if (response->status >= 400) return std::unexpected(refused("GET /_ping", *response));
  const auto header = response->headers.find("api-version");
  auto agreed = agree_on_version(header == response->headers.end() ? "" : header->second);
  if (!agreed) return std::unexpected(senseless(request, agreed.error()));
  return version_ = *agreed;
}

Outcome<HttpResponse> Api::exchange(HttpRequest request, const Exchange& way) {
  TRY_ASSIGN(const auto spoken, version(request.stop));
  const auto name = name_of_request(request.method, request.path);
  request.path = fmt::format("/v{}.{}{}", spoken.major, spoken.minor, request.path);
  if (!request.body.empty() && request.headers.empty()) request.headers.emplace_back("Content-Type: application/json");
  auto response = way(request);
  if (!response) return std::unexpected(no_exchange(name, response.error()));
  if (response->status >= 400) return std::unexpected(refused(name, *response));
  return response;
}

Outcome<HttpResponse> Api::ask(HttpRequest request) {
  return exchange(std::move(request), [this](const HttpRequest& versioned) { return client_.perform(versioned); });
}

Done Api::ensure_alive(const std::stop_token& stop) {
  const auto answer = client_.perform({.path = "/_ping", .timeout = deadlines_.answer, .stop = stop});
  if (answer) return {};
  if (answer.error().kind == ErrorKind::interrupted) return std::unexpected(answer.error());
  return failure(ErrorKind::timeout, "the engine has stopped talking");
}

Outcome<HttpResponse> Api::stream(HttpRequest request, const std::function<bool(std::string_view)>& sink) {
  request.silence = deadlines_.silence;
  request.on_silence = [this, stop = request.stop, further = request.on_silence]() -> Done {
    TRY(ensure_alive(stop));
    return further ? further() : Done{};
  };
  return exchange(std::move(request),
                  [this, &sink](const HttpRequest& versioned) { return client_.stream(versioned, sink); });
}

}  // namespace bluegreen::docker
