// SPDX-License-Identifier: MIT
// Acts: does the steps of a plan, one after the other, through the ports. Every step is idempotent.
#pragma once

#include <memory>

#include "deploy/plan.h"
#include "deploy/world.h"

namespace bluegreen {

class Actor {
 public:
  // `proxy` may be empty until nginx stands; it is then opened when the first step needs it.
  Actor(World& world, const Project& project, std::unique_ptr<Proxy> proxy);

  // Told to the reporter with its duration. Image ids that a Pull finds are used by the steps after it.
  Done act(const Step& step);

  Outcome<Proxy*> proxy();
  [[nodiscard]] const ImageIds& pulled() const { return pulled_; }

 private:
  struct Visitor;
  Outcome<std::string> perform(const Step& step);

  World& world_;
  const Project& project_;
  std::unique_ptr<Proxy> proxy_;
  ImageIds pulled_;
  bool warned_of_reloads_ = false;
};

// Stops (where it runs) and removes them, or only stops them; all at once.
Done stop_containers(World& world, const std::vector<Container>& containers, const App* app);
Done remove_containers(World& world, const std::vector<Container>& containers, const App* app);

}  // namespace bluegreen
