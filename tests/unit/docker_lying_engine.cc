// SPDX-License-Identifier: MIT
// Every call of the Engine against an engine that hangs, breaks off or talks nonsense: always an error, in time, that
// names the request; never a success made of nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <future>

#include "docker/engine.h"
#include "docker/stream.h"
#include "support/lying_engine.h"

namespace bluegreen::docker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr EngineDeadlines short_ones{
    .answer = 150ms, .work = 150ms, .beyond_grace = 150ms, .log = 150ms, .silence = 30ms, .silent_pull = 100ms};
constexpr auto in_time = 5s;

using Call = std::function<Done(Engine&)>;

template <class T>
Done done(const Outcome<T>& outcome) {
  if (outcome) return {};
  return std::unexpected(outcome.error());
}

const std::vector<std::string> command{"true"};
const auto ignore = [](const std::string&) {};

// Those that ask, and would take an answer for what it says.
const std::map<std::string, Call> questions{
    {"GET /version", [](Engine& e) { return done(e.version()); }},
    {"GET /containers/json", [](Engine& e) { return done(e.list_containers({})); }},
    {"GET /containers/a/json", [](Engine& e) { return done(e.inspect_container("a")); }},
    {"POST /containers/create", [](Engine& e) { return done(e.create_container({.image = "x"})); }},
    {"GET /containers/a/top", [](Engine& e) { return done(e.list_processes("a")); }},
    {"POST /containers/a/exec", [](Engine& e) { return done(e.exec("a", command, 150ms)); }},
    {"GET /networks", [](Engine& e) { return done(e.list_networks()); }},
    {"GET /volumes", [](Engine& e) { return done(e.list_volumes()); }},
    {"GET /images/x/json", [](Engine& e) { return done(e.inspect_image("x")); }},
};

// Those that want something done, whose answer's body says nothing.
const std::map<std::string, Call> orders{
    {"POST /containers/a/start", [](Engine& e) { return e.start_container("a"); }},
    {"POST /containers/a/stop", [](Engine& e) { return e.stop_container("a", 0ms); }},
    {"DELETE /containers/a", [](Engine& e) { return e.remove_container("a"); }},
    {"POST /containers/a/kill", [](Engine& e) { return e.signal_container("a", "HUP"); }},
    {"POST /networks/create", [](Engine& e) { return e.create_network({.network = {.name = "n"}}); }},
    {"DELETE /networks/n", [](Engine& e) { return e.remove_network("n"); }},
    {"POST /networks/n/connect", [](Engine& e) { return e.connect_network({.network = "n"}, "a"); }},
    {"POST /networks/n/disconnect", [](Engine& e) { return e.disconnect_network("n", "a"); }},
    {"POST /volumes/create", [](Engine& e) { return e.create_volume({.name = "v"}, {}); }},
    {"DELETE /volumes/v", [](Engine& e) { return e.remove_volume("v"); }},
    {"POST /images/create", [](Engine& e) { return e.pull_image("x", ignore, {}); }},
    {"GET /containers/a/json", [](Engine& e) { return e.read_logs("a", {}, ignore); }},
};

const Lie silence{"", Lie::Then::hang};
const Lie hang_up{"", Lie::Then::close};
const std::string good_head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
const std::string chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

const std::map<std::string, Lie> broken_answers{
    {"nothing", silence},
    {"the end", hang_up},
    {"half a head", {"HTTP/1.1 200 OK\r\nContent-Le", Lie::Then::hang}},
    {"half a head and the end", {"HTTP/1.1 200 OK\r\nContent-Le", Lie::Then::close}},
    {"half a body", {good_head + "[{", Lie::Then::hang}},
    {"half a body and the end", {good_head + "[{", Lie::Then::close}},
    {"half a chunk", {chunked_head + "40\r\n[{", Lie::Then::hang}},
    {"half a chunk and the end", {chunked_head + "40\r\n[{", Lie::Then::close}},
    {"a chunk without a size", {chunked_head + "zz\r\n", Lie::Then::close}},
    {"a head without end", {"HTTP/1.1 200 OK\r\n" + std::string(300'000, 'x'), Lie::Then::hang}},
    {"headers without end", {"X: y\r\n", Lie::Then::trickle}},
    {"a body without end, a byte at a time", {" ", Lie::Then::trickle}},
    {"another protocol", {"SSH-2.0-OpenSSH\r\n", Lie::Then::hang}},
    {"500 without a word", Lie::says("500 Internal Server Error", "")},
    {"500 with a message", Lie::says("500 Internal Server Error", R"({"message":"out of luck"})")},
    {"503 of something in between", Lie::says("503 Service Unavailable", "<html><body>busy</body></html>")},
    {"400 of an object without a message", Lie::says("400 Bad Request", "{}")},
};

const std::map<std::string, Lie> wrong_answers{
    {"no JSON", Lie::says("200 OK", "{\"Id\": ")},
    {"nothing at all", Lie::says("200 OK", "")},
    {"HTML", Lie::says("200 OK", "<html><body>Welcome to the hotel</body></html>")},
    {"null", Lie::says("200 OK", "null")},
    {"an object of something else", Lie::says("200 OK", R"({"hello": "world"})")},
    {"a list of something else", Lie::says("200 OK", R"([{"hello": "world"}, 7])")},
    {"fields of other types",
     Lie::says("200 OK", R"({"Id": {}, "Version": 7, "Volumes": 1, "State": [], "Running": 0})")},
    {"an empty object", Lie::says("200 OK", "{}")},
};

DockerAddress address_of(const LyingEngine& engine) {
  return {.kind = DockerAddress::Kind::unix_socket, .text = engine.host(), .path = engine.socket_path()};
}

bool is_ping(const LyingEngine::Request& request) { return request.name == "GET /_ping"; }

// What comes of each call when the engine answers it with this lie; all of them at once.
void expect_refused(const std::map<std::string, Call>& calls, const std::string& what, const Lie& lie) {
  std::vector<std::future<void>> all;
  for (const auto& [name, call] : calls) {
    all.push_back(std::async(std::launch::async, [&, request = name, make = call] {
      LyingEngine liar("", [&](const auto& asked) { return is_ping(asked) ? Lie::says("200 OK", "OK") : lie; });
      const auto engine = connect_docker(address_of(liar), short_ones);
      ASSERT_TRUE(engine);
      const auto began = std::chrono::steady_clock::now();
      const auto result = make(**engine);
      EXPECT_LT(std::chrono::steady_clock::now() - began, in_time) << request << ": " << what;
      ASSERT_FALSE(result) << request << " took " << what << " for an answer";
      EXPECT_THAT(result.error().message, HasSubstr(request)) << what;
      EXPECT_THAT(result.error().kind, testing::AnyOf(ErrorKind::failed, ErrorKind::timeout)) << request;
    }));
  }
}

TEST(ALyingEngine, ThatBreaksOffOrRefusesIsAnErrorThatNamesTheRequest) {
  for (const auto& [what, lie] : broken_answers) {
    auto ordered = orders;
    // A pull may take as long as it talks; see below what ends it.
    if (lie.then == Lie::Then::trickle) ordered.erase("POST /images/create");
    expect_refused(questions, what, lie);
    expect_refused(ordered, what, lie);
  }
}

TEST(ALyingEngine, ThatAnswersSomethingElseIsNotTakenAtItsWord) {
  for (const auto& [what, lie] : wrong_answers) {
    expect_refused(questions, what, lie);
  }
}

TEST(ALyingEngine, IsNamedWithWhatToDo) {
  LyingEngine liar("", [](const auto&) { return silence; });
  const auto engine = connect_docker(address_of(liar), short_ones);
  const auto listed = (*engine)->list_containers({});
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind, ErrorKind::timeout);
  EXPECT_EQ(listed.error().message, "GET /_ping: " + liar.socket_path() + ": no whole answer within 150 ms");
  EXPECT_THAT(listed.error().hint, HasSubstr("docker -H " + liar.host() + " ps"));
}

TEST(ALyingEngine, WhoseWordsEchoWhatItWasSentDoesNotBetrayIt) {
  LyingEngine liar("", [](const auto& asked) {
    return is_ping(asked) ? Lie::says("200 OK", "OK")
                          : Lie::says("400 Bad Request", R"({"message":"bad: TOKEN=s3cret-one, s3cret-one"})");
  });
  const auto engine = connect_docker(address_of(liar), short_ones);
  ContainerSpec spec{.image = "x"};
  spec.settings.environment = {{"TOKEN", "s3cret-one"}};
  const auto created = (*engine)->create_container(spec);
  ASSERT_FALSE(created);
  EXPECT_THAT(created.error().message, testing::EndsWith("bad: TOKEN=***, ***"));
}

// An exec has three requests; whichever of them is lied about, the command has not succeeded.
TEST(ALyingEngine, NeverMakesACommandInAContainerASuccess) {
  for (const std::string about : {"POST /exec/e/start", "GET /exec/e/json"}) {
    auto lies = broken_answers;
    if (about.ends_with("json")) lies.insert(wrong_answers.begin(), wrong_answers.end());
    std::vector<std::future<void>> all;
    for (const auto& [what, lie] : lies) {
      all.push_back(std::async(std::launch::async, [&, lied = lie, name = what] {
        LyingEngine liar("", [&](const auto& asked) {
          if (asked.name == about) return lied;
          if (asked.name.ends_with("/start")) return Lie::says("200 OK", "");
          return Lie::says("200 OK", R"({"Id":"e","Running":false,"ExitCode":1})");
        });
        const auto engine = connect_docker(address_of(liar), short_ones);
        const auto result = (*engine)->exec("a", command, 300ms);
        EXPECT_FALSE(result && result->exit_code == 0) << about << ": " << name;
      }));
    }
  }
}

TEST(ALyingEngine, ThatSaysACommandRunsForEverIsNotWaitedFor) {
  LyingEngine liar("", [&](const auto& asked) {
    if (asked.name.ends_with("/start")) return Lie::says("200 OK", "");
    return Lie::says("200 OK", R"({"Id":"e","Running":true})");
  });
  const auto engine = connect_docker(address_of(liar), short_ones);
  const auto result = (*engine)->exec("a", command, 100ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::timeout);
}

// ---- streams: they may last, but not beyond the engine ---------------------------------------------------------

const auto container = Lie::says("200 OK", R"({"Id":"a","Config":{"Tty":true}})");
const std::string stream_head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n";

// Its streams begin, and then nothing comes; whether it still answers a ping can change.
class ASilentStream : public testing::Test {
 protected:
  ASilentStream()
      : liar_("", [this](const auto& asked) {
          if (asked.name.ends_with("/logs") || asked.name == "POST /images/create")
            return Lie{stream_head + "hello\n", Lie::Then::hang};
          if (!is_ping(asked)) return container;
          if (asked.number > 1) ++pings_;
          return lives_ || asked.number == 1 ? Lie::says("200 OK", "OK") : silence;
        }) {}

  std::atomic<bool> lives_ = true;
  std::atomic<int> pings_ = 0;
  std::stop_source stop_;
  LyingEngine liar_;
  std::unique_ptr<Engine> engine_ = std::move(*connect_docker(address_of(liar_), short_ones));
};

TEST_F(ASilentStream, OfALogGoesOnAsLongAsTheEngineLivesAndEndsWithCtrlC) {
  std::vector<std::string> lines;
  std::jthread user([&] {
    while (pings_ < 3) std::this_thread::yield();
    stop_.request_stop();
  });
  const auto read = engine_->read_logs("a", {.follow = true, .stop = stop_.get_token()},
                                       [&](const std::string& line) { lines.push_back(line); });
  EXPECT_TRUE(read) << read.error().message;
  EXPECT_THAT(lines, testing::ElementsAre("hello"));
}

TEST_F(ASilentStream, OfALogEndsWithAnEngineThatHasStoppedTalking) {
  lives_ = false;
  const auto read = engine_->read_logs("a", {.follow = true, .stop = stop_.get_token()}, ignore);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::timeout);
  EXPECT_THAT(read.error().message, HasSubstr("GET /containers/a/logs: "));
  EXPECT_THAT(read.error().message, HasSubstr("the engine has stopped talking"));
}

TEST_F(ASilentStream, OfAPullEndsWithAnEngineThatHasStoppedTalking) {
  lives_ = false;
  const auto pulled = engine_->pull_image("x", ignore, stop_.get_token());
  ASSERT_FALSE(pulled);
  EXPECT_THAT(pulled.error().message, HasSubstr("POST /images/create: "));
  EXPECT_THAT(pulled.error().message, HasSubstr("the engine has stopped talking"));
}

TEST_F(ASilentStream, OfAPullIsGivenUpInTheEndEvenIfTheEngineLives) {
  const auto pulled = engine_->pull_image("x", ignore, stop_.get_token());
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().kind, ErrorKind::timeout);
  EXPECT_THAT(pulled.error().message, HasSubstr("nothing was heard of the pull"));
}

TEST(ACallThatIsInterrupted, EndsAlsoAPullThatTricklesForEver) {
  std::stop_source stop;
  LyingEngine liar("", [&](const auto& asked) {
    if (is_ping(asked)) return Lie::says("200 OK", "OK");
    stop.request_stop();
    return Lie{" ", Lie::Then::trickle};
  });
  const auto engine = connect_docker(address_of(liar));
  const auto pulled = (*engine)->pull_image("x", ignore, stop.get_token());
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().kind, ErrorKind::interrupted);
}

TEST(ACallThatIsInterrupted, EndsAtOnceWhicheverRequestTheEngineHangsIn) {
  for (const std::string in : {"GET /_ping", "GET /containers/a/json", "GET /containers/a/logs"}) {
    std::stop_source stop;
    LyingEngine liar("", [&](const auto& asked) {
      if (asked.name != in) return is_ping(asked) ? Lie::says("200 OK", "OK") : container;
      stop.request_stop();
      return silence;
    });
    const auto engine = connect_docker(address_of(liar));  // with the deadlines of people
    const auto began = std::chrono::steady_clock::now();
    (void)(*engine)->read_logs("a", {.follow = true, .stop = stop.get_token()}, ignore);
    EXPECT_LT(std::chrono::steady_clock::now() - began, in_time) << in;
  }
}

// ---- connections ----------------------------------------------------------------------------------------------

// Its queue of connections is full, and nobody takes any out.
TEST(AnEngineThatAcceptsNobody, IsAnErrorInTime) {
  char directory[] = "/tmp/bluegreen-deaf-XXXXXX";
  const std::string path = std::string(::mkdtemp(directory)) + "/engine";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* there = reinterpret_cast<const sockaddr*>(&address);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(listener, there, sizeof address), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  std::vector<int> waiting;
  do {
    waiting.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  } while (::connect(waiting.back(), there, sizeof address) == 0);

  const auto engine =
      connect_docker({.kind = DockerAddress::Kind::unix_socket, .text = "unix://" + path, .path = path}, short_ones);
  const auto listed = (*engine)->list_containers({});
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().message, "GET /_ping: " + path + ": no whole answer within 150 ms");

  for (const int socket : waiting) ::close(socket);
  ::close(listener);
  ::unlink(path.c_str());
  ::rmdir(directory);
}

}  // namespace
}  // namespace bluegreen::docker
