// SPDX-License-Identifier: MIT
// What no service can know alone: names that clash, routes that two services want, settings of one app that disagree,
// dependencies that lead nowhere or in a circle. Complains, changes nothing.
#pragma once

#include <vector>

#include "config/context.h"
#include "config/service_reader.h"

namespace bluegreen {

void check_services(const std::vector<ServiceDraft>& drafts, Context& context);

// The services in an order in which each comes after those it depends on; alphabetical where that leaves a choice.
// Infrastructure does not wait for apps: such a dependency is dropped with a warning. A circle is a complaint.
[[nodiscard]] std::vector<ServiceDraft> order_by_dependency(std::vector<ServiceDraft> drafts, Context& context);

}  // namespace bluegreen
