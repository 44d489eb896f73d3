// SPDX-License-Identifier: MIT
#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "cli/commands.h"
#include "cli/durations.h"
#include "cli/probe_options.h"
#include "cli/reporters.h"
#include "config/text.h"

namespace bluegreen {

namespace {

constexpr auto exit_codes =
    "Exit codes: 0 done; 1 not deployed, the old release still serves; 2 usage or configuration, nothing touched;\n"
    "3 locked by another; 70 a bug; 130 interrupted.";

class CommandLine {
 public:
  explicit CommandLine(Hooks hooks) {
    options_.hooks = std::move(hooks);
    app_.set_version_flag("--version", "bluegreen " BLUEGREEN_VERSION);
    app_.footer(exit_codes);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.get_formatter()->column_width(32);
    add_common_options();
    add_commands();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& success) {  // --help, --version
      return app_.exit(success);
    } catch (const CLI::ParseError& error) {
      print_error(explain(error), options_);
      return exit_code(ErrorKind::usage);
    }
    const auto done = command_(options_);
    if (done) return 0;
    print_error(done.error(), options_);
    return exit_code(done.error().kind);
  }

 private:
  using Command = Done (*)(const Options&);

  void add_common_options() {
    app_.add_option("-f,--file", options_.files, "Compose file; again for one laid over it")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app_.add_option("-p,--project-name", options_.project_name, "Name of the project")->type_name("NAME");
    app_.add_option("--env-file", options_.env_files, "Variables instead of .env")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app_.add_option("-H,--host", options_.host, "Engine: unix://, ssh:// or tcp:// address")->type_name("HOST");
    app_.add_flag("--allow-plain-tcp", options_.allow_plain_tcp, "Talk to a tcp:// engine without TLS");
    app_.add_flag("--json", options_.json, "One JSON object a line");
    app_.add_flag("-q,--quiet", options_.quiet, "Only errors and warnings");
    app_.add_flag("--no-color", options_.no_color, "No colour and no progress");
  }

  CLI::App* add(const char* name, const char* what, const char* example, Command command) {
    auto* sub = app_.add_subcommand(name, what);
    sub->footer(fmt::format("Example:\n  {}", example));
    sub->callback([this, command] { command_ = command; });
    return sub;
  }

  void takes_lock(CLI::App* sub) {
    add_duration(sub, "--wait", "Wait this long for another bluegreen to end",
                 [this](Milliseconds value) { options_.wait = value; });
  }

  void takes_timeout(CLI::App* sub) {
    add_duration(sub, "--timeout", "Bounds the wait for health",
                 [this](Milliseconds value) { options_.timeout = value; });
  }

  void takes_color(CLI::App* sub, const char* name, const char* what) {
    sub->add_option_function<std::string>(
           name,
           [this](const std::string& text) {
             options_.color = parse_color(text);
             if (!options_.color) throw CLI::ValidationError(text + " is no color: BLUE or GREEN");
           },
           what)
        ->type_name("BLUE|GREEN");
  }

  CLI::App* add_release(const char* name, const char* what, const char* example, Command command) {
    auto* sub = add(name, what, example, command);
    sub->add_option("APP", options_.apps, "The apps; none: all of the project");
    sub->add_option("--image", options_.images, "Another image for an app or service")
        ->type_name("APP=REF")
        ->allow_extra_args(false);
    sub->add_flag("--no-switch", options_.no_switch, "Stop before the switch; people look at the preview");
    takes_timeout(sub);
    return sub;
  }

  void add_commands() {
    auto* deploy = add_release("deploy", "Release the apps: start, verify, switch, drain, retire",
                               "bluegreen deploy hello --image hello=hello:2 --timeout 30s", run_deploy);
    deploy->add_flag("--dry-run", options_.dry_run, "The same as plan");
    deploy->add_option("--probe", options_.probe.url, "Send requests there meanwhile and count those that fail")
        ->type_name("URL");
    deploy->add_option("--probe-html", options_.probe.html, "A picture of them")->type_name("FILE");
    auto* apply = add_release("apply", "Release the apps whose configuration or image differs from what serves",
                              "bluegreen apply --json", run_apply);
    for (auto* sub : {deploy, apply}) {
      sub->add_flag("--keep-failed", options_.keep_failed, "Leave a failed release standing, to look at it");
      takes_lock(sub);
    }
    add_release("plan", "Show the steps a deploy would take; touches nothing", "bluegreen plan hello", run_plan);
    takes_lock(
        add("up", "Start infrastructure that is missing: networks, volumes, nginx, databases", "bluegreen up", run_up));
    auto* down = add("down", "Remove what bluegreen made for the project", "bluegreen down --volumes --yes", run_down);
    down->add_flag("--volumes", options_.volumes, "The volumes too, with their data");
    down->add_flag("-y,--yes", options_.yes, "Do not ask");
    takes_lock(down);
    auto* status =
        add("status", "Which environment serves, for every app on this machine", "bluegreen status --json", run_status);
    status->add_option("APP", options_.app, "Only this app");
    auto* switch_ = add("switch", "Send requests to the other environment, which must be up and healthy",
                        "bluegreen switch hello GREEN", run_switch);
    switch_->add_option("APP", options_.app, "The app")->required();
    takes_color(switch_, "COLOR", "The environment; none: the idle one");
    takes_timeout(switch_);
    takes_lock(switch_);
    auto* rollback =
        add("rollback", "Back to the release that served before", "bluegreen rollback hello", run_rollback);
    rollback->add_option("APP", options_.app, "The app")->required();
    takes_timeout(rollback);
    takes_lock(rollback);
    auto* repair = add("repair", "Put right what status complains of, without a new release", "bluegreen repair hello",
                       run_repair);
    repair->add_option("APP", options_.apps, "The apps; none: all of the project");
    takes_timeout(repair);
    takes_lock(repair);
    add_probe_options(add("probe", "Send requests of many kinds and count each that did not get its whole answer",
                          "bluegreen probe http://localhost:8080/ --for 30s --post /echo --ws /ws", run_probe),
                      options_.probe);
    takes_lock(add("reload", "Let nginx read its files again: certificates that were replaced, files of your own",
                   "bluegreen reload", run_reload));
    auto* maintenance = add("maintenance", "Answer an app's requests with a maintenance page, or stop doing so",
                            "bluegreen maintenance hello on --page sorry.html", run_maintenance);
    maintenance->add_option("APP", options_.app, "The app")->required();
    maintenance
        ->add_option_function<std::string>(
            "STATE", [this](const std::string& text) { options_.maintenance = text == "on"; }, "on or off")
        ->type_name("on|off")
        ->check(CLI::IsMember({"on", "off"}))
        ->required();
    maintenance->add_option("--page", options_.page, "HTML to be shown instead of a plain page")->type_name("FILE");
    takes_lock(maintenance);
    add("config", "Show the project as bluegreen understands it, secrets hidden", "bluegreen config --json",
        run_config);
    auto* logs = add("logs", "Show what an app writes", "bluegreen logs hello --color GREEN --follow", run_logs);
    logs->add_option("APP", options_.app, "The app")->required();
    takes_color(logs, "--color", "Which environment; none: the active one");
    logs->add_flag("--follow", options_.follow, "Go on until Ctrl-C");
    logs->add_option("--tail", options_.tail, "Only the last lines")->type_name("LINES");
  }

  Error explain(const CLI::ParseError& error) {
    const auto named = app_.get_subcommands();
    if (!named.empty())
      return {ErrorKind::usage, error.what(), "See: bluegreen " + named.front()->get_name() + " --help"};
    for (const auto& word : app_.remaining()) {
      if (word.starts_with("-")) continue;
      const auto nearest = nearest_command(word);
      return {ErrorKind::usage,
              "there is no command " + word + (nearest.empty() ? "" : "; did you mean " + nearest + "?"),
              "See: bluegreen --help"};
    }
    return {ErrorKind::usage, app_.remaining().empty() ? "which command?" : error.what(), "See: bluegreen --help"};
  }

  std::string nearest_command(const std::string& word) {
    std::vector<std::string> names;
    for (const auto* sub : app_.get_subcommands({})) names.push_back(sub->get_name());
    return nearest(word, names);
  }

  CLI::App app_{"Releases new versions of Dockerised services behind nginx without losing a request.", "bluegreen"};
  Options options_;
  Command command_ = nullptr;
};

}  // namespace

int run_command_line(int argc, char** argv, Hooks hooks) {
  try {
    return CommandLine(std::move(hooks)).run(argc, argv);
  } catch (const std::exception& exception) {  // nobody of ours throws: a bug, and it should say so
    print_error({ErrorKind::bug, std::string("this is a bug: ") + exception.what(),
                 "Please report it with the command you gave."},
                {});
    return exit_code(ErrorKind::bug);
  }
}

}  // namespace bluegreen
