// SPDX-License-Identifier: MIT
// down: removes what bluegreen made for the project, after a question.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "cli/commands.h"
#include "cli/session.h"

namespace bluegreen {

namespace {

Done ask(const Project& project, const Options& options) {
  if (options.yes) return {};
  if (::isatty(STDIN_FILENO) != 1) {
    return failure(ErrorKind::usage, "down removes containers that serve, and nobody is there to ask", "Say --yes.");
  }
  fmt::print("Remove all environments, infrastructure and networks{} that bluegreen made for {}? [y/N] ",
             options.volumes ? ", and the volumes with their data," : "", project.name);
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return failure("nothing was removed");
}

}  // namespace

Done run_down(const Options& options) {
  TRY_ASSIGN(auto project, read_project(options));
  TRY(ask(project, options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "down", Access::change));
  TRY_WITHIN("down",
             tear_down(session->world(), session->project(), options.volumes ? Volumes::remove : Volumes::keep));
  return {};
}

}  // namespace bluegreen
