// SPDX-License-Identifier: MIT
#include "deploy/addresses.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace bluegreen {

namespace {

constexpr Subnet pool{10u << 24 | 208u << 16, 12};  // 10.208.0.0/12
constexpr int prefix_of_a_project = 20;

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool Subnet::overlaps(const Subnet& other) const { return contains(other.base) || other.contains(base); }

std::optional<std::uint32_t> parse_address(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const auto dot = text.find('.');
    if ((part < 3) == (dot == std::string_view::npos)) return std::nullopt;
    const auto value = parse_number<std::uint8_t>(text.substr(0, dot));
    if (!value) return std::nullopt;
    address = address << 8 | *value;
    text.remove_prefix(part < 3 ? dot + 1 : 0);
  }
  return address;
}

std::string render_address(std::uint32_t address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string(address >> shift & 0xff);
    if (shift > 0) text += '.';
  }
  return text;
}

std::optional<Subnet> parse_subnet(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto base = parse_address(text.substr(0, slash));
  const auto prefix = parse_number<std::uint8_t>(text.substr(slash + 1));
  if (!base || !prefix || *prefix < 1 || *prefix > 32) return std::nullopt;
  const Subnet subnet{*base, *prefix};
  if ((subnet.base & (subnet.size() - 1)) != 0) return std::nullopt;
  return subnet;
}

std::string render_subnet(const Subnet& subnet) {
  return render_address(subnet.base) + "/" + std::to_string(subnet.prefix);
}

Subnet engine_half(const Subnet& managed) { return {managed.base + managed.size() / 2, managed.prefix + 1}; }

std::optional<Subnet> subnet_around(std::uint32_t address) {
  if (!pool.contains(address)) return std::nullopt;
  Subnet subnet{address, prefix_of_a_project};
  subnet.base &= ~(subnet.size() - 1);
  return subnet;
}

std::optional<Subnet> choose_subnet(const std::vector<Subnet>& in_use, std::optional<Subnet> preferred) {
  const auto is_free = [&](const Subnet& candidate) {
    return std::ranges::none_of(in_use, [&](const Subnet& used) { return used.overlaps(candidate); });
  };
  if (preferred && is_free(*preferred)) return preferred;
  for (Subnet candidate{pool.base, prefix_of_a_project}; pool.contains(candidate.base);
       candidate.base += candidate.size()) {
    if (is_free(candidate)) return candidate;
  }
  return std::nullopt;
}

Outcome<Side> assign_addresses(const App& app, const Subnet& managed, const Side& previous,
                               const std::set<std::string>& taken) {
  const Subnet ours{managed.base, managed.prefix + 1};
  auto used = taken;
  Side side;
  for (const auto& service : app.services) {
    const auto known = previous.find(service.name);
    for (int replica = 0; replica < service.replicas; ++replica) {
      const auto index = static_cast<std::size_t>(replica);
      Endpoint endpoint{"", service.port};
      if (known != previous.end() && index < known->second.size()) {
        const auto& text = known->second[index].address;
        const auto address = parse_address(text);
        if (address && ours.contains(*address) && !used.contains(text)) endpoint.address = text;
      }
      side[service.name].push_back(endpoint);
      used.insert(endpoint.address);
    }
  }
  std::uint32_t next = ours.base + 2;  // the network's own address, then its gateway
  for (auto& [service, endpoints] : side) {
    for (auto& endpoint : endpoints) {
      if (!endpoint.address.empty()) continue;
      while (ours.contains(next) && used.contains(render_address(next))) ++next;
      if (!ours.contains(next)) {
        return failure("the managed network " + render_subnet(managed) + " has no free address for " + service,
                       "Give the project a larger one with the top-level x-bluegreen.subnet, after `bluegreen down`.");
      }
      endpoint.address = render_address(next++);
    }
  }
  return side;
}

}  // namespace bluegreen
