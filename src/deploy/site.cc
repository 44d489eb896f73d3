// SPDX-License-Identifier: MIT
#include "deploy/site.h"

#include <algorithm>
#include <iterator>

namespace bluegreen {

std::vector<Endpoint> routed_endpoints(const Side& side) {
  std::vector<Endpoint> endpoints;
  for (const auto& [service, replicas] : side) {
    std::ranges::copy_if(replicas, std::back_inserter(endpoints), [](const Endpoint& each) { return each.port != 0; });
  }
  return endpoints;
}

}  // namespace bluegreen
