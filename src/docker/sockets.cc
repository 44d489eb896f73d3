// SPDX-License-Identifier: MIT
// The socket tables of a container's network namespace. On the engine's own machine they are two files of its first
// process, which costs nothing; elsewhere, or where these files cannot be trusted or read, a `cat` in the container.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "docker/docker_engine.h"

namespace bluegreen::docker {
namespace {

using namespace std::chrono_literals;
using std::filesystem::path;

constexpr auto kPatience = 10s;

std::optional<std::string> read_file(const path& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) return {};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// A process id means something else in another process namespace (we may run in a container ourselves, or the engine
// far away): only the process whose control group names the container is the right one.
std::optional<std::string> read_here(const ContainerDetail& container) {
  const path process = "/proc/" + std::to_string(container.pid);
  const auto groups = read_file(process / "cgroup");
  if (container.pid == 0 || container.id.empty() || !groups || groups->find(container.id) == std::string::npos)
    return {};
  const auto tcp = read_file(process / "net" / "tcp");
  if (!tcp) return {};
  return *tcp + read_file(process / "net" / "tcp6").value_or("");
}

}  // namespace

Outcome<std::string> DockerEngine::read_socket_tables(const std::string& id) {
  TRY_ASSIGN(const auto container, inspect_container(id));
  if (container.state != RunState::running) return failure(ErrorKind::conflict, container.name + " is not running");
  if (auto tables = read_here(container)) return *tables;
  TRY_ASSIGN(auto shown, exec(id, {"cat", "/proc/net/tcp", "/proc/net/tcp6"}, kPatience));
  // Without IPv6 there is no second file: what was shown of the first one counts.
  if (shown.output.find("local_address") == std::string::npos)
    return failure("the container's socket tables cannot be read: " + shown.output);
  return std::move(shown.output);
}

}  // namespace bluegreen::docker
