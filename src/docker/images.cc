// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "docker/answers.h"
#include "docker/child.h"
#include "docker/credentials.h"
#include "docker/docker_engine.h"
#include "docker/pull_progress.h"
#include "docker/reference.h"

namespace bluegreen::docker {
namespace {

using namespace std::chrono_literals;

// An image id is what the engine calls it; everything else is a reference with parts.
bool is_id(const std::string& reference) { return reference.starts_with("sha256:"); }

Outcome<std::string> auth_for(const std::string& registry) {
  std::ifstream file(docker_configuration_directory() + "/config.json", std::ios::binary);
  if (!file) return "";
  return registry_auth(registry, std::string(std::istreambuf_iterator<char>(file), {}), run_child);
}

}  // namespace

Outcome<ImageDetail> DockerEngine::inspect_image(const std::string& reference) {
  if (const auto parsed = parse_reference(reference); !parsed && !is_id(reference))
    return std::unexpected(parsed.error());  // nothing that would ask for another path
  return get("/images/" + reference + "/json", read_image);
}

Done DockerEngine::pull_image(const std::string& reference, const std::function<void(const std::string&)>& progress,
                              std::stop_token stop) {
  TRY_ASSIGN(const auto image, parse_reference(reference));
  TRY_ASSIGN(const auto auth, auth_for(image.registry));
  HttpRequest request{
      .method = "POST",
      .path = fmt::format("/images/create?fromImage={}&tag={}", url_escape(image.registry + "/" + image.repository),
                          url_escape(image.digest.empty() ? image.tag : image.digest)),
      .timeout = 0ms,
      .stop = std::move(stop)};
  if (!auth.empty()) request.headers.push_back("X-Registry-Auth: " + auth);
  auto last_heard = std::chrono::steady_clock::now();
  request.on_silence = [&]() -> Done {
    const auto silent = std::chrono::steady_clock::now() - last_heard;
    if (silent < deadlines().silent_pull) return {};
    return failure(ErrorKind::timeout, fmt::format("nothing was heard of the pull for {} s",
                                                   std::chrono::floor<std::chrono::seconds>(silent).count()));
  };

  PullProgress pull(reference);
  const auto pulled = api_->stream(request, [&](std::string_view piece) {
    last_heard = std::chrono::steady_clock::now();
    pull.feed(piece);
    if (auto news = pull.news(std::chrono::steady_clock::now())) progress(*news);
    return true;
  });
  constexpr auto what_next =
      "Check the name; for a private image, `docker login` on this machine. An image that is already on the engine is "
      "not pulled.";
  if (!pulled && (pulled.error().kind == ErrorKind::interrupted || pulled.error().kind == ErrorKind::timeout))
    return std::unexpected(pulled.error());
  if (!pulled) return failure(pulled.error().message, what_next);
  pull.finish();
  if (!pull.error().empty()) return failure(pull.error(), what_next);
  return {};
}

}  // namespace bluegreen::docker
