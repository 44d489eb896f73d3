// SPDX-License-Identifier: MIT
// The way to the engine: where it is, which version of the API both sides know, and its refusals as errors. Knows HTTP,
// and nothing of what is asked.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "docker/address.h"
#include "docker/deadlines.h"
#include "docker/ssh_relay.h"
#include "http/client.h"

namespace bluegreen::docker {

struct ApiVersion {
  int major = 0, minor = 0;
  auto operator<=>(const ApiVersion&) const = default;
};

inline constexpr ApiVersion kOldestApi{1, 40};  // Docker 19.03
inline constexpr ApiVersion kNewestApi{1, 48};  // Docker 28.0
inline constexpr ApiVersion kAllNetworksAtCreate{1, 44};

// Pure: what to speak with an engine that speaks up to `theirs` ("1.41"). Every engine accepts its own newest version,
// and today's refuse what is below 1.44, so it is the newest that both know.
[[nodiscard]] Outcome<ApiVersion> agree_on_version(const std::string& theirs);

class Api {
 public:
  static Outcome<std::unique_ptr<Api>> open(const DockerAddress& address, const EngineDeadlines& deadlines = {});

  [[nodiscard]] const EngineDeadlines& deadlines() const { return deadlines_; }
  Outcome<ApiVersion> version(const std::stop_token& stop = {});  // asked once

  // The path is without the version. A status from 400 on is an error. Every error names the request.
  Outcome<HttpResponse> ask(HttpRequest request);
  // For as long as the engine is there: while it says nothing in the stream, it is asked whether it still lives.
  Outcome<HttpResponse> stream(HttpRequest request, const std::function<bool(std::string_view)>& sink);
  // What to say of an answer that cannot be read.
  [[nodiscard]] Error senseless(const HttpRequest& request, const Error& error) const;

 private:
  Api(DockerAddress address, const EngineDeadlines& deadlines, std::unique_ptr<SshRelay> relay, HttpTarget target);
  using Exchange = std::function<Outcome<HttpResponse>(const HttpRequest&)>;
  Outcome<HttpResponse> exchange(HttpRequest request, const Exchange& way);
  Done ensure_alive(const std::stop_token& stop);
  [[nodiscard]] Error no_exchange(const std::string& request, const Error& error) const;
  [[nodiscard]] Error refused(const std::string& request, const HttpResponse& response) const;

  DockerAddress address_;
  EngineDeadlines deadlines_;
  std::unique_ptr<SshRelay> relay_;  // outlives the client
  HttpClient client_;
  std::mutex mutex_;
  ApiVersion version_;  // 0.0: not asked yet
};

}  // namespace bluegreen::docker
