// SPDX-License-Identifier: MIT
// What every Engine promises to the deploy. One suite, two engines: the simulated one is honest because the real one
// passes the same tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "engines.h"

namespace bluegreen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kLabel = "bluegreen.contract";

template <class T>
std::string message(const Outcome<T>& outcome) {
  return outcome ? "" : outcome.error().message;
}

#define ASSERT_DONE(...)                              \
  do {                                                \
    const auto done_ = (__VA_ARGS__);                 \
    ASSERT_TRUE(done_.has_value()) << message(done_); \
  } while (false)

#define EXPECT_KIND(expected, ...)                                               \
  do {                                                                           \
    const auto done_ = (__VA_ARGS__);                                            \
    ASSERT_FALSE(done_.has_value()) << "it succeeded";                           \
    EXPECT_EQ(done_.error().kind, ErrorKind::expected) << done_.error().message; \
  } while (false)

enum class Kind { simulated, docker };

class EngineContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    unique_ = "bg-contract-" + std::to_string(getpid()) + "-" + std::to_string(++last_);
    if (GetParam() == Kind::simulated) {
      under_test_ = make_simulated_engine();
      return;
    }
    auto docker = make_docker_engine(unique_);
    ASSERT_TRUE(docker) << docker.error().message << "\n(scripts/test starts an engine where none answers)";
    under_test_ = std::move(*docker);
  }

  void TearDown() override {
    if (!under_test_) return;
    const auto containers = engine().list_containers({{kLabel, unique_}});
    for (const auto& container : containers.value_or(std::vector<Container>{}))
      (void)engine().remove_container(container.id);
    for (const auto& network : networks_) (void)engine().remove_network(network);
    for (const auto& volume : volumes_) (void)engine().remove_volume(volume);
  }

  Engine& engine() { return under_test_->engine(); }
  std::string name(const std::string& suffix) const { return unique_ + "-" + suffix; }

  ContainerSpec spec(const std::string& suffix, std::vector<std::string> arguments = {}) {
    ContainerSpec wanted;
    wanted.name = name(suffix);
    wanted.image = under_test_->image();
    wanted.labels = {{kLabel, unique_}, {"suffix", suffix}};
    if (!arguments.empty()) {
      arguments.insert(arguments.begin(), "/contract_sleeper");
      wanted.settings.command = std::move(arguments);
    }
    return wanted;
  }

  std::string create(const ContainerSpec& wanted) {
    const auto id = engine().create_container(wanted);
    EXPECT_TRUE(id) << message(id);
    return id.value_or("");
  }

  std::string start(const ContainerSpec& wanted) {
    auto id = create(wanted);
    const auto started = engine().start_container(id);
    EXPECT_TRUE(started) << message(started);
    return id;
  }

  ContainerDetail inspect(const std::string& id) {
    auto detail = engine().inspect_container(id);
    EXPECT_TRUE(detail) << message(detail);
    return detail.value_or(ContainerDetail{});
  }

  // A network of a subnet of its own, gone after the test.
  std::string make_network(const std::string& suffix, int block = 0) {
    networks_.push_back(name(suffix));
    const auto made = engine().create_network(network(suffix, block));
    EXPECT_TRUE(made) << message(made);
    return name(suffix);
  }

  NetworkSpec network(const std::string& suffix, int block) const {
    NetworkSpec wanted;
    wanted.network.name = name(suffix);
    wanted.network.internal = true;
    wanted.network.subnet = subnet(block) + "0/24";
    wanted.ip_range = subnet(block) + "128/25";
    wanted.labels = {{kLabel, unique_}};
    return wanted;
  }
  // Another one for each process: the tests run side by side.
  static std::string subnet(int block) {
    return "10." + std::to_string(128 + 2 * (getpid() / 250 % 32) + block) + "." + std::to_string(getpid() % 250) + ".";
  }

  template <class Condition>
  bool eventually(Condition condition) {
    for (const auto deadline = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < deadline;) {
      if (condition()) return true;
      under_test_->wait_a_little();
    }
    return false;
  }

  std::vector<std::string> logs(const std::string& id, int tail = -1) {
    std::vector<std::string> lines;
    const auto read = engine().read_logs(id, {.tail = tail}, [&](const std::string& line) { lines.push_back(line); });
    EXPECT_TRUE(read) << message(read);
    return lines;
  }

  std::unique_ptr<EngineUnderTest> under_test_;
  std::string unique_;
  std::vector<std::string> networks_, volumes_;
  static int last_;
};

int EngineContract::last_ = 0;

// ---- containers -----------------------------------------------------------------------------------------------

TEST_P(EngineContract, SaysItsVersion) {
  const auto version = engine().version();
  ASSERT_TRUE(version) << message(version);
  EXPECT_FALSE(version->version.empty());
  EXPECT_FALSE(version->api_version.empty());
}

TEST_P(EngineContract, MakesAContainerThatDoesNotRunYet) {
  auto wanted = spec("a");
  wanted.settings.labels = {{"suffix", "theirs"}, {"user", "x"}};
  const auto id = create(wanted);
  const auto list = engine().list_containers({{kLabel, unique_}});
  ASSERT_TRUE(list) << message(list);
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->front().id, id);
  EXPECT_EQ(list->front().name, name("a"));
  EXPECT_EQ(list->front().state, RunState::created);
  EXPECT_EQ(list->front().labels.at("suffix"), "a") << "ours go over the user's";
  EXPECT_EQ(list->front().labels.at("user"), "x");
  const auto detail = inspect(name("a"));
  EXPECT_EQ(detail.id, id);
  EXPECT_EQ(detail.pid, 0);
  EXPECT_EQ(detail.image_id, engine().inspect_image(under_test_->image())->id);
  EXPECT_EQ(detail.image_id, list->front().image_id);
}

TEST_P(EngineContract, ListsByAllOfTheLabels) {
  create(spec("a"));
  create(spec("b"));
  EXPECT_EQ(engine().list_containers({{kLabel, unique_}, {"suffix", ""}})->size(), 2u);
  EXPECT_EQ(engine().list_containers({{kLabel, unique_}, {"suffix", "b"}})->size(), 1u);
  EXPECT_EQ(engine().list_containers({{kLabel, unique_}, {"suffix", "c"}})->size(), 0u);
}

TEST_P(EngineContract, RefusesANameThatIsTaken) {
  create(spec("a"));
  EXPECT_KIND(conflict, engine().create_container(spec("a")));
}

TEST_P(EngineContract, DoesNotFindWhatIsNotThere) {
  auto wanted = spec("a");
  wanted.image = unique_ + "-no-such-image";
  EXPECT_KIND(not_found, engine().create_container(wanted));
  EXPECT_KIND(not_found, engine().inspect_container(name("b")));
  EXPECT_KIND(not_found, engine().start_container(name("b")));
  EXPECT_KIND(not_found, engine().inspect_image(wanted.image));
}

TEST_P(EngineContract, StartsTwice) {
  const auto id = start(spec("a"));
  ASSERT_DONE(engine().start_container(id));
  const auto detail = inspect(id);
  EXPECT_EQ(detail.state, RunState::running);
  EXPECT_GT(detail.pid, 0);
  EXPECT_EQ(engine().list_containers({{kLabel, unique_}})->front().state, RunState::running);
}

TEST_P(EngineContract, StopsThenRemovesTwice) {
  const auto id = start(spec("a"));
  ASSERT_DONE(engine().stop_container(id, 5s));
  EXPECT_EQ(inspect(id).state, RunState::exited);
  EXPECT_EQ(inspect(id).exit_code, 0);
  ASSERT_DONE(engine().stop_container(id, 5s));
  ASSERT_DONE(engine().remove_container(id));
  ASSERT_DONE(engine().remove_container(id));
  ASSERT_DONE(engine().stop_container(id, 5s));
  EXPECT_THAT(*engine().list_containers({{kLabel, unique_}}), IsEmpty());
}

TEST_P(EngineContract, StartsAgainWhatWasStopped) {
  const auto id = start(spec("a"));
  ASSERT_DONE(engine().stop_container(id, 5s));
  ASSERT_DONE(engine().start_container(id));
  EXPECT_EQ(inspect(id).state, RunState::running);
}

TEST_P(EngineContract, RemovesWhatRunsAndFreesItsName) {
  const auto id = start(spec("a"));
  ASSERT_DONE(engine().remove_container(id));
  start(spec("a"));
}

TEST_P(EngineContract, KeepsTheExitCodeOfWhatEndsByItself) {
  const auto id = start(spec("a", {"exit", "3"}));
  EXPECT_TRUE(eventually([&] { return inspect(id).state == RunState::exited; }));
  EXPECT_EQ(inspect(id).exit_code, 3);
  EXPECT_EQ(inspect(id).pid, 0);
  EXPECT_THAT(logs(id), ElementsAre("bye"));
}

TEST_P(EngineContract, CountsRestarts) {
  auto wanted = spec("a", {"exit", "3"});
  wanted.settings.restart.name = "always";
  const auto id = start(wanted);
  EXPECT_TRUE(eventually([&] { return inspect(id).restart_count > 0; }));
}

TEST_P(EngineContract, SendsSignals) {
  const auto id = start(spec("a"));
  EXPECT_TRUE(eventually([&] { return !logs(id).empty(); }));
  ASSERT_DONE(engine().signal_container(id, "HUP"));
  ASSERT_DONE(engine().signal_container(id, "KILL"));
  EXPECT_TRUE(eventually([&] { return inspect(id).state == RunState::exited; }));
  EXPECT_EQ(inspect(id).exit_code, 137);
  EXPECT_KIND(conflict, engine().signal_container(id, "HUP"));
}

TEST_P(EngineContract, RunsCommandsInside) {
  const auto id = start(spec("a"));
  const auto echoed = engine().exec(id, {"/contract_sleeper", "echo", "hello"}, 10s);
  ASSERT_TRUE(echoed) << message(echoed);
  EXPECT_EQ(echoed->output, "hello\n");
  EXPECT_EQ(echoed->exit_code, 0);
  EXPECT_EQ(engine().exec(id, {"/contract_sleeper", "exit", "7"}, 10s)->exit_code, 7);
}

TEST_P(EngineContract, RunsNoCommandWhereNothingRuns) {
  EXPECT_KIND(conflict, engine().exec(create(spec("a")), {"/contract_sleeper", "echo", "hello"}, 10s));
}

TEST_P(EngineContract, ListsProcesses) {
  const auto id = start(spec("a", {"serve"}));
  const auto processes = engine().list_processes(id);
  ASSERT_TRUE(processes) << message(processes);
  ASSERT_EQ(processes->size(), 1u);
  EXPECT_EQ(processes->front().first, inspect(id).pid);
  EXPECT_EQ(processes->front().second, "/contract_sleeper serve");
}

TEST_P(EngineContract, ShowsTheSocketTables) {
  const auto tables = engine().read_socket_tables(start(spec("a")));
  ASSERT_TRUE(tables) << message(tables);
  EXPECT_THAT(*tables, testing::HasSubstr("local_address"));
  EXPECT_FALSE(engine().read_socket_tables(create(spec("b"))));
}

TEST_P(EngineContract, ReadsTheLastLinesOfALog) {
  const auto id = start(spec("a", {"exit", "0"}));
  EXPECT_TRUE(eventually([&] { return inspect(id).state == RunState::exited; }));
  EXPECT_THAT(logs(id, 0), IsEmpty());
  EXPECT_THAT(logs(id, 5), ElementsAre("bye"));
  EXPECT_KIND(not_found, engine().read_logs(name("x"), {}, [](const std::string&) {}));
}

TEST_P(EngineContract, StopsFollowingALogOnRequest) {
  const auto id = start(spec("a"));
  std::stop_source source;
  ASSERT_DONE(engine().read_logs(id, {.follow = true, .stop = source.get_token()}, [&](const std::string& line) {
    EXPECT_EQ(line, "ready");
    source.request_stop();
  }));
}

TEST_P(EngineContract, RefusesAPortThatIsTaken) {
  auto wanted = spec("a");
  wanted.settings.ports = {{.host_ip = "127.0.0.1",
                            .host_port = static_cast<std::uint16_t>(20'000 + getpid() % 10'000),
                            .container_port = 80}};
  start(wanted);
  wanted.name = name("b");
  const auto second = create(wanted);
  EXPECT_KIND(conflict, engine().start_container(second));
  EXPECT_NE(inspect(second).state, RunState::running);
}

// ---- networks -------------------------------------------------------------------------------------------------

TEST_P(EngineContract, GivesTheAddressThatWasChosen) {
  const auto front = make_network("front"), back = make_network("back", 1);
  auto wanted = spec("a");
  wanted.networks = {{.network = front, .aliases = {"web"}, .ipv4_address = subnet(0) + "7"}, {.network = back}};
  const auto id = create(wanted);
  EXPECT_EQ(inspect(id).addresses.at(front), "");
  EXPECT_EQ(inspect(id).addresses.at(back), "");
  ASSERT_DONE(engine().start_container(id));
  EXPECT_EQ(inspect(id).addresses.at(front), subnet(0) + "7");
  EXPECT_THAT(inspect(id).addresses.at(back), testing::StartsWith(subnet(1)));
  EXPECT_EQ(engine().list_containers({{kLabel, unique_}})->front().addresses.at(front), subnet(0) + "7");
  ASSERT_DONE(engine().stop_container(id, 5s));
  EXPECT_EQ(inspect(id).addresses.at(front), "");
}

TEST_P(EngineContract, RefusesAnAddressThatIsTaken) {
  auto wanted = spec("a");
  wanted.networks = {{.network = make_network("n"), .ipv4_address = subnet(0) + "7"}};
  start(wanted);
  wanted.name = name("b");
  const auto second = create(wanted);
  EXPECT_KIND(conflict, engine().start_container(second));
}

TEST_P(EngineContract, LeavesNoContainerThatLacksANetwork) {
  auto wanted = spec("a");
  wanted.networks = {{.network = make_network("n")}, {.network = "bridge", .ipv4_address = "172.17.0.99"}};
  EXPECT_FALSE(engine().create_container(wanted)) << "the bridge takes no chosen address";
  EXPECT_THAT(*engine().list_containers({{kLabel, unique_}}), IsEmpty());
}

TEST_P(EngineContract, SaysAtTheStartThatANetworkIsNotThere) {
  auto wanted = spec("a");
  wanted.networks = {{.network = make_network("n")}, {.network = name("no-such-network")}};
  EXPECT_KIND(not_found, engine().start_container(create(wanted)));
}

TEST_P(EngineContract, ListsNetworks) {
  make_network("n");
  const auto list = engine().list_networks();
  ASSERT_TRUE(list) << message(list);
  const auto mine = std::ranges::find(*list, name("n"), &EngineNetwork::name);
  ASSERT_NE(mine, list->end());
  EXPECT_TRUE(mine->internal);
  EXPECT_THAT(mine->subnets, ElementsAre(subnet(0) + "0/24"));
  EXPECT_EQ(mine->labels.at(kLabel), unique_);
}

TEST_P(EngineContract, RefusesANetworksNameOrSubnetTwice) {
  make_network("n");
  EXPECT_KIND(conflict, engine().create_network(network("n", 1)));
  EXPECT_KIND(conflict, engine().create_network(network("m", 0)));
}

TEST_P(EngineContract, KeepsANetworkThatIsInUse) {
  auto wanted = spec("a");
  wanted.networks = {{.network = make_network("n")}};
  const auto id = start(wanted);
  EXPECT_KIND(conflict, engine().remove_network(name("n")));
  ASSERT_DONE(engine().remove_container(id));
  ASSERT_DONE(engine().remove_network(name("n")));
  ASSERT_DONE(engine().remove_network(name("n")));
}

TEST_P(EngineContract, ConnectsAndDisconnectsTwice) {
  auto wanted = spec("a");
  wanted.networks = {{.network = make_network("n")}};
  const auto id = start(wanted);
  const NetworkEndpoint further{.network = make_network("m", 1), .aliases = {"x"}, .ipv4_address = subnet(1) + "9"};
  ASSERT_DONE(engine().connect_network(further, id));
  ASSERT_DONE(engine().connect_network(further, id));
  EXPECT_EQ(inspect(id).addresses.at(further.network), subnet(1) + "9");
  ASSERT_DONE(engine().disconnect_network(further.network, id));
  ASSERT_DONE(engine().disconnect_network(further.network, id));
  EXPECT_FALSE(inspect(id).addresses.contains(further.network));
}

TEST_P(EngineContract, ConnectsNothingToWhatIsNotThere) {
  EXPECT_KIND(not_found, engine().connect_network({.network = name("no-such-network")}, start(spec("a"))));
}

// ---- volumes and images ---------------------------------------------------------------------------------------

TEST_P(EngineContract, MakesAVolumeTwiceAndKeepsItWhileInUse) {
  volumes_ = {name("v")};
  ASSERT_DONE(engine().create_volume({.name = name("v"), .labels = {{"a", "1"}}}, {{kLabel, unique_}}));
  ASSERT_DONE(engine().create_volume({.name = name("v")}, {}));
  const auto list = engine().list_volumes();
  const auto mine = std::ranges::find(*list, name("v"), &std::pair<std::string, Labels>::first);
  ASSERT_NE(mine, list->end());
  EXPECT_EQ(mine->second.at("a"), "1");
  auto wanted = spec("a");
  wanted.settings.mounts = {{.kind = Mount::Kind::volume, .source = name("v"), .target = "/v"}};
  const auto id = create(wanted);
  EXPECT_KIND(conflict, engine().remove_volume(name("v")));
  ASSERT_DONE(engine().remove_container(id));
  ASSERT_DONE(engine().remove_volume(name("v")));
  ASSERT_DONE(engine().remove_volume(name("v")));
}

TEST_P(EngineContract, FindsAnImageByNameAndById) {
  const auto by_name = engine().inspect_image(under_test_->image());
  ASSERT_TRUE(by_name) << message(by_name);
  EXPECT_EQ(engine().inspect_image(by_name->id)->id, by_name->id);
}

TEST_P(EngineContract, PullsNothingFromWhereNothingIs) {
  EXPECT_FALSE(engine().pull_image("localhost:1/no-such-image:1", [](const std::string&) {}, {}));
  EXPECT_KIND(not_found, engine().inspect_image("localhost:1/no-such-image:1"));
}

std::string kind_name(const testing::TestParamInfo<Kind>& info) {
  return info.param == Kind::simulated ? "Simulated" : "Docker";
}
INSTANTIATE_TEST_SUITE_P(Of, EngineContract, testing::Values(Kind::simulated, Kind::docker), kind_name);

}  // namespace
}  // namespace bluegreen
