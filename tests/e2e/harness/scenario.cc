// SPDX-License-Identifier: MIT
#include "harness/scenario.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "http/client.h"
#include "wire/socket.h"

namespace bluegreen::e2e {
namespace {

bool keeps() {
  const char* value = std::getenv("BLUEGREEN_E2E_KEEP");
  return value != nullptr && *value != '\0';
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Below the range that the system takes for outgoing connections, of which the load makes many.
int find_free_port() {
  static int next = 20'000 + getpid() * 7 % 12'000;
  for (;;) {
    next = next >= 32'000 ? 20'000 : next + 1;
    if (wire::listen_on(*wire::ipv4("0.0.0.0", next))) return next;
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += ' ' + word;
  return text;
}

}  // namespace

std::string Answer::release() const {
  const auto found = headers.find("x-release");
  return found == headers.end() ? std::string() : found->second;
}

Scenario::Scenario() : Scenario(nullptr, Docker()) {}
Scenario::Scenario(const Machine& machine) : Scenario(&machine, Docker(machine.docker_host())) {}

Scenario::Scenario(const Machine* machine, Docker docker) : machine_(machine), docker_(std::move(docker)) {
  static int count = 0;
  project_ = "e2e-" + std::to_string(getpid()) + "-" + std::to_string(++count);
  directory_ = std::filesystem::temp_directory_path() / ("bluegreen-" + project_);
  std::filesystem::create_directories(directory_);
}

Scenario::~Scenario() {
  if (testing::Test::HasFailure()) show_what_happened();
  if (keeps()) {
    std::cerr << "kept: project " << project_ << " in " << directory_ << '\n';
    return;
  }
  try {
    docker_.remove_everything(project_);
  } catch (const std::exception& error) {
    ADD_FAILURE() << "cannot clean up: " << error.what();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

int Scenario::port(int number) {
  if (!ports_.contains(number)) ports_[number] = find_free_port();
  return ports_[number];
}

void Scenario::write_compose(std::string_view text) {
  std::string filled = "name: {project}\n" + std::string(text);
  filled = replace_all(filled, "{port}", std::to_string(port(0)));
  for (const int number : {1, 2}) {
    const auto name = "{port" + std::to_string(number) + "}";
    if (filled.find(name) != std::string::npos) filled = replace_all(filled, name, std::to_string(port(number)));
  }
  filled = replace_all(filled, "{directory}", directory_.string());
  write("compose.yaml", replace_all(filled, "{project}", project_));
}

void Scenario::write(const std::string& name, std::string_view text) const {
  std::filesystem::create_directories((directory_ / name).parent_path());
  std::ofstream(directory_ / name) << text;
}

std::string Scenario::read(const std::string& name) const {
  std::ifstream file(directory_ / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Scenario::write_usual_compose(std::string_view release, std::string_view more) {
  write_compose("services:\n  web:\n    image: bluegreen-test-server:" + std::string(release) +
                R"(
    x-bluegreen:
      port: 8000
      health: /healthz
)" + std::string(more) +
                R"(
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    x-bluegreen:
      proxy: true
)");
}

Command Scenario::command(const std::vector<std::string>& arguments) const {
  Command command{.words = {program()},
                  .directory = directory_,
                  .variables = {{"BLUEGREEN_STATE_DIR", (directory_ / "state").string()},
                                {"BLUEGREEN_LOCK_DIR", (directory_ / "lock").string()}}};
  command.words.insert(command.words.end(), arguments.begin(), arguments.end());
  return command;
}

Command Scenario::signalled_command(const std::string& moment, const std::vector<std::string>& arguments) const {
  auto signalled = command(arguments);
  signalled.words.front() = BLUEGREEN_SIGNALLED;
  signalled.variables["BLUEGREEN_TEST_SIGNAL"] = moment;
  return signalled;
}

Command Scenario::placed(Command command) const { return machine_ == nullptr ? command : machine_->inside(command); }

Output Scenario::bluegreen(const std::vector<std::string>& arguments, Milliseconds timeout) {
  return run(command(arguments), "bluegreen" + joined(arguments), timeout);
}

Output Scenario::run(const Command& command, const std::string& shown, Milliseconds timeout) {
  Output output = Process(placed(command)).wait(timeout);
  transcript_ += "$ " + shown + "\n" + output.out + output.err + "(exit code " + std::to_string(output.exit_code) +
                 ", " + std::to_string(output.took.count()) + " ms)\n";
  return output;
}

std::unique_ptr<Process> Scenario::start_bluegreen(const std::vector<std::string>& arguments) {
  transcript_ += "$ bluegreen" + joined(arguments) + " &\n";
  return std::make_unique<Process>(placed(command(arguments)));
}

Output Scenario::bluegreen_signalled(const std::string& moment, const std::vector<std::string>& arguments) {
  return run(signalled_command(moment, arguments), "bluegreen (" + moment + ")" + joined(arguments),
             Milliseconds(120'000));
}

std::unique_ptr<Process> Scenario::bluegreen_stopped_at(const std::string& moment,
                                                        const std::vector<std::string>& arguments) {
  transcript_ += "$ bluegreen (STOP " + moment + ")" + joined(arguments) + " &\n";
  auto program = std::make_unique<Process>(placed(signalled_command("STOP " + moment, arguments)));
  EXPECT_TRUE(eventually([&] { return program->is_stopped(); })) << program->wait(Milliseconds(0)).err;
  return program;
}

nlohmann::json Scenario::status() {
  const Output output = bluegreen({"status", "--json"});
  auto json = nlohmann::json::parse(output.out, nullptr, false);
  if (!json.is_discarded()) return json;
  ADD_FAILURE() << "status --json is no JSON: " << output.out << output.err;
  return nlohmann::json::object();
}

std::string Scenario::active(const std::string& app) {
  const auto json = status();
  for (const auto& one : json.value("apps", nlohmann::json::array())) {
    if (one.value("name", "") != app || one.value("project", project_) != project_) continue;
    return one["active"].is_string() ? one["active"].get<std::string>() : std::string();
  }
  return {};
}

std::string Scenario::url(int port_number) { return "http://127.0.0.1:" + std::to_string(port(port_number)); }

Answer Scenario::get(const std::string& path, const std::string& host, int port_number) {
  HttpClient client({.base_url = url(port_number)});
  auto answer = client.perform({.path = path, .headers = {"Host: " + host}, .timeout = Milliseconds(10'000)});
  if (!answer) return {0, {}, answer.error().message};
  return {answer->status, std::move(answer->headers), std::move(answer->body)};
}

Load Scenario::start_load(const std::vector<std::string>& options) { return {url(), directory_, options}; }

Load Scenario::start_load_beside_the_engine(const std::vector<std::string>& options) {
  const auto nginx = docker_.inspect(project_ + "-nginx-1");
  const auto address = nginx["NetworkSettings"]["Networks"][project_ + "_default"]["IPAddress"].get<std::string>();
  return {"http://" + address + ":80", directory_, options, machine_};
}

std::vector<std::string> Scenario::container_names() const {
  std::vector<std::string> names;
  for (const ContainerView& one : docker_.containers(project_)) names.push_back(one.name);
  return names;
}

std::vector<ContainerView> Scenario::environment(const std::string& app, const std::string& color) const {
  std::vector<ContainerView> found;
  for (const ContainerView& one : docker_.containers(project_)) {
    const auto label = [&](const char* name) {
      const auto value = one.labels.find(name);
      return value == one.labels.end() ? std::string() : value->second;
    };
    if (label("bluegreen.app") == app && label("bluegreen.color") == color) found.push_back(one);
  }
  return found;
}

void Scenario::show_what_happened() const {
  std::cerr << "---- what happened in " << project_ << "\n" << read("compose.yaml") << transcript_;
  try {
    for (const ContainerView& one : docker_.containers(project_)) {
      std::cerr << "---- log of " << one.name << " (" << one.state << ")\n" << docker_.logs(one.id);
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
}

bool eventually(const std::function<bool()>& condition, Milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(Milliseconds(20));
  }
  return true;
}

testing::AssertionResult exited(int code, const Output& output) {
  if (output.exit_code == code) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "exit code " << output.exit_code << ", not " << code << "\n"
                                     << output.out << output.err;
}

}  // namespace bluegreen::e2e
