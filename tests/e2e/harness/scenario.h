// SPDX-License-Identifier: MIT
// The stage of one end-to-end test: a project of its own (name, directory, ports, lock and history), the built program
// run in it, requests to its nginx, the engine's view of it. When the test is over, everything of that project is gone;
// BLUEGREEN_E2E_KEEP=1 leaves it for a look.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "harness/docker.h"
#include "harness/load.h"
#include "harness/machine.h"
#include "harness/process.h"

namespace bluegreen::e2e {

struct Answer {
  int status = 0;                              // 0: none; `body` then says why
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  // X-Release, which the test server sends with every answer; empty if it was not the test server.
  [[nodiscard]] std::string release() const;
};

class Scenario {
 public:
  Scenario();
  explicit Scenario(const Machine& machine);  // on that one, with its engine
  ~Scenario();
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  // ---- the project ----
  [[nodiscard]] const std::string& project() const { return project_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] int port(int number = 0);  // free ones, on loopback; the same number gives the same port
  // Writes compose.yaml: the project's name, then `text` with {port}, {port1}, {port2}, {project} and {directory}
  // filled in.
  void write_compose(std::string_view text);
  void write(const std::string& name, std::string_view text) const;
  [[nodiscard]] std::string read(const std::string& name) const;
  // An app `web` (release 1 of the test server; `more` is put below its x-bluegreen) behind a service `nginx` with
  // conf.d.
  void write_usual_compose(std::string_view release = "1", std::string_view more = "");

  // ---- the program ----
  Output bluegreen(const std::vector<std::string>& arguments, Milliseconds timeout = Milliseconds(120'000));
  std::unique_ptr<Process> start_bluegreen(const std::vector<std::string>& arguments);
  // The program, which sends itself a signal at a step: "KILL begin drain" (tests/e2e/signalled/main.cc).
  Output bluegreen_signalled(const std::string& moment, const std::vector<std::string>& arguments);
  // The program, which stopped itself at a step; SIGCONT lets it go on.
  std::unique_ptr<Process> bluegreen_stopped_at(const std::string& moment, const std::vector<std::string>& arguments);
  nlohmann::json status();                             // of `status --json`
  std::string active(const std::string& app = "web");  // BLUE, GREEN, or empty

  // ---- the site ----
  [[nodiscard]] std::string url(int port_number = 0);
  Answer get(const std::string& path = "/", const std::string& host = "localhost", int port_number = 0);
  // `options` are those of `bluegreen probe`; see harness/load.h.
  Load start_load(const std::vector<std::string>& options = {});
  // To nginx's own address: an engine that is away forwards no published port.
  Load start_load_beside_the_engine(const std::vector<std::string>& options);

  // ---- the engine ----
  [[nodiscard]] const Docker& docker() const { return docker_; }
  [[nodiscard]] std::vector<std::string> container_names() const;
  // Those of one environment, e.g. ("web", "GREEN").
  [[nodiscard]] std::vector<ContainerView> environment(const std::string& app, const std::string& color) const;

 private:
  [[nodiscard]] Command command(const std::vector<std::string>& arguments) const;
  [[nodiscard]] Command placed(Command command) const;
  [[nodiscard]] Command signalled_command(const std::string& moment, const std::vector<std::string>& arguments) const;
  Output run(const Command& command, const std::string& shown, Milliseconds timeout);
  void show_what_happened() const;

  explicit Scenario(const Machine* machine, Docker docker);

  const Machine* machine_;
  Docker docker_;
  std::string project_;
  std::filesystem::path directory_;
  std::map<int, int> ports_;
  std::string transcript_;
};

// True as soon as `condition` holds; false if it does not within `timeout`.
bool eventually(const std::function<bool()>& condition, Milliseconds timeout = Milliseconds(15'000));

// EXPECT_TRUE(exited(0, output)): on failure, shows what the program said.
testing::AssertionResult exited(int code, const Output& output);

}  // namespace bluegreen::e2e
