// SPDX-License-Identifier: MIT
// What another main than the product's may change from outside: the end-to-end tests end the program at a step of their
// choice. The product's own main leaves it empty.
#pragma once

#include <functional>
#include <memory>

namespace bluegreen {

class TextOrJsonReporter;

struct Hooks {
  // Gets the reporter of a command and gives back the one that is used instead.
  std::function<std::unique_ptr<TextOrJsonReporter>(std::unique_ptr<TextOrJsonReporter>)> wrap_reporter;
};

}  // namespace bluegreen
