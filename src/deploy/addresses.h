// SPDX-License-Identifier: MIT
// Fixed addresses: the managed network's subnet, and which slot (color, service, replica) of an app has which address.
// The lower half of the subnet is bluegreen's; the engine chooses in the upper half (--ip-range) for whatever it must.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "deploy/project.h"
#include "deploy/site.h"

namespace bluegreen {

struct Subnet {
  std::uint32_t base = 0;  // host byte order
  int prefix = 32;

  [[nodiscard]] std::uint32_t size() const { return prefix == 0 ? 0 : 1u << (32 - prefix); }
  [[nodiscard]] bool overlaps(const Subnet& other) const;
  [[nodiscard]] bool contains(std::uint32_t address) const { return address - base < size(); }
  bool operator==(const Subnet&) const = default;
};

[[nodiscard]] std::optional<std::uint32_t> parse_address(std::string_view text);  // dotted IPv4
[[nodiscard]] std::string render_address(std::uint32_t address);
[[nodiscard]] std::optional<Subnet> parse_subnet(std::string_view text);  // 10.208.0.0/20, host bits zero
[[nodiscard]] std::string render_subnet(const Subnet& subnet);

// The half of the managed subnet where the engine itself chooses.
[[nodiscard]] Subnet engine_half(const Subnet& managed);

// One that meets none of those in use: the preferred one, else the first free /20 of 10.208.0.0/12.
[[nodiscard]] std::optional<Subnet> choose_subnet(const std::vector<Subnet>& in_use,
                                                  std::optional<Subnet> preferred = std::nullopt);
// The one of these that the address lies in; nothing when it is outside of 10.208.0.0/12.
[[nodiscard]] std::optional<Subnet> subnet_around(std::uint32_t address);

// The addresses for one color of an app: those that `previous` has for the same slots and that lie in the subnet, else
// the lowest ones that are not in `taken`. Error: the subnet is full.
[[nodiscard]] Outcome<Side> assign_addresses(const App& app, const Subnet& managed, const Side& previous,
                                             const std::set<std::string>& taken);

}  // namespace bluegreen
