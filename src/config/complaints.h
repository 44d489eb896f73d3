// SPDX-License-Identifier: MIT
// Everything that is wrong with the files, collected, so that people can mend all of it at once. Each complaint is one
// line: "compose.yaml:12:7: services.web.prot: unknown key; did you mean "ports"?". Knows nothing of YAML.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/outcome.h"

namespace bluegreen {

struct Position {
  std::shared_ptr<const std::string> file;  // as people know it
  int line = 0, column = 0;                 // 1 is the first; 0: the file as a whole
};

[[nodiscard]] std::string to_string(const Position& position);  // compose.yaml:12:7

// A position and the way of keys that leads to it: services.web.ports[0].
struct Place {
  Position at;
  std::string path;
};

class Complaints {
 public:
  void add(const Place& place, std::string_view what, std::string_view hint = {});
  void warn(const Place& place, std::string_view what);

  [[nodiscard]] bool empty() const { return lines_.empty(); }
  // All of them, in the order of the files, as one error of kind usage.
  [[nodiscard]] Error error() const;
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  // More would help nobody.
  [[nodiscard]] bool full() const { return lines_.size() > most; }

 private:
  static constexpr std::size_t most = 50;
  struct Line {
    Position at;
    std::string text;
  };
  std::vector<Line> lines_;
  std::vector<std::string> warnings_;
};

}  // namespace bluegreen
