// SPDX-License-Identifier: MIT
#include "nginx/workers.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace bluegreen {

Workers find_workers(const Processes& processes) {
  Workers workers;
  for (const auto& [pid, title] : processes) {
    if (title.find("nginx: worker process is shutting down") != std::string::npos) {
      workers.shutting_down.insert(pid);
    } else if (title.find("nginx: worker process") != std::string::npos) {
      workers.current.insert(pid);
    }
  }
  return workers;
}

bool are_replaced(const std::set<int>& before, const Workers& now) {
  return !now.current.empty() && std::ranges::none_of(now.current, [&](int pid) { return before.contains(pid); });
}

std::vector<std::string> master_options(const Processes& processes) {
  constexpr std::string_view title = "nginx: master process ";
  std::vector<std::string> options;
  for (const auto& [pid, command] : processes) {
    if (!command.starts_with(title)) continue;
    std::istringstream words(command.substr(title.size()));
    for (std::string word; words >> word;) {
      if (word != "-c" && word != "-p") continue;
      if (std::string value; words >> value) options.insert(options.end(), {word, value});
    }
    break;
  }
  return options;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> find_refusals(const std::vector<std::string>& log_lines) {
  constexpr std::string_view tag = "[emerg] ";
  std::vector<std::string> refusals;
  for (const auto& line : log_lines) {
    const auto at = line.find(tag);
    if (at == std::string::npos) continue;
    auto words = line.substr(at + tag.size());
    const auto id = words.find_first_not_of("0123456789#");  // "1#1: "
    if (id != 0 && id != std::string::npos && words.compare(id, 2, ": ") == 0) words.erase(0, id + 2);
    refusals.push_back(std::move(words));
  }
  return refusals;
}

std::optional<std::string> find_new_refusal(const std::vector<std::string>& before,
                                            const std::vector<std::string>& now) {
  if (now.empty()) return std::nullopt;
  const bool is_new = before.empty() || now.back() != before.back() || now.size() > before.size();
  return is_new ? std::optional(find_refusals(now).back()) : std::nullopt;
}

NginxVersion parse_version(std::string_view text) {
  NginxVersion version;
  const auto slash = text.find("nginx/");
  if (slash == std::string_view::npos) return version;
  const char* at = text.data() + slash + 6;
  const char* const end = text.data() + text.size();
  for (int* part : {&version.major, &version.minor, &version.patch}) {
    const auto [next, error] = std::from_chars(at, end, *part);
    if (error != std::errc{}) break;
    at = next == end ? next : next + 1;
  }
  return version;
}

std::string reload_hazard(const NginxVersion& version) {
  if (version < NginxVersion{1, 17, 5} || version >= NginxVersion{1, 23, 1}) return "";
  return "nginx " + std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch) +
         " may cut a response short that is under way when it is reloaded (nginx has mended that in 1.23.1)";
}

}  // namespace bluegreen
