// SPDX-License-Identifier: MIT
// maintenance: public requests of an app are answered 503 with a page, by a marker as the switch is.
#include "cli/commands.h"
#include "cli/session.h"
#include "system/files.h"

namespace bluegreen {

namespace {

constexpr std::size_t longest_page = 1 << 20;

constexpr auto plain_page =
    "<!doctype html>\n"
    "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Maintenance</title>\n"
    "<style>body{font:1.2em/1.5 sans-serif;max-width:32em;margin:20vh auto;padding:0 1em}</style>\n"
    "<h1>Down for maintenance</h1>\n"
    "<p>We will be back shortly. Please try again in a minute.</p>\n";

Outcome<std::string> page_of(const Options& options) {
  if (options.page.empty()) return plain_page;
  auto page = read_file(options.page);
  if (!page) return failure(ErrorKind::usage, page.error().message, "--page takes an HTML file.");
  if (page->size() <= longest_page) return page;
  return failure(ErrorKind::usage, options.page + " is larger than 1 MiB",
                 "One page with its style in it; images can come from elsewhere.");
}

}  // namespace

Done run_maintenance(const Options& options) {
  if (!options.maintenance && !options.page.empty())
    return failure(ErrorKind::usage, "--page goes with on", "To open the app again: bluegreen maintenance APP off");
  std::optional<std::string> page;
  if (options.maintenance) {
    TRY_ASSIGN(page, page_of(options));
  }
  TRY_ASSIGN(auto project, read_project(options));
  TRY_ASSIGN(const auto session, Session::open(options, std::move(project), "maintenance", Access::change));
  TRY_ASSIGN(const auto app, session->app(options.app));
  const auto changed = maintain(session->world(), session->project(), app, page);
  if (!changed) return std::unexpected(changed.error().within("maintenance " + app.name));
  session->reporter().note(options.maintenance
                               ? app.name + " answers 503; open it again: bluegreen maintenance " + app.name + " off"
                           : *changed ? app.name + " is open again"
                                      : app.name + " is open already, nothing to do");
  return {};
}

}  // namespace bluegreen
