// SPDX-License-Identifier: MIT
#include "engines.h"

#include <stdio.h>

#include <memory>
#include <thread>

#include "docker/address.h"
#include "docker/engine.h"
#include "http/client.h"
#include "sim_engine.h"

namespace bluegreen {
namespace {

using namespace std::chrono_literals;

// ---- simulated ------------------------------------------------------------------------------------------------

SimBehavior behave_like_sleeper(const ContainerSpec& spec) {
  const auto command = spec.settings.command.value_or(std::vector<std::string>{});
  if (command.size() == 3 && command[1] == "exit") return {.exits_with = std::stoi(command[2]), .logs = {"bye"}};
  return {.logs = {"ready"}};
}

std::optional<ExecResult> exec_like_sleeper(const SimContainer&, const std::vector<std::string>& command) {
  if (command.size() == 3 && command[1] == "exit") return ExecResult{std::stoi(command[2]), "bye\n"};
  if (command.size() == 3 && command[1] == "echo") return ExecResult{0, command[2] + "\n"};
  return {};
}

class SimulatedEngine final : public EngineUnderTest {
 public:
  SimulatedEngine() {
    engine_.behavior = behave_like_sleeper;
    engine_.on_exec = exec_like_sleeper;
    engine_.add_image("sleeper", {.id = "sha256:5133"});
  }
  Engine& engine() override { return engine_; }
  std::string image() const override { return "sleeper"; }
  void wait_a_little() override { clock_.advance(50ms); }

 private:
  SimCalls calls_;
  SimClock clock_;
  SimEngine engine_{calls_, clock_};
};

// ---- real -----------------------------------------------------------------------------------------------------

Outcome<std::string> make_archive() {
  const auto command = std::string("tar -C ") + CONTRACT_SLEEPER_DIRECTORY + " -cf - contract_sleeper";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) return failure("tar does not start");
  std::string archive;
  char buffer[1 << 16];
  for (std::size_t size = 0; (size = fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) archive.append(buffer, size);
  return archive;
}

class RealEngine final : public EngineUnderTest {
 public:
  RealEngine(const DockerAddress& address, std::unique_ptr<Engine> engine, std::string image)
      : client_({.base_url = "http://localhost", .unix_socket = address.path}),
        engine_(std::move(engine)),
        image_(std::move(image)) {}
  ~RealEngine() override { (void)client_.perform({.method = "DELETE", .path = "/images/" + image_ + "?force=1"}); }

  Engine& engine() override { return *engine_; }
  std::string image() const override { return image_; }
  void wait_a_little() override { std::this_thread::sleep_for(10ms); }

  Done import_image() {
    TRY_ASSIGN(auto archive, make_archive());
    const auto path =
        "/images/create?fromSrc=-&repo=" + image_ + "&changes=" + url_escape("CMD [\"/contract_sleeper\"]");
    TRY_ASSIGN(const auto response, client_.perform({.method = "POST",
                                                     .path = path,
                                                     .headers = {"Content-Type: application/x-tar"},
                                                     .body = std::move(archive)}));
    if (response.status != 200) return failure("the image is refused: " + response.body);
    return {};
  }

 private:
  HttpClient client_;
  std::unique_ptr<Engine> engine_;
  std::string image_;
};

}  // namespace

std::unique_ptr<EngineUnderTest> make_simulated_engine() { return std::make_unique<SimulatedEngine>(); }

Outcome<std::unique_ptr<EngineUnderTest>> make_docker_engine(const std::string& unique) {
  TRY_ASSIGN(const auto address, find_docker_address({}));
  if (address.kind != DockerAddress::Kind::unix_socket)
    return failure("this suite wants an engine behind a unix socket");
  TRY_ASSIGN(auto engine, connect_docker(address));
  TRY(engine->version());
  auto real = std::make_unique<RealEngine>(address, std::move(engine), unique + "-sleeper");
  TRY(real->import_image());
  return real;
}

}  // namespace bluegreen
