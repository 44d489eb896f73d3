// SPDX-License-Identifier: MIT
// nginx as a service of this machine instead of a container: an nginx of the test's own, with its own files and ports.
// Each test goes through a life with it, so that it is set up once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "harness/https.h"

namespace bluegreen::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

class HostNginx : public testing::Test {
 protected:
  HostNginx() {
    scenario.write("nginx.conf", "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\nworker_processes 2;\npid " +
                                     directory + "/nginx.pid;\nerror_log " + directory +
                                     "/error.log;\nevents {}\nhttp {\n  access_log off;\n  include " + directory +
                                     "/conf.d/*.conf;\n}\nstream {\n  include " + directory + "/conf.d/*.stream;\n}\n");
    std::filesystem::create_directories(directory + "/conf.d");
    start_nginx();
  }
  ~HostNginx() override { stop_nginx(); }

  void start_nginx() {
    nginx_ = std::make_unique<Process>(
        Command{.words = {"/usr/sbin/nginx", "-c", directory + "/nginx.conf", "-g", "daemon off;"}});
    ASSERT_TRUE(eventually([&] { return !scenario.read("nginx.pid").empty(); }));
  }
  void stop_nginx() {
    if (!nginx_) return;
    nginx_->signal(SIGTERM);
    nginx_->wait(Milliseconds(10'000));
    nginx_.reset();
  }

  void write_compose(const std::string& more = "") {
    scenario.write_compose(R"(services:
  web:
    image: bluegreen-test-server:1
    x-bluegreen:
      port: 8000
      health: /healthz
)" + more + R"(x-bluegreen:
  proxy: {host: true, conf_dir: "{directory}/conf.d", pid_file: "{directory}/nginx.pid", listen: {port}, preview_port: {port1}}
)");
  }
  Output deploy(const std::string& release) {
    return scenario.bluegreen({"deploy", "--image", "web=bluegreen-test-server:" + release});
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory + "/conf.d"))
      names.push_back(entry.path().lexically_relative(directory + "/conf.d"));
    return names;
  }

  Scenario scenario;
  const std::string directory = scenario.directory().string();
  std::unique_ptr<Process> nginx_;
};

TEST_F(HostNginx, ServesReleasesAndLosesNoRequestOfAnyKindOfClient) {
  write_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"up"})));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get().release(), "1");
  EXPECT_THAT(scenario.container_names(), testing::ElementsAre("web-BLUE"));  // no nginx among them

  Load load = scenario.start_load({"--kinds", "get,post,connect,slow,upload"});
  for (const auto* release : {"2", "3"}) EXPECT_TRUE(exited(0, deploy(release)));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"rollback", "web"})));
  EXPECT_EQ(scenario.get().release(), "2");
  const auto killed =
      scenario.bluegreen_signalled("KILL begin drain", {"deploy", "--image", "web=bluegreen-test-server:4"});
  EXPECT_EQ(killed.exit_code, 128 + SIGKILL);
  EXPECT_TRUE(exited(0, scenario.bluegreen({"repair"})));
  const LoadReport report = load.stop();
  EXPECT_EQ(report.failed(), 0) << report.failures();
  EXPECT_THAT(report.answered_by(), IsSupersetOf({"1", "2", "3", "4"}));

  // The idle side is shown on loopback, and to nobody else.
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "--no-switch", "--image", "web=bluegreen-test-server:5"})));
  EXPECT_EQ(scenario.get("/", "web." + scenario.project() + ".preview", 1).release(), "5");
  EXPECT_EQ(scenario.get().release(), "4");
  const auto status = scenario.status();
  EXPECT_EQ(status["proxy"]["host"], true);
  EXPECT_EQ(status["proxy"]["preview"], "127.0.0.1:" + std::to_string(scenario.port(1)));
  EXPECT_THAT(status["apps"][0]["drift"], IsEmpty());

  // A file that was edited is written anew.
  const auto file = "conf.d/bluegreen." + scenario.project() + ".web.conf";
  scenario.write(file, scenario.read(file) + "# mine\n");
  EXPECT_THAT(scenario.bluegreen({"status", "-f", "compose.yaml"}).out, HasSubstr("was edited by hand"));
  EXPECT_TRUE(exited(0, scenario.bluegreen({"repair"})));
  EXPECT_THAT(scenario.read(file), Not(HasSubstr("# mine")));

  // Going takes the files along, and leaves nginx where it is.
  EXPECT_TRUE(exited(0, scenario.bluegreen({"down", "--yes"})));
  EXPECT_THAT(files(), testing::ElementsAre("active"));
  EXPECT_EQ(scenario.get().status, 0);
  EXPECT_EQ(::kill(nginx_->pid(), 0), 0);
}

TEST_F(HostNginx, ThatRefusesLeavesAllAsItWas) {
  write_compose();
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto before = files();
  write_compose("      snippet: no_such_directive on;\n");
  const auto refused = deploy("2");
  EXPECT_TRUE(exited(1, refused));
  EXPECT_THAT(refused.err, HasSubstr("unknown directive \"no_such_directive\" in " + directory + "/conf.d/bluegreen."));
  EXPECT_EQ(files(), before);
  EXPECT_EQ(scenario.get().release(), "1");

  // What only the reload finds: a port that somebody else has.
  write_compose();
  scenario.write("conf.d/mine.conf", "server { listen " + std::to_string(scenario.port(2)) + "; }\n");
  Process neighbour(Command{.words = {TEST_SERVER, "--port", std::to_string(scenario.port(2))}});
  ASSERT_TRUE(eventually([&] { return scenario.get("/", "localhost", 2).status == 200; }));
  const auto file = "conf.d/bluegreen." + scenario.project() + ".web.conf";
  scenario.write(file, scenario.read(file) + "# mine\n");
  const auto late = scenario.bluegreen({"repair"});
  EXPECT_TRUE(exited(1, late));
  EXPECT_THAT(late.err, HasSubstr("nginx did not take the configuration: bind() to 0.0.0.0:"));
  EXPECT_EQ(scenario.get().release(), "1");
  std::filesystem::remove(directory + "/conf.d/mine.conf");

  // Not running, it is not started: it is the user's.
  stop_nginx();
  const auto down = deploy("2");
  EXPECT_TRUE(exited(1, down));
  EXPECT_THAT(down.err, HasSubstr("nginx does not run on this machine"));
  EXPECT_THAT(down.err, HasSubstr("systemctl start nginx"));
  EXPECT_THAT(scenario.bluegreen({"status", "-f", "compose.yaml"}).out, HasSubstr("! nginx does not run"));
  start_nginx();
  EXPECT_TRUE(eventually([&] { return scenario.get().release() == "1"; }));

  // An nginx that reads another directory is told apart from one that serves.
  scenario.write("nginx.conf", "pid " + directory + "/nginx.pid;\nerror_log " + directory + "/error.log;\nevents {}\n");
  stop_nginx();
  start_nginx();
  write_compose("      host: other.example.org\n");
  const auto deaf = deploy("2");
  EXPECT_TRUE(exited(1, deaf));
  EXPECT_THAT(deaf.err, HasSubstr("does not read " + directory + "/conf.d"));
  EXPECT_THAT(deaf.err, HasSubstr("include " + directory + "/conf.d/*.conf;"));
}

TEST_F(HostNginx, ServesTlsChallengesMaintenanceAndAServerOfTheUsersOwn) {
  scenario.write_compose(R"(services:
  api:
    image: bluegreen-test-server:1
    x-bluegreen: {port: 8000, health: /healthz, server: own}
  web:
    image: bluegreen-test-server:1
    x-bluegreen:
      port: 8000
      health: /healthz
      host: shop.example.org
      tls: {certificate: "{directory}/certs/shop.pem", key: "{directory}/certs/shop.key", redirect: {port2}}
x-bluegreen:
  proxy:
    host: true
    conf_dir: "{directory}/conf.d"
    pid_file: "{directory}/nginx.pid"
    listen: {port}
    listen_tls: {port2}
    preview_port: {port1}
    acme: "{directory}/acme"
)");
  Https https(scenario, 2);
  scenario.write("acme/.well-known/acme-challenge/token", "answer");
  const auto missing = scenario.bluegreen({"deploy"});
  ASSERT_TRUE(exited(1, missing));
  EXPECT_THAT(missing.err, AllOf(HasSubstr("/certs/shop.pem"), HasSubstr("The paths of `tls` are nginx's own")));
  https.make_certificate("shop", "first.example");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  EXPECT_EQ(scenario.get("/.well-known/acme-challenge/token", "shop.example.org").body, "answer");
  EXPECT_EQ(scenario.get("/a", "shop.example.org").status, 308);
  EXPECT_EQ(scenario.get("/", "unknown.example.org").status, 421);
  EXPECT_THAT(https.get("shop.example.org", "/").out, HasSubstr("200"));
  EXPECT_EQ(https.get("unknown.example.org", "/").exit_code, 35);

  // A new certificate, and a server of the user's own, are read when nginx is told so.
  https.make_certificate("shop", "second.example");
  const auto own = [&](const std::string& listen) {
    return "server {\n  " + listen + " " + std::to_string(scenario.port()) +
           ";\n  server_name own.example.org;\n  include " + directory + "/conf.d/bluegreen." + scenario.project() +
           ".api.include;\n  location / { proxy_pass http://$bluegreen_api; }\n}\n";
  };
  scenario.write("conf.d/own.conf", own("listen"));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"reload"})));
  EXPECT_THAT(https.subject("shop.example.org"), HasSubstr("CN=second.example"));
  EXPECT_EQ(scenario.get("/", "own.example.org").release(), "1");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy", "api", "--image", "api=bluegreen-test-server:2"})));
  EXPECT_EQ(scenario.get("/", "own.example.org").release(), "2");

  // What is broken there is found before anything starts.
  scenario.write("conf.d/own.conf", own("lisen"));
  const auto containers = scenario.container_names();
  const auto refused = scenario.bluegreen({"deploy", "web"});
  EXPECT_TRUE(exited(1, refused));
  EXPECT_THAT(refused.err, AllOf(HasSubstr("unknown directive \"lisen\" in " + directory + "/conf.d/own.conf:2"),
                                 HasSubstr("Repair own.conf")));
  EXPECT_EQ(scenario.container_names(), containers);
  EXPECT_TRUE(exited(1, scenario.bluegreen({"reload"})));
  scenario.write("conf.d/own.conf", own("listen"));

  ASSERT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "on"})));
  EXPECT_THAT(https.get("shop.example.org", "/").out, AllOf(HasSubstr(" 503"), HasSubstr("Down for maintenance")));
  ASSERT_TRUE(exited(0, scenario.bluegreen({"maintenance", "web", "off"})));
  EXPECT_THAT(https.get("shop.example.org", "/").out, HasSubstr(" 200"));
}

TEST_F(HostNginx, PassesOnTcpBesideHttpAndSwitchesBothAtOnce) {
  write_compose(
      "      app: web\n  queue:\n    image: bluegreen-test-server:1\n    x-bluegreen: {port: 8000, protocol: tcp, "
      "listen: {port2}, app: web}\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  const auto on_both = [&] { return scenario.get().release() + scenario.get("/", "localhost", 2).release(); };
  EXPECT_EQ(on_both(), "11");
  EXPECT_TRUE(exited(0, deploy("2")));
  EXPECT_EQ(on_both(), "22");
  const auto closed = scenario.bluegreen({"maintenance", "web", "on"});
  EXPECT_TRUE(exited(0, closed));
  EXPECT_THAT(closed.err, HasSubstr("connections go on to queue: it speaks TCP"));
  EXPECT_EQ(scenario.get().status, 503);
  EXPECT_EQ(scenario.get("/", "localhost", 2).release(), "2");
  EXPECT_TRUE(exited(0, scenario.bluegreen({"down", "--yes"})));
  EXPECT_THAT(files(), testing::ElementsAre("active"));
}

TEST_F(HostNginx, InReloadModeDrainsUntilItsOldWorkersHaveEnded) {
  write_compose("      switch: reload\n");
  ASSERT_TRUE(exited(0, scenario.bluegreen({"deploy"})));
  Answer slow;
  std::jthread client([&] { slow = scenario.get("/slow?ms=3000"); });
  const auto started = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(Milliseconds(100));
  EXPECT_TRUE(exited(0, deploy("2")));
  EXPECT_GE(std::chrono::steady_clock::now() - started, Milliseconds(2900));
  client.join();
  EXPECT_EQ(slow.release(), "1");
  EXPECT_EQ(scenario.get().release(), "2");
}

}  // namespace
}  // namespace bluegreen::e2e
