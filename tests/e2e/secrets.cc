// SPDX-License-Identifier: MIT
// A secret goes into the container and into what a rollback needs, and nowhere else: not into what any command prints,
// not into a command line, conf.d, a label, the list of the history, or the lock.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "harness/scenario.h"
#include "support/lying_engine.h"

namespace bluegreen::e2e {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// In every place it has a head of its own, so that a leak says where it comes from.
constexpr auto secret = "-hunter2-e2e";

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// As text_of, for a process that may end meanwhile.
std::string command_line_of(const fs::path& process) {
  const int file = ::open((process / "cmdline").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string line(64 << 10, '\0');
  const auto size = ::read(file, line.data(), line.size());
  ::close(file);
  line.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return line;
}

// Looks at the command lines of all processes for as long as it lives.
class Ps {
 public:
  ~Ps() {
    thread_.request_stop();
    thread_.join();
    EXPECT_EQ(seen_, "");
    EXPECT_GT(rounds_, 0);
  }

 private:
  void look(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::error_code ignored;
      for (const auto& process : fs::directory_iterator("/proc", ignored)) {
        const auto line = command_line_of(process.path());
        if (line.find(secret) != std::string::npos) seen_ = line;
      }
      ++rounds_;
    }
  }

  std::string seen_;
  std::atomic<int> rounds_ = 0;
  std::jthread thread_{[this](const std::stop_token& stop) { look(stop); }};
};

class ASecret : public testing::Test {
 protected:
  void SetUp() override {
    scenario.write(".env", "FROM_DOTENV=dotenv-hunter2-e2e\n");
    scenario.write("web.env", "CACHE_PASSWORD=envfile-hunter2-e2e\nPLAIN=plainfile-hunter2-e2e\n");
    write_compose("1");
  }

  void write_compose(const std::string& release) {
    scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:)" +
                           release + R"(
    env_file: web.env
    environment:
      API_TOKEN: environment-hunter2-e2e
      DATABASE_URL: postgres://shop:${FROM_DOTENV}@db/shop
    healthcheck:
      test: ["CMD", "/bluegreen-test-server", "--healthcheck", "http://127.0.0.1:8000/healthz"]
    x-bluegreen:
      port: 8000
      health: /healthz
      retire: keep
  nginx:
    image: nginx
    ports: ["127.0.0.1:{port}:80"]
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    environment: {NGINX_SECRET: infrastructure-hunter2-e2e}
    x-bluegreen:
      proxy: true
)");
  }

  // As text and as JSON.
  void expect_silence_of(const std::vector<std::string>& words, int code = 0) {
    for (const bool json : {false, true}) {
      auto command = words;
      if (json) command.emplace_back("--json");
      const Output output = scenario.bluegreen(command);
      EXPECT_TRUE(exited(code, output));
      EXPECT_THAT(output.out + output.err, Not(HasSubstr(secret))) << command.front();
    }
  }

  Scenario scenario;
};

TEST_F(ASecret, IsPrintedByNoCommandAndStandsInNoCommandLine) {
  const Ps ps;
  expect_silence_of({"plan"});
  expect_silence_of({"deploy"});
  expect_silence_of({"deploy", "--dry-run"});
  expect_silence_of({"apply"});
  expect_silence_of({"status"});
  expect_silence_of({"switch", "web"});
  expect_silence_of({"rollback", "web"});
  expect_silence_of({"up"});
  expect_silence_of({"repair"});
  expect_silence_of({"deploy", "--image", "web=bluegreen.invalid/nowhere:1"}, 1);
  expect_silence_of({"logs", "web"});
  expect_silence_of({"down", "--yes"});
}

TEST_F(ASecret, IsHiddenInWhatConfigShowsWhereItsNameSaysThatItIsOne) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"config"}, {"config", "--json"}}) {
    const Output output = scenario.bluegreen(command);
    EXPECT_TRUE(exited(0, output));
    for (const auto* hidden : {"environment", "dotenv", "envfile", "infrastructure"})
      EXPECT_THAT(output.out, Not(HasSubstr(hidden + std::string(secret))));
    EXPECT_THAT(output.out, HasSubstr("***"));
  }
}

TEST_F(ASecret, IsInTheContainerAndInWhatARollbackNeedsAlone) {
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  write_compose("2");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get("/env?name=API_TOKEN").body, "environment-hunter2-e2e\n");

  int kept = 0;
  for (const auto& entry : fs::recursive_directory_iterator(scenario.directory())) {
    const auto path = entry.path().string();
    if (!entry.is_regular_file() || text_of(path).find(secret) == std::string::npos) continue;
    if (entry.path().parent_path() == scenario.directory()) continue;  // the user's own: .env, web.env, compose.yaml
    EXPECT_THAT(path, HasSubstr("/state/" + scenario.project() + "/web.releases/"));
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U) << path;
    ++kept;
  }
  EXPECT_EQ(kept, 2);
  for (const auto& container : scenario.docker().containers(scenario.project())) {
    for (const auto& [label, value] : container.labels) EXPECT_THAT(value, Not(HasSubstr(secret))) << label;
  }
  ASSERT_TRUE(exited(0, scenario.bluegreen({"rollback", "web"})));
  EXPECT_EQ(scenario.get("/env?name=API_TOKEN").body, "environment-hunter2-e2e\n");
}

TEST_F(ASecret, IsNotQuotedWhereTheFileIsWrong) {
  for (const std::string value :
       {"*hunter2-e2e", "!x-hunter2-e2e", "[x-hunter2-e2e", "{x: x-hunter2-e2e, y: [1]}", "\"${x-hunter2-e2e\"",
        "\"${!-hunter2-e2e}\"", "{a: b}-hunter2-e2e", "@x-hunter2-e2e", "\"a\\q-hunter2-e2e\""}) {
    scenario.write("broken.yaml",
                   "services:\n  web:\n    image: bluegreen-test-server:1\n    environment:\n      PASSWORD: " + value +
                       "\n    x-bluegreen: {port: 8000}\n");
    const Output output = scenario.bluegreen({"plan", "-f", "broken.yaml"});
    EXPECT_TRUE(exited(2, output)) << value;
    EXPECT_THAT(output.out + output.err, Not(HasSubstr("hunter2-e2e"))) << value;
    EXPECT_THAT(output.err, HasSubstr("broken.yaml:")) << value;
  }
}

TEST_F(ASecret, IsNotRepeatedFromTheWordsOfTheEngine) {
  const char* host = std::getenv("DOCKER_HOST");
  LyingEngine liar(host == nullptr ? "unix:///var/run/docker.sock" : host, [&](const auto& asked) {
    if (asked.name != "POST /containers/create" || asked.body.find("API_TOKEN") == std::string::npos)
      return std::optional<Lie>();
    return std::optional(Lie::says("400 Bad Request", R"({"message":"cannot use API_TOKEN=environment-hunter2-e2e"})"));
  });
  const Output output = scenario.bluegreen({"deploy", "-H", liar.host()});
  EXPECT_TRUE(exited(1, output));
  EXPECT_THAT(output.err, HasSubstr("cannot use API_TOKEN=***"));
  EXPECT_THAT(output.out + output.err, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace bluegreen::e2e
