// SPDX-License-Identifier: MIT
#include "own_machine.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "nginx/workers.h"
#include "nginx_fixture.h"
#include "system/files.h"
#include "system/processes.h"
#include "system/program.h"

namespace bluegreen::test {

namespace {

int must(int result, const char* what) {
  if (result >= 0) return result;
  throw std::system_error(errno, std::generic_category(), what);
}

void lay_over(const std::string& source, const char* target) {
  must(::mount(source.c_str(), target, nullptr, MS_BIND, nullptr), target);
}

void bring_up_loopback() {
  const int socket = must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  must(::ioctl(socket, SIOCSIFFLAGS, &loopback), "bring up lo");
  ::close(socket);
}

}  // namespace

OwnMachine::OwnMachine(std::string conf_dir)
    : directory_(conf_dir + "-machine"),
      network_(must(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "network namespace")),
      mounts_(must(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC), "mount namespace")) {
  must(::unshare(CLONE_NEWNET | CLONE_NEWNS), "a network and mounts of its own");
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "keep mounts to itself");
  bring_up_loopback();

  std::filesystem::create_directory(directory_);
  const auto conf = directory_ + "/nginx.conf";
  const bool written =
      write_file(conf, "worker_processes 2;\npid " + directory_ + "/nginx.pid;\nerror_log " + directory_ +
                           "/error.log;\nevents {}\nhttp {\n  access_log off;\n"
                           "  include /etc/nginx/conf.d/*.conf;\n}\n")
          .has_value();
  if (!written) throw std::runtime_error("nginx.conf cannot be written");
  lay_over(conf, "/etc/nginx/nginx.conf");
  lay_over(conf_dir, "/etc/nginx/conf.d");
  const auto started = run_program({"/usr/sbin/nginx"}, std::chrono::seconds(10));
  if (!started || started->exit_code != 0) throw std::runtime_error("nginx does not start");
  if (!eventually([this] { return !workers().empty(); })) throw std::runtime_error("nginx has no workers");
}

OwnMachine::~OwnMachine() {
  for (const int socket : held_) ::close(socket);
  stop_nginx();
  ::setns(network_, CLONE_NEWNET);
  ::setns(mounts_, CLONE_NEWNS);
  ::close(network_);
  ::close(mounts_);
  std::filesystem::remove_all(directory_);
}

int OwnMachine::master() const {
  const auto pid = std::atoi(read_file(directory_ + "/nginx.pid").value_or("0").c_str());
  return command_line_of(pid).starts_with("nginx: master") ? pid : 0;
}

std::set<int> OwnMachine::workers() const {
  const auto children = list_children(master());
  return children && master() != 0 ? find_workers(*children).current : std::set<int>{};
}

void OwnMachine::stop_nginx() {
  if (master() == 0) return;
  ::kill(master(), SIGTERM);
  if (!eventually([this] { return master() == 0; })) ::kill(master(), SIGKILL);
}

void OwnMachine::hold_port(std::uint16_t port) {
  held_.push_back(must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  must(::bind(held_.back(), reinterpret_cast<const sockaddr*>(&any), sizeof any), "bind");
  must(::listen(held_.back(), 1), "listen");
}

}  // namespace bluegreen::test
