// SPDX-License-Identifier: MIT
#include "probe/target.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

namespace bluegreen::probe {
namespace {

using Bytes = std::span<const unsigned char>;

// The address itself, without its port: 4 or 16 bytes.
Bytes bytes_of(const sockaddr& address) {
  const auto bytes_at = [](const void* data, std::size_t size) {
    return Bytes(static_cast<const unsigned char*>(data), size);
  };
  if (address.sa_family == AF_INET) return bytes_at(&reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  if (address.sa_family != AF_INET6) return {};
  const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_V4MAPPED(&ipv6) ? bytes_at(ipv6.s6_addr + 12, 4) : bytes_at(&ipv6, 16);
}

bool is_loopback(Bytes address) {
  if (address.size() == 4) return address[0] == 127;
  return std::ranges::equal(address, in6addr_loopback.s6_addr);
}

bool is_bridge(const char* interface) {
  std::error_code ignored;
  return std::filesystem::exists("/sys/class/net/" + std::string(interface) + "/bridge", ignored);
}

bool same_subnet(Bytes one, Bytes other, Bytes mask) {
  if (one.size() != other.size() || one.size() != mask.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if ((one[i] & mask[i]) != (other[i] & mask[i])) return false;
  }
  return true;
}

bool is_of_this_machine(Bytes address) {
  if (is_loopback(address)) return true;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || bytes_of(*one->ifa_addr).empty()) continue;
    const auto own = bytes_of(*one->ifa_addr);
    if (std::ranges::equal(own, address)) return true;
    if (one->ifa_netmask == nullptr || !is_bridge(one->ifa_name)) continue;
    const auto* mask = reinterpret_cast<const sockaddr*>(one->ifa_netmask);
    if (same_subnet(own, address, bytes_of(*mask))) return true;
  }
  return false;
}

struct HostAndPort {
  std::string host;
  std::optional<int> port;
};

// "host", "host:80", "[::1]", "[::1]:80"; nothing for anything else.
std::optional<HostAndPort> split(std::string_view text) {
  const auto bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const auto colon = text.find(':', bracket);
  const auto host = text.substr(0, colon);
  HostAndPort result{std::string(bracket > 0 ? host.substr(1, bracket - 1) : host), std::nullopt};
  if (result.host.empty() || (bracket > 0 && host.size() != bracket + 1)) return std::nullopt;
  if (colon == std::string_view::npos) return result;
  const char* end = text.data() + text.size();
  int port = 0;
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end || port < 1 || port > 65535) return std::nullopt;
  result.port = port;
  return result;
}

Outcome<wire::Address> resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
    return failure(ErrorKind::usage, host + ": " + gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  const auto* chosen = found;
  for (const auto* one = found; one != nullptr && chosen->ai_family != AF_INET; one = one->ai_next) {
    if (one->ai_family == AF_INET) chosen = one;
  }
  return wire::Address(chosen->ai_addr, chosen->ai_addrlen);
}

}  // namespace

Outcome<Target> parse_target(const std::string& url) {
  const auto refuse = [&](const std::string& why) {
    return failure(ErrorKind::usage, url + ": " + why, "For example: http://localhost:8080/");
  };
  const auto scheme_end = url.find("://");
  const auto scheme = url.substr(0, scheme_end);
  if (scheme_end == std::string::npos || (scheme != "http" && scheme != "https"))
    return refuse("the URL must start with http:// or https://");
  if (std::ranges::any_of(url, [](unsigned char c) { return c <= ' ' || c == 0x7f; }))
    return refuse("the URL has a space or a control character");
  Target target{.scheme = scheme == "https" ? Scheme::https : Scheme::http};
  const auto rest = url.substr(scheme_end + 3, url.find('#') - scheme_end - 3);
  const auto slash = rest.find_first_of("/?");
  target.authority = rest.substr(0, slash);
  target.path = slash == std::string::npos ? "/" : rest.substr(slash);
  if (target.path.starts_with('?')) target.path.insert(0, 1, '/');
  const auto parts = split(target.authority);
  if (!parts) return refuse("that is no host and port");
  target.host = parts->host;
  target.port = parts->port.value_or(target.scheme == Scheme::https ? 443 : 80);
  return target;
}

Outcome<wire::Address> find_address(const Target& target, const std::string& connect_to, Remote remote) {
  auto where = HostAndPort{target.host, target.port};
  if (!connect_to.empty()) {
    const auto given = split(connect_to);
    if (!given) return failure(ErrorKind::usage, connect_to + ": not of the form ADDRESS[:PORT]");
    where = {given->host, given->port.value_or(target.port)};
  }
  TRY_ASSIGN(const auto address, resolve(where.host, *where.port));
  if (remote == Remote::refused && !is_of_this_machine(bytes_of(reinterpret_cast<const sockaddr&>(address.storage)))) {
    return failure(ErrorKind::usage, where.host + " is not this machine: no load is sent there",
                   "Loopback, the addresses of this machine and its container networks are allowed; all others with "
                   "--allow-remote, if they are yours.");
  }
  return address;
}

}  // namespace bluegreen::probe
