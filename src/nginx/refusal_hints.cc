// SPDX-License-Identifier: MIT
#include "nginx/refusal_hints.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "nginx/workers.h"

namespace bluegreen {

namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Of OpenSSL, through nginx (src/event/ngx_event_openssl.c).
std::string hint_about_tls(std::string_view words) {
  if (has(words, "ssl_reject_handshake")) return "TLS needs nginx 1.19.4 or later.";
  if (has(words, "values mismatch"))
    return "The key does not belong to the certificate. In `certificate` the server's own comes first, then the chain.";
  if (!has(words, "cannot load certificate")) return "";
  if (has(words, "No such file"))
    return "The paths of `tls` are nginx's own: for one in a container mount the directory, e.g. volumes: "
           "[\"./certs:/etc/nginx/certs:ro\"].";
  return "The file has to be PEM, a key without a passphrase, and nginx's master has to be able to read it.";
}

std::string line_of(std::string_view text, std::size_t number) {
  for (std::size_t i = 1; i < number && !text.empty(); ++i)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return std::string(text.substr(0, std::min<std::size_t>(text.find('\n'), 200)));
}

std::size_t leading_number(std::string_view text) {
  std::size_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || number > 1'000'000) break;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return number;
}

}  // namespace

std::string last_refusal(std::string_view printed) {
  const auto lines = lines_of(std::string(printed));
  const auto refusals = find_refusals(lines);
  if (!refusals.empty()) return refusals.back();
  return lines.empty() ? "" : lines.back();
}

std::string hint_for(const std::string& words, const ConfChanges& changes, std::string_view conf_dir) {
  if (auto hint = hint_about_tls(words); !hint.empty()) return hint;
  if (has(words, "server_names_hash"))
    return "A host is longer than nginx's table of names allows by default: put `server_names_hash_bucket_size 128;` "
           "into a file of your own in conf.d, or into http of nginx.conf.";
  const auto directory = std::string(conf_dir) + "/";
  const auto at = words.find(directory);
  const auto colon = at == std::string::npos ? at : words.find(':', at);
  if (colon == std::string::npos) return "";
  const auto name = words.substr(at + directory.size(), colon - at - directory.size());
  const auto change = std::ranges::find(changes.writes, name, [](const auto& file) { return file.first; });
  if (change == changes.writes.end()) return "Repair " + name + "; bluegreen does not change that file.";
  return "That line is: " + line_of(change->second, leading_number(words.substr(colon + 1))) +
         "\nLook at `snippet` in the Compose file.";
}

}  // namespace bluegreen
