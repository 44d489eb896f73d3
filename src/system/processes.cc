// SPDX-License-Identifier: MIT
#include "system/processes.h"

#include <algorithm>
#include <charconv>

#include "system/files.h"

namespace bluegreen {

namespace {

std::string read_about(int pid, const char* what) {
  return read_file("/proc/" + std::to_string(pid) + "/" + what).value_or("");  // it may have ended meanwhile
}

int parse_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

}  // namespace

std::string command_line_of(int pid) {
  auto text = read_about(pid, "cmdline");
  std::ranges::replace(text, '\0', ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

int parent_of(int pid) {
  const auto text = read_about(pid, "stat");
  const auto name_ends = text.rfind(") ");  // the name may hold anything; after it: state, parent
  if (name_ends == std::string::npos || name_ends + 4 >= text.size()) return 0;
  const auto from = name_ends + 4;
  return parse_number(std::string_view(text).substr(from, text.find(' ', from) - from));
}

Outcome<std::vector<std::pair<int, std::string>>> list_children(int pid) {
  TRY_ASSIGN(const auto names, list_directory("/proc"));
  std::vector<std::pair<int, std::string>> children;
  for (const auto& name : names) {
    const int each = parse_number(name);
    if (each != 0 && parent_of(each) == pid) children.emplace_back(each, command_line_of(each));
  }
  return children;
}

}  // namespace bluegreen
