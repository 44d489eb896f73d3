// SPDX-License-Identifier: MIT
#include "load/plan.h"

#include <arpa/inet.h>
#include <ifaddrs.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <memory>

namespace bluegreen::load {
namespace {

bool is_loopback(const in_addr& address) { return ntohl(address.s_addr) >> 24 == 127; }

bool is_on_a_bridge(const in_addr& address) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    if (!std::filesystem::exists("/sys/class/net/" + std::string(one->ifa_name) + "/bridge")) continue;
    const in_addr_t mask = reinterpret_cast<const sockaddr_in*>(one->ifa_netmask)->sin_addr.s_addr;
    const in_addr_t own = reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr.s_addr;
    if ((own & mask) == (address.s_addr & mask)) return true;
  }
  return false;
}

}  // namespace

Outcome<std::vector<Kind>> make_kinds(const std::vector<std::string>& names, const KindPaths& paths) {
  const std::map<std::string, Kind> known{
      {"get", {"get", paths.get, Reuse::keep_alive, Sending::nothing}},
      {"post", {"post", paths.post, Reuse::keep_alive, Sending::body}},
      {"connect", {"connect", paths.get, Reuse::connection_per_request, Sending::nothing}},
      {"slow", {"slow", paths.slow, Reuse::keep_alive, Sending::nothing}},
      {"upload", {"upload", paths.upload, Reuse::keep_alive, Sending::body_in_pieces}},
      {"ws", {"ws", paths.ws, Reuse::keep_alive, Sending::frames}},
  };
  std::vector<Kind> kinds;
  for (const std::string& name : names) {
    const auto found = known.find(name);
    if (found == known.end()) {
      return failure(ErrorKind::usage, "there is no kind of client called " + name,
                     "The kinds are get, post, connect, slow, upload and ws.");
    }
    kinds.push_back(found->second);
  }
  return kinds;
}

Outcome<sockaddr_in> local_address(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  const auto refuse = [&](const std::string& why) { return failure(ErrorKind::usage, url + ": " + why); };
  if (!url.starts_with(scheme)) return refuse("the URL must start with http://");
  std::string host = url.substr(scheme.size());
  while (host.ends_with('/')) host.pop_back();
  int port = 80;
  if (const std::size_t colon = host.find(':'); colon != std::string::npos) {
    const char* end = host.data() + host.size();
    const auto [stop, error] = std::from_chars(host.data() + colon + 1, end, port);
    if (error != std::errc() || stop != end || port < 1 || port > 65535) return refuse("that is not a port");
    host.resize(colon);
  }
  const auto address = wire::ipv4(host == "localhost" ? "127.0.0.1" : host, port);
  if (!address) return refuse("the host must be localhost or an IPv4 address");
  if (!is_loopback(address->sin_addr) && !is_on_a_bridge(address->sin_addr)) {
    return refuse("neither loopback nor a container network of this machine: no load is sent there");
  }
  return *address;
}

}  // namespace bluegreen::load
