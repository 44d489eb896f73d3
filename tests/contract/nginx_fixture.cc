// SPDX-License-Identifier: MIT
#include "nginx_fixture.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "docker/engine.h"
#include "nginx/workers.h"
#include "system/files.h"

namespace bluegreen::test {

namespace {

template <class T>
T must(Outcome<T> outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

NginxFixture::NginxFixture(Place place) : place_(place) {
  engine_ = must(connect_docker(must(find_docker_address({}, process_variable))));
  name_ = "bluegreen-contract-" + std::to_string(::getpid());
  std::string path = std::filesystem::temp_directory_path().string() + "/bluegreen-conf-XXXXXX";
  directory_ = ::mkdtemp(path.data());
  std::filesystem::permissions(directory_, std::filesystem::perms(0755));
  if (place == Place::on_the_host)
    machine_.emplace(directory_);
  else
    start_nginx_in_a_container();
}

void NginxFixture::start_nginx_in_a_container() {
  make_network();
  ContainerSpec spec;
  Mount conf;
  conf.source = directory_;
  conf.target = "/etc/nginx/conf.d";
  spec.settings.mounts.push_back(conf);
  spec.networks.push_back({name_, {}, address()});
  container_ = start_container(name_ + "-nginx", spec);
  if (!eventually([this] { return !workers().empty(); })) throw std::runtime_error("nginx does not start");
}

NginxFixture::~NginxFixture() {
  for (auto id = containers_.rbegin(); id != containers_.rend(); ++id) (void)engine_->remove_container(*id);
  if (!machine_) (void)engine_->remove_network(name_);
  machine_.reset();
  std::filesystem::remove_all(directory_);
  std::filesystem::remove_all(directory_ + "-neighbour");
}

// Tests run side by side: the first subnet that nobody has.
void NginxFixture::make_network() {
  for (int i = 0; i < 200; ++i) {
    prefix_ = "10.231." + std::to_string((::getpid() + i) % 250);
    NetworkSpec spec;
    spec.network.name = name_;
    spec.network.internal = true;
    spec.network.subnet = prefix_ + ".0/24";
    spec.network.gateway = gateway();
    const auto made = engine_->create_network(spec);
    if (made) return;
    if (made.error().kind != ErrorKind::conflict) must(made);
  }
  throw std::runtime_error("no free subnet in 10.231.0.0/16");
}

std::string NginxFixture::start_container(const std::string& name, const ContainerSpec& like) {
  auto spec = like;
  spec.name = name;
  const char* image = std::getenv("BLUEGREEN_NGINX_IMAGE");
  spec.image = spec.settings.image = image == nullptr ? "nginx:latest" : image;
  auto id = must(engine_->create_container(spec));
  containers_.push_back(id);
  must(engine_->start_container(id));
  return id;
}

void NginxFixture::stop() {
  if (machine_) return machine_->stop_nginx();
  must(engine_->stop_container(container_, Milliseconds(0)));
}

void NginxFixture::hold_port(std::uint16_t port) {
  if (machine_) return machine_->hold_port(port);
  const auto conf = directory_ + "-neighbour";
  must(ensure_directory(conf));
  must(write_file(conf + "/a.conf", "server { listen " + std::to_string(port) + "; return 204; }\n"));
  ContainerSpec spec;
  Mount mount;
  mount.source = conf;
  mount.target = "/etc/nginx/conf.d";
  spec.settings.mounts.push_back(mount);
  spec.network_mode = "container:" + container_;
  start_container(name_ + "-neighbour", spec);
  if (!eventually([&] { return get("any", "/", {}, port).status == 204; })) throw std::runtime_error("port not held");
}

std::unique_ptr<NginxProxy> NginxFixture::open(const std::string& project, std::uint16_t listen) {
  NginxSettings settings;
  settings.project = project;
  settings.container = container_;
  settings.engine_place = place_ == Place::on_another_machine ? EnginePlace::remote : EnginePlace::local;
  if (machine_) settings.host = machine_->place();
  settings.listen = listen;
  return must(NginxProxy::open(*engine_, clock_, settings));
}

std::map<std::string, std::string> NginxFixture::files() {
  std::map<std::string, std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
    const auto name = entry.path().lexically_relative(directory_).string();
    texts[name] = entry.is_regular_file() ? must(read_file(entry.path())) : "";
  }
  return texts;
}

std::set<int> NginxFixture::workers() {
  if (machine_) return machine_->workers();
  const auto processes = engine_->list_processes(container_);
  return processes ? find_workers(*processes).current : std::set<int>{};
}

Answer NginxFixture::get(const std::string& host, const std::string& path, std::vector<std::string> headers,
                         std::uint16_t port) {
  HttpClient client({"http://" + address() + ":" + std::to_string(port), "", "", "", ""});
  HttpRequest request;
  request.path = path;
  request.headers = std::move(headers);
  request.headers.push_back("Host: " + host);
  request.timeout = std::chrono::seconds(20);
  const auto response = client.perform(request);
  return response ? Answer{response->status, response->body} : Answer{0, response.error().message};
}

}  // namespace bluegreen::test
