// SPDX-License-Identifier: MIT
#include "nginx/host_nginx.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "nginx/refusal_hints.h"
#include "system/files.h"
#include "system/processes.h"
#include "system/program.h"

namespace bluegreen {

namespace {

constexpr std::string_view master_title = "nginx: master process";
constexpr std::chrono::seconds test_deadline(30);
constexpr std::chrono::seconds version_deadline(10);
constexpr off_t log_tail = off_t{64} * 1024;

// /proc/PID/exe, /proc/PID/fd/2; empty: not to be known.
std::string link_of(int pid, const std::string& name) {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/" + name, error).string();
  constexpr std::string_view replaced = " (deleted)";  // by a newer one, which the next start takes
  if (path.ends_with(replaced)) path.resize(path.size() - replaced.size());
  return path;
}

// nginx makes its error log its standard error too (src/core/ngx_log.c).
std::string log_of(int master) {
  const auto path = link_of(master, "fd/2");
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) ? path : "";
}

std::string read_end_of(const std::string& path) {
  std::string text;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  const auto size = ::lseek(file, 0, SEEK_END);
  const auto from = size > log_tail ? size - log_tail : 0;
  text.resize(static_cast<std::size_t>(size - from));
  const auto got = ::pread(file, text.data(), text.size(), from);
  ::close(file);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

// The program that runs, asked about the files that its master was started with.
std::vector<std::string> test_command(int master, const std::string& how) {
  std::vector<std::string> command{link_of(master, "exe"), how, "-q"};
  const auto options = master_options({{master, command_line_of(master)}});
  command.insert(command.end(), options.begin(), options.end());
  return command;
}

Outcome<ProgramResult> run_as_root(const std::vector<std::string>& command, const std::optional<LaidOver>& laid_over) {
  if (::geteuid() == 0) return run_program(command, test_deadline, laid_over);
  return failure("only root can test and reload nginx on this machine", "Run it with sudo.");
}

}  // namespace

HostNginx::HostNginx(NginxOnHost place) : place_(std::move(place)) {}

Outcome<int> HostNginx::find_master() {
  const auto text = read_file(place_.pid_file);
  int pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  if (pid > 0 && command_line_of(pid).starts_with(master_title)) return pid;
  return failure(
      "nginx does not run on this machine: " +
          (text ? "the process in " + place_.pid_file + " is no nginx master" : text.error().message),
      "Start it: systemctl start nginx. If its pid file is another one, say so: x-bluegreen.proxy.pid_file.");
}

Done HostNginx::ensure_running() {
  TRY(find_master());
  return {};
}

Outcome<Processes> HostNginx::list_processes() {
  TRY_ASSIGN(const int master, find_master());
  TRY_ASSIGN(auto processes, list_children(master));
  processes.emplace_back(master, command_line_of(master));
  return processes;
}

Outcome<std::string> HostNginx::read_socket_tables() {
  TRY_ASSIGN(const int master, find_master());
  const auto directory = "/proc/" + std::to_string(master) + "/net/";
  TRY_ASSIGN(auto tables, read_file(directory + "tcp"));
  return tables + read_file(directory + "tcp6").value_or("");  // absent where the machine has no IPv6
}

Outcome<NginxVersion> HostNginx::version() {
  TRY_ASSIGN(const int master, find_master());
  TRY_ASSIGN(const auto printed, run_program({link_of(master, "exe"), "-v"}, version_deadline));
  return parse_version(printed.output);
}

Done HostNginx::test(const std::string& candidate, const std::vector<std::string>& names) {
  TRY_ASSIGN(const int master, find_master());
  const LaidOver candidate_as_conf_dir{place_.conf_dir + "/" + candidate, place_.conf_dir};
  TRY_ASSIGN(const auto tested, run_as_root(test_command(master, "-T"), candidate_as_conf_dir));
  if (tested.exit_code == 0) return check_that_nginx_reads(names, place_.conf_dir, lines_of(tested.output));
  return failure("nginx refuses the configuration: " + last_refusal(tested.output));
}

Done HostNginx::test_live() {
  TRY_ASSIGN(const int master, find_master());
  TRY_ASSIGN(const auto tested, run_as_root(test_command(master, "-t"), std::nullopt));
  if (tested.exit_code == 0) return {};
  return failure("nginx refuses its files: " + last_refusal(tested.output));
}

Done HostNginx::remove_leftover_tests() { return {}; }

Outcome<std::string> HostNginx::send_reload(const Processes& /*processes*/) {
  TRY_ASSIGN(const int master, find_master());
  if (::kill(master, SIGHUP) == 0) return "";
  return failure("reload nginx (process " + std::to_string(master) + "): " + std::generic_category().message(errno));
}

Outcome<std::vector<std::string>> HostNginx::read_refusals() {
  TRY_ASSIGN(const int master, find_master());
  auto lines = lines_of(read_end_of(log_of(master)));
  std::erase_if(lines, [](const std::string& line) { return line.find("[emerg] ") == std::string::npos; });
  return lines;
}

std::string HostNginx::how_to_read_its_log() {
  const auto master = find_master();
  const auto log = master ? log_of(*master) : "";
  return log.empty() ? "journalctl -u nginx" : "tail " + log;
}

}  // namespace bluegreen
