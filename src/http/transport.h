// SPDX-License-Identifier: MIT
// How an exchange gets to the other side: over a plain socket, or through curl, which is here for TLS alone. Loading
// curl with its thirty libraries takes longer, and more memory, than all the rest of `bluegreen status`.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "http/client.h"

namespace bluegreen {

using BodySink = std::function<bool(std::string_view)>;

class Transport {
 public:
  virtual ~Transport() = default;
  // As HttpClient::perform, and as HttpClient::stream where there is a sink. From several threads at once.
  virtual Outcome<HttpResponse> exchange(const HttpRequest& request, const BodySink* sink) = 0;
};

[[nodiscard]] std::unique_ptr<Transport> make_plain_transport(HttpTarget target);
[[nodiscard]] std::unique_ptr<Transport> make_curl_transport(HttpTarget target);

}  // namespace bluegreen
