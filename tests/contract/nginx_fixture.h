// SPDX-License-Identifier: MIT
// A real nginx in a container of its own, on an internal network of its own, with a conf.d of its own; upstreams live
// in the test, on the network's gateway. Or one on this machine (own_machine.h), with all of it on loopback. Everything
// goes away with the fixture.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/ports.h"
#include "http/client.h"
#include "nginx/proxy.h"
#include "own_machine.h"
#include "system/clock.h"
#include "upstream.h"

namespace bluegreen::test {

struct Answer {
  int status = 0;
  std::string body;
  bool operator==(const Answer&) const = default;
};

// Where nginx is, and how its conf.d is reached.
enum class Place { beside_the_engine, on_another_machine, on_the_host };

class NginxFixture {
 public:
  explicit NginxFixture(Place place);
  ~NginxFixture();
  NginxFixture(const NginxFixture&) = delete;
  NginxFixture& operator=(const NginxFixture&) = delete;

  Engine& engine() { return *engine_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string gateway() const { return machine_ ? "127.0.0.1" : prefix_ + ".1"; }
  [[nodiscard]] std::string address() const { return machine_ ? "127.0.0.1" : prefix_ + ".2"; }

  std::unique_ptr<NginxProxy> open(const std::string& project, std::uint16_t listen = 80);
  void stop();
  void hold_port(std::uint16_t port);          // somebody else listens on it in nginx's network namespace
  std::map<std::string, std::string> files();  // of conf.d, markers and all: path -> text
  std::set<int> workers();

  // On a fresh connection.
  Answer get(const std::string& host, const std::string& path, std::vector<std::string> headers = {},
             std::uint16_t port = 80);

 private:
  void start_nginx_in_a_container();
  void make_network();
  std::string start_container(const std::string& name, const ContainerSpec& spec);

  Place place_;
  SystemClock clock_;
  std::unique_ptr<Engine> engine_;
  std::string name_, prefix_, directory_, container_;
  std::vector<std::string> containers_;
  std::optional<OwnMachine> machine_;
};

// True as soon as the condition holds; false after ten seconds.
[[nodiscard]] bool eventually(const std::function<bool()>& condition);

}  // namespace bluegreen::test
