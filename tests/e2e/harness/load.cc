// SPDX-License-Identifier: MIT
#include "harness/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <sstream>

namespace bluegreen::e2e {

long LoadReport::failed_but_reused() const {
  long rest = failed();
  const auto kinds = json.value("kinds", nlohmann::json::object());
  for (const auto& [kind, columns] : kinds.items()) rest -= columns.value("reused_reset", 0L);
  return rest;
}

long LoadReport::count(const std::string& kind, const std::string& column) const {
  const auto found = json.find("kinds");
  if (found == json.end() || !found->contains(kind)) return 0;
  return (*found)[kind].value(column, 0L);
}

std::set<std::string> LoadReport::answered_by(Milliseconds from, Milliseconds to) const {
  std::set<std::string> releases;
  for (const auto& step : json.value("timeline", nlohmann::json::array())) {
    const Milliseconds at(step["at_ms"].get<long>());
    if (at < from || at >= to) continue;
    for (const auto& [release, count] : step["answers"].items()) releases.insert(release);
  }
  return releases;
}

Load::Load(const std::string& url, const std::filesystem::path& directory, const std::vector<std::string>& options,
           const Machine* machine)
    : started_(std::chrono::steady_clock::now()) {
  std::vector<std::string> words{program(), "probe", url, "--json", "--for", "5m"};
  words.insert(words.end(), options.begin(), options.end());
  const auto add_unless_given = [&](const std::string& option, const std::string& value) {
    if (std::ranges::find(options, option) == options.end()) words.insert(words.end(), {option, value});
  };
  add_unless_given("--kinds", "get,post,connect,slow,upload");
  add_unless_given("--post", "/echo");
  add_unless_given("--slow", "/slow?ms=2000");
  add_unless_given("--upload", "/upload");
  add_unless_given("--ws", "/ws");
  add_unless_given("--sse", "/stream");
  Command command{.words = words, .directory = directory};
  process_ = std::make_unique<Process>(machine == nullptr ? command : machine->on_its_network(command));
  EXPECT_TRUE(process_->wait_for_text("every kind of client has been answered", std::chrono::seconds(15)))
      << "the load did not get going";
}

Milliseconds Load::running_for() const {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started_);
}

LoadReport Load::stop() {
  process_->signal(SIGTERM);
  const Output output = process_->wait(std::chrono::seconds(60));
  std::istringstream events(output.out);
  LoadReport report{nlohmann::json::object()};
  for (std::string line; std::getline(events, line);) {
    auto event = nlohmann::json::parse(line, nullptr, false);
    if (event.is_object() && event.value("event", "") == "probe") report.json = std::move(event);
  }
  if (report.json.empty()) ADD_FAILURE() << "the load left no report: " << output.out << output.err;
  return report;
}

}  // namespace bluegreen::e2e
