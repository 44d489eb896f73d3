// SPDX-License-Identifier: MIT
#include "http/client.h"

#include "http/transport.h"

namespace bluegreen {

std::string url_escape(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    if (unreserved) {
      escaped += c;
    } else {
      escaped += '%';
      escaped += kHex[byte >> 4];
      escaped += kHex[byte & 15];
    }
  }
  return escaped;
}

HttpClient::HttpClient(HttpTarget target)
    : transport_(target.base_url.starts_with("https:") ? make_curl_transport(std::move(target))
                                                       : make_plain_transport(std::move(target))) {}
HttpClient::~HttpClient() = default;

Outcome<HttpResponse> HttpClient::perform(const HttpRequest& request) { return transport_->exchange(request, nullptr); }

Outcome<HttpResponse> HttpClient::stream(const HttpRequest& request,
                                         const std::function<bool(std::string_view)>& sink) {
  return transport_->exchange(request, &sink);
}

}  // namespace bluegreen
