// SPDX-License-Identifier: MIT
#include "server/resolve.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

namespace bluegreen::server {
namespace {

constexpr std::size_t header_size = 12;
constexpr int type_a = 1;

std::string from_hosts_file(const std::string& host) {
  std::ifstream file("/etc/hosts");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address;
    words >> address;
    if (address.find(':') != std::string::npos) continue;
    for (std::string name; words >> name;) {
      if (name == host) return address;
    }
  }
  return {};
}

std::string name_server() {
  std::ifstream file("/etc/resolv.conf");
  for (std::string word; file >> word;) {
    if (word == "nameserver" && file >> word) return word;
  }
  return "127.0.0.11";
}

std::string query(const std::string& host) {
  std::string packet{"\x42\x47\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00",
                     header_size};  // id, recursion desired, 1 question
  std::istringstream labels(host);
  for (std::string label; std::getline(labels, label, '.');) packet += static_cast<char>(label.size()) + label;
  return packet + std::string{"\x00\x00\x01\x00\x01", 5};  // root, type A, class IN
}

int number_at(std::string_view packet, std::size_t at) {
  return static_cast<unsigned char>(packet[at]) << 8 | static_cast<unsigned char>(packet[at + 1]);
}

std::size_t after_name(std::string_view packet, std::size_t at) {
  while (at < packet.size() && packet[at] != 0) {
    if ((packet[at] & 0xc0) != 0) return at + 2;
    at += 1 + static_cast<unsigned char>(packet[at]);
  }
  return at + 1;
}

std::optional<in_addr> first_address(std::string_view packet) {
  if (packet.size() < header_size) return std::nullopt;
  std::size_t at = after_name(packet, header_size) + 4;
  for (int left = number_at(packet, 6); left > 0; --left) {
    at = after_name(packet, at);
    if (at + 10 > packet.size()) return std::nullopt;
    const int type = number_at(packet, at);
    const int size = number_at(packet, at + 8);
    at += 10;
    if (type == type_a && size == 4 && at + 4 <= packet.size()) {
      in_addr address{};
      std::memcpy(&address, packet.data() + at, sizeof address);
      return address;
    }
    at += static_cast<std::size_t>(size);
  }
  return std::nullopt;
}

}  // namespace

std::optional<sockaddr_in> resolve(const std::string& host, int port, wire::Deadline deadline) {
  if (auto literal = wire::ipv4(host, port)) return literal;
  if (auto known = wire::ipv4(from_hosts_file(host), port)) return known;
  const auto server = wire::ipv4(name_server(), 53);
  if (!server) return std::nullopt;
  const wire::Socket udp(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string question = query(host);
  if (sendto(udp.fd(), question.data(), question.size(), 0, reinterpret_cast<const sockaddr*>(&*server),
             sizeof *server) < 0 ||
      wire::wait_readable(udp.fd(), deadline) != wire::Readiness::ready) {
    return std::nullopt;
  }
  std::array<char, 1500> packet;
  const ssize_t size = recv(udp.fd(), packet.data(), packet.size(), 0);
  if (size <= 0) return std::nullopt;
  const auto address = first_address({packet.data(), static_cast<std::size_t>(size)});
  if (!address) return std::nullopt;
  auto result = *wire::ipv4("0.0.0.0", port);
  result.sin_addr = *address;
  return result;
}

}  // namespace bluegreen::server
