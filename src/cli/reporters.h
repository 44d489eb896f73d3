// SPDX-License-Identifier: MIT
// What is told while it happens: lines for people, or one JSON object a line. Colour and progress only on a terminal.
#pragma once

#include <memory>

#include "cli/options.h"
#include "deploy/deployment.h"
#include "deploy/ports.h"

namespace bluegreen {

// 231 ms, 4.2 s, 3 min
[[nodiscard]] std::string render_duration(Milliseconds duration);

class TextOrJsonReporter : public Reporter {
 public:
  virtual void released(const Released& released, Milliseconds took) = 0;
};

[[nodiscard]] std::unique_ptr<TextOrJsonReporter> make_reporter(const Options& options);

// The last thing a failed command says: on standard error, or as a JSON object on standard output.
void print_error(const Error& error, const Options& options);

// True where standard output (or standard error) is a terminal that takes colour: not with --no-color, NO_COLOR or
// TERM=dumb.
[[nodiscard]] bool use_color(const Options& options, int descriptor);

}  // namespace bluegreen
