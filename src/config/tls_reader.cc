// SPDX-License-Identifier: MIT
#include "config/tls_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

constexpr Seconds a_year{365 * 24 * 3600};

// true: to the usual port; a number: nginx's TLS port is published as another.
Outcome<std::uint16_t> parse_redirect(std::string_view text) {
  if (const auto flag = parse_bool(text)) return static_cast<std::uint16_t>(*flag ? 443 : 0);
  if (const auto port = parse_port(text)) return *port;
  return failure(fmt::format("{} is neither true, false nor the public port of HTTPS", in_quotes(text)));
}

Outcome<Seconds> parse_hsts(std::string_view text) {
  if (const auto flag = parse_bool(text)) return *flag ? a_year : Seconds{0};
  const auto duration = parse_positive_duration(text);
  const auto seconds = duration ? std::chrono::duration_cast<Seconds>(*duration) : Seconds{0};
  if (duration && seconds == *duration && seconds <= 10 * a_year) return seconds;
  return failure(fmt::format("{} is neither true, for a year, nor a duration such as 24h", in_quotes(text)));
}

}  // namespace

Outcome<std::string> parse_nginx_path(std::string_view text) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return is_letter(c) || is_digit(c) || std::string_view("/-._~+,=@").contains(c); });
  if (text.starts_with('/') && plain && text.size() <= 1024) return std::string(text);
  return failure(
      "is not an absolute path of letters, digits and / - . _ ~ + , = @; write it as nginx sees it, "
      "e.g. /etc/nginx/certs/example.org.pem");
}

std::optional<Tls> read_tls(const Field& field, Complaints& complaints) {
  MapReader map(field, complaints);
  Tls tls;
  map.read("certificate", tls.certificate, parse_nginx_path);
  map.read("key", tls.key, parse_nginx_path);
  map.read("redirect", tls.redirect, parse_redirect);
  map.read("hsts", tls.hsts, parse_hsts);
  map.finish();
  if (field.node->kind != Node::Kind::map) return std::nullopt;
  for (const auto* key : {"certificate", "key"})
    if (!field.node->find(key)) complaints.add(field.place, fmt::format("has no {}", key), "name the file");
  return tls;
}

}  // namespace bluegreen
