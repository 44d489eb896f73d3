// SPDX-License-Identifier: MIT
#include "cli/probe_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "system/files.h"

namespace bluegreen {
namespace {

constexpr Milliseconds look_timeout{5000};

using Json = nlohmann::ordered_json;

}  // namespace

Outcome<probe::Plan> make_probe_plan(const ProbeOptions& options) {
  probe::Plan plan;
  plan.url = options.url;
  plan.who = options.who;
  plan.accepted = options.accept;
  plan.connections = options.connections;
  plan.rate = options.rate;
  plan.duration = options.duration;
  plan.requests = options.requests;
  plan.timeout = options.timeout;
  plan.hold = options.hold;
  TRY_ASSIGN(plan.target, probe::parse_target(options.url));
  TRY_ASSIGN(plan.clients, probe::make_clients(options.kinds, plan.target, options.paths));
  TRY_ASSIGN(plan.address, probe::find_address(plan.target, options.connect_to,
                                               options.allow_remote ? probe::Remote::allowed : probe::Remote::refused));
  if (plan.target.scheme == probe::Scheme::https) {
    TRY_ASSIGN(plan.tls, probe::Tls::make(options.cacert, options.insecure ? probe::Verify::no : probe::Verify::yes));
  }
  return plan;
}

Outcome<Answering> look_before(probe::Plan& plan, const ProbeOptions& options,
                               const std::function<void(const std::string&)>& say) {
  const auto until = [&] { return wire::Clock::now() + std::min(plan.timeout, look_timeout); };
  const auto status = probe::ask_once(plan, probe::Protocol::http_1_1, until());
  if (!status && status.error().kind == ErrorKind::usage) return std::unexpected(status.error().within(plan.url));
  if (!status) {
    say(fmt::format("{} does not answer yet: {}", plan.url, status.error().message));
    return Answering::not_yet;
  }
  const bool is_good = plan.accepts(*status);
  if (!is_good) say(fmt::format("{} answers {} and not {}", plan.url, *status, fmt::join(plan.accepted, ", ")));
  const auto h2 = std::ranges::find(plan.clients, probe::Kind::h2, &probe::Clients::kind);
  if (h2 != plan.clients.end()) {
    const auto agreed = probe::ask_once(plan, probe::Protocol::http_2, until());
    if (!agreed && !options.kinds.empty()) return std::unexpected(agreed.error().within(plan.url));
    if (!agreed) {
      say("without the kind h2: " + agreed.error().message);
      plan.clients.erase(h2);
    }
  }
  return is_good ? Answering::yes : Answering::not_yet;
}

void print_probe_event(const probe::Report& report) {
  Json event{{"event", "probe"}};
  event.update(probe::render_json(report));
  fmt::print("{}\n", event.dump(-1, ' ', false, Json::error_handler_t::replace));
  std::fflush(stdout);
}

Done write_picture(const probe::Report& report, const ProbeOptions& options) {
  if (options.html.empty()) return {};
  return write_file(options.html, probe::render_html(report));
}

}  // namespace bluegreen
