// SPDX-License-Identifier: MIT
// Drift: where nginx, the containers and what bluegreen does do not fit together, and what mends it. Pure.
#pragma once

#include <string>
#include <vector>

#include "deploy/observed.h"

namespace bluegreen {

struct Drift {
  std::string what;
  std::string remedy;
};

// `retire`: the policy of the file where it is known; nothing: what stands in the idle environment is not judged.
[[nodiscard]] std::vector<Drift> find_drift(const ObservedApp& app, const Observed& observed,
                                            const std::string& managed_network, std::optional<Retire> retire);

}  // namespace bluegreen
