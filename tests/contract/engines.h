// SPDX-License-Identifier: MIT
// The two engines that must keep the same promises, each with an image whose program is `sleeper`.
#pragma once

#include <memory>
#include <string>

#include "deploy/ports.h"

namespace bluegreen {

class EngineUnderTest {
 public:
  virtual ~EngineUnderTest() = default;
  virtual Engine& engine() = 0;
  [[nodiscard]] virtual std::string image() const = 0;
  // Lets time pass while something is awaited.
  virtual void wait_a_little() = 0;
};

[[nodiscard]] std::unique_ptr<EngineUnderTest> make_simulated_engine();
// Error: no engine answers, or it does not take the image.
[[nodiscard]] Outcome<std::unique_ptr<EngineUnderTest>> make_docker_engine(const std::string& unique);

}  // namespace bluegreen
