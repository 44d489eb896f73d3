// SPDX-License-Identifier: MIT
#include "nginx/proxy.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "deploy/sockets.h"
#include "nginx/host_nginx.h"
#include "nginx/include_text.h"
#include "nginx/maintenance_text.h"
#include "nginx/refusal_hints.h"
#include "nginx/reload.h"
#include "nginx/stream_text.h"
#include "nginx/unknown_hosts_text.h"
#include "nginx/workers.h"
#include "system/files.h"

namespace bluegreen {

namespace {

constexpr auto loopback = "127.0.0.1";

// As that file says it; nothing where there is none, or none that can be read.
std::optional<PublishedSite> site_in(const FileTexts& live, const std::string& app_file) {
  const auto found = live.find(app_file);
  if (found == live.end()) return std::nullopt;
  auto site = parse_site(found->second);
  return site ? std::optional(std::move(*site)) : std::nullopt;
}

// What a killed run has left of a maintenance page.
std::string half_written_page(const std::string& project, const std::string& app) {
  return std::string(temporary_prefix) + maintenance_page_name(project, app);
}

}  // namespace

// ---- opening --------------------------------------------------------------------------------------------------

Outcome<std::unique_ptr<NginxProxy>> NginxProxy::open(Engine& engine, Clock& clock, NginxSettings settings) {
  TRY_ASSIGN(auto reached, settings.host ? reach_host(settings) : reach_container(engine, clock, settings));
  return std::unique_ptr<NginxProxy>(new NginxProxy(clock, std::move(settings), std::move(reached)));
}

Outcome<NginxProxy::Reached> NginxProxy::reach_container(Engine& engine, Clock& clock, const NginxSettings& settings) {
  TRY_ASSIGN(auto nginx, ContainerNginx::open(engine, clock, settings.project, settings.container));
  Reached reached;
  reached.files = settings.open_conf_files ? settings.open_conf_files() : nginx->open_conf_files(settings.engine_place);
  reached.people_find_it_at = nginx->address();
  if (settings.engine_place == EnginePlace::local) {  // no address of its own: it shares the machine's
    reached.preview_address = nginx->address().empty() ? "127.0.0.1" : nginx->address();
  }
  reached.run_inside = [&engine, id = nginx->id()](const auto& command, Milliseconds timeout) {
    return engine.exec(id, command, timeout);
  };
  reached.nginx = std::move(nginx);
  return reached;
}

Outcome<NginxProxy::Reached> NginxProxy::reach_host(const NginxSettings& settings) {
  if (settings.engine_place == EnginePlace::remote) {
    return failure(ErrorKind::usage, "nginx is a service of this machine, and the engine is on another one",
                   "Run bluegreen there, or take `host: true` out of x-bluegreen.proxy.");
  }
  Reached reached;
  reached.nginx = std::make_unique<HostNginx>(*settings.host);
  reached.files = make_local_conf_files(settings.host->conf_dir);
  reached.preview_address = reached.people_find_it_at = loopback;
  return reached;
}

NginxProxy::NginxProxy(Clock& clock, NginxSettings settings, Reached reached)
    : clock_(clock),
      settings_(std::move(settings)),
      nginx_(std::move(reached.nginx)),
      files_(std::move(reached.files)),
      people_find_it_at_(std::move(reached.people_find_it_at)),
      preview_client_(reached.preview_address, settings_.preview_port, std::move(reached.run_inside)) {}

std::string NginxProxy::conf_dir() const {
  return settings_.host ? settings_.host->conf_dir : std::string(default_conf_dir);
}
std::string NginxProxy::candidate_dir() const { return std::string(candidate_prefix) + settings_.project; }
std::string NginxProxy::marker(const std::string& app) const { return marker_name(settings_.project, app); }

// Of all names in conf.d.
Outcome<FileTexts> NginxProxy::read_generated(const std::set<std::string>& names) {
  std::vector<std::string> generated;
  std::ranges::copy_if(names, std::back_inserter(generated), is_generated_name);
  return files_->read(generated);
}

Outcome<NginxVersion> NginxProxy::version() {
  if (!version_) {
    TRY_ASSIGN(version_, nginx_->version());
  }
  return *version_;
}

Outcome<PublishedSite> NginxProxy::published(const Site& site) {
  PublishedSite published{.site = site,
                          .listen = settings_.listen,
                          .preview_port = settings_.preview_port,
                          .listen_tls = settings_.listen_tls,
                          .acme = settings_.acme,
                          .unknown_host = settings_.unknown_host};
  if (site.mode == SwitchMode::marker && !has_tls(site)) return published;
  TRY_ASSIGN(const auto nginx, version());
  published.keepalive_min_timeout = site.mode == SwitchMode::reload && nginx >= NginxVersion{1, 27, 4};
  published.http2_directive = has_tls(site) && nginx >= NginxVersion{1, 25, 1};
  return published;
}

// ---- observing ------------------------------------------------------------------------------------------------

Outcome<ProxyState> NginxProxy::observe() {
  ProxyState state;
  TRY_ASSIGN(const auto names, files_->list());
  std::vector<std::string> own;
  std::ranges::copy_if(names, std::back_inserter(own),
                       [&](const auto& name) { return is_app_file_of(settings_.project, name); });
  std::vector<std::string> wanted = own;
  std::ranges::copy_if(names, std::back_inserter(wanted),
                       [](const auto& name) { return is_include_file_name(name) || is_stream_file_name(name); });
  if (!own.empty())
    wanted.insert(wanted.end(), {std::string(shared_file_name), unknown_hosts_file_name(settings_.project)});
  if (names.contains(std::string(tested_file_name))) wanted.emplace_back(tested_file_name);
  TRY_ASSIGN(auto live, files_->read(wanted));

  std::vector<PublishedSite> sites;
  for (const auto& name : own) {
    auto site = parse_site(live[name]);
    if (site && app_file_name(site->site.project, site->site.app) == name) {
      sites.push_back(std::move(*site));
    } else {
      state.problems.push_back(name + " is not as bluegreen writes it" +
                               (site ? "" : " (" + site.error().message + ")") + "; the next deploy replaces it");
    }
  }

  // Other projects' files matter only where they share a host with this one.
  bool shares_hosts = false;
  for (const auto& site : sites) {
    for (const auto& route : site.site.routes) {
      for (const auto& host : hosts_of(route)) shares_hosts |= names.contains(host_file_name({site.listen, host}));
    }
  }
  auto all = sites;
  if (shares_hosts) {
    TRY_ASSIGN(auto generated, read_generated(names));
    live.merge(generated);
    all = parse_sites(live);
  }

  if (settings_.host) {  // the engine tells of a container
    if (const auto runs = nginx_->ensure_running(); !runs) state.problems.push_back(runs.error().message);
  }
  const bool interrupted = names.contains(candidate_dir());
  bool common_edited = interrupted;
  for (const auto& [name, text] : render_common_files(all, conf_dir())) common_edited |= live[name] != text;
  if (interrupted)
    state.problems.emplace_back("a change of nginx's configuration was interrupted; nginx may not have read it yet");

  TRY_ASSIGN(const auto own_files, files_->fingerprint());
  state.untested_files = !own_files.empty() && own_files != live[std::string(tested_file_name)];

  TRY_ASSIGN(const auto markers, files_->list_markers());
  for (const auto& marker : markers) {
    const auto dot = marker.rfind('.');
    const auto prefix = settings_.project + ".";
    if (!marker.starts_with(prefix) || dot <= prefix.size()) continue;
    const auto app = marker.substr(prefix.size(), dot - prefix.size());
    if (marker == marker_name(settings_.project, app)) state.green_markers.insert(app);
    if (marker == maintenance_marker_name(settings_.project, app)) state.in_maintenance.insert(app);
  }
  const auto shared_hosts = find_shared_hosts(all);
  for (const auto& site : sites) {
    SiteState& seen = state.sites[site.site.app];
    seen.site = site.site;
    auto expected = render_files_of_app(site, shared_hosts, conf_dir());
    const auto is_as_expected = [&](const std::string& file) { return live[file] == expected[file]; };
    const auto& [project, app] = std::tie(site.site.project, site.site.app);
    seen.edited = common_edited || !is_as_expected(app_file_name(project, app)) ||
                  !is_as_expected(include_file_name(project, app)) || !is_as_expected(stream_file_name(project, app)) ||
                  (state.in_maintenance.contains(app) && !site.maintenance) ||
                  names.contains(half_written_page(project, app));
    seen.active = state.green_markers.contains(site.site.app) ? Color::green : Color::blue;
    if (site.site.mode != SwitchMode::reload) continue;
    seen.active = site.site.reload_active;
    if (!interrupted) continue;
    if (const auto loaded = confirm(site.site)) seen.loaded = *loaded;
  }
  return state;
}

// ---- changing the configuration -------------------------------------------------------------------------------

Done NginxProxy::configure(const Site& site) {
  TRY_ASSIGN(const auto wanted, published(site));
  TRY_WITHIN("configure nginx for " + site.app, change(site.app, wanted, Go::live));
  return {};
}

Done NginxProxy::check(const Site& site) {
  TRY_ASSIGN(const auto wanted, published(site));
  TRY_WITHIN("check nginx's configuration for " + site.app, change(site.app, wanted, Go::only_test));
  return {};
}

Done NginxProxy::withdraw(const std::string& app) {
  TRY_WITHIN("withdraw " + app + " from nginx", change(app, std::nullopt, Go::live));
  TRY(files_->remove_marker(marker(app)));
  TRY(files_->remove_marker(maintenance_marker_name(settings_.project, app)));
  TRY(files_->remove(maintenance_page_name(settings_.project, app)));
  return files_->remove(std::string(tested_file_name));
}

Done NginxProxy::change(const std::string& app, std::optional<PublishedSite> wanted, Go go) {
  TRY_ASSIGN(const auto lock, files_->lock());
  TRY_ASSIGN(const auto names, files_->list());
  if (const auto left = half_written_page(settings_.project, app); names.contains(left)) {
    TRY(files_->remove(left));
  }
  TRY_ASSIGN(const auto live, read_generated(names));
  const auto now = site_in(live, app_file_name(settings_.project, app));
  if (wanted) TRY(keep_maintenance(now, *wanted));
  TRY_ASSIGN(const auto changes, plan_changes(live, settings_.project, app, wanted, conf_dir()));
  const bool interrupted = names.contains(candidate_dir());
  if (changes.empty() && !interrupted && go == Go::live) return {};

  const auto runs = nginx_->ensure_running();
  // To take something away needs nobody's consent: it is what the next start reads.
  if (!runs && !wanted) {
    TRY(move_into_place(changes));
    return files_->remove_candidate(candidate_dir());
  }
  if (!runs) return runs;

  if (changes.empty() && go == Go::live) {
    // The interrupted change has come so far: nginx has to read it, once it is durable.
    TRY(nginx_->remove_leftover_tests());
    TRY(files_->sync());
  } else {
    auto tested = test(changes);
    // An earlier change that nginx may not have read stays on record.
    const bool is_clean = tested || nginx_->remove_leftover_tests();
    if ((!tested || go == Go::only_test) && !interrupted && is_clean) TRY(files_->remove_candidate(candidate_dir()));
    if (!tested || go == Go::only_test) return tested;
  }
  if (wanted) TRY(keep_active(now, *wanted));
  TRY(move_into_place(changes));
  TRY(take(changes, live));
  if (wanted && wanted->site.mode == SwitchMode::reload) TRY(files_->remove_marker(marker(app)));
  return files_->remove_candidate(candidate_dir());
}

// An app that was in maintenance once looks at the marker from then on: the next time needs no reload.
Done NginxProxy::keep_maintenance(const std::optional<PublishedSite>& now, PublishedSite& wanted) {
  wanted.maintenance |= now && now->maintenance;
  if (!wanted.maintenance) {
    TRY_ASSIGN(wanted.maintenance, files_->has_marker(maintenance_marker_name(settings_.project, wanted.site.app)));
  }
  return {};
}

// From reload mode to the marker: what the configuration says now, the marker has to say before it is looked at.
Done NginxProxy::keep_active(const std::optional<PublishedSite>& now, const PublishedSite& wanted) {
  if (wanted.site.mode != SwitchMode::marker || !now || now->site.mode != SwitchMode::reload) return {};
  return set_marker(wanted.site.app, now->site.reload_active);
}

// Files that the user's nginx.conf has to include by a line that he may not have: nginx says itself whether it does.
std::vector<std::string> NginxProxy::names_to_prove(const ConfChanges& changes) const {
  std::vector<std::string> names;
  for (const auto& [name, text] : changes.writes) {
    if (is_stream_file_name(name) || (settings_.host && !is_include_file_name(name))) names.push_back(name);
  }
  return names;
}

Done NginxProxy::test(const ConfChanges& changes) {
  const auto directory = candidate_dir();
  TRY(nginx_->remove_leftover_tests());
  TRY_ASSIGN(const auto own_files, files_->fingerprint());
  TRY(files_->make_candidate(directory));
  TRY(files_->sync());  // from here on there is something that only the candidate's presence tells the next run of
  for (const auto& [name, text] : changes.writes) TRY(files_->write_into_candidate(directory, name, text));
  for (const auto& name : changes.removals) TRY(files_->remove_from_candidate(directory, name));
  auto tested = nginx_->test(directory, names_to_prove(changes));
  if (!tested && tested.error().hint.empty())
    tested.error().hint = hint_for(tested.error().message, changes, conf_dir());
  // Without that note they are tested once more, and no harm is done.
  if (tested && !own_files.empty()) (void)files_->write(std::string(tested_file_name), own_files);
  return tested;
}

Done NginxProxy::move_into_place(const ConfChanges& changes) {
  for (const auto& [name, text] : changes.writes) TRY(files_->write(name, text));
  for (const auto& name : changes.removals) TRY(files_->remove(name));
  return {};
}

Done NginxProxy::take(const ConfChanges& changes, const FileTexts& live) {
  TRY_ASSIGN(const auto reload, reload_nginx(*nginx_, clock_));
  has_reloaded_ = true;
  if (reload.result == Reload::Result::taken) return {};
  TRY(move_into_place(invert(changes, live)));
  if (reload.result == Reload::Result::refused) {
    // The master still runs what it had, which is what the files say again.
    TRY(files_->remove_candidate(candidate_dir()));
    return failure("nginx did not take the configuration: " + reload.words,
                   hint_for(reload.words, changes, conf_dir()));
  }
  TRY_ASSIGN(const auto restored, reload_nginx(*nginx_, clock_));
  if (restored.result == Reload::Result::taken) TRY(files_->remove_candidate(candidate_dir()));
  return failure("nginx has not taken the configuration within 10 s, and its log has no [emerg] line that says why",
                 "Look at its error log: " + nginx_->how_to_read_its_log());
}

Done NginxProxy::reload() {
  TRY_ASSIGN(const auto lock, files_->lock());
  TRY(nginx_->ensure_running());
  if (auto tested = nginx_->test_live(); !tested) {
    auto& hint = tested.error().hint;
    if (hint.empty()) hint = hint_for(tested.error().message, {}, conf_dir());
    hint += std::string(hint.empty() ? "" : "\n") + "nginx goes on with what it has read; a restart would not come up.";
    return tested;
  }
  TRY_ASSIGN(const auto reload, reload_nginx(*nginx_, clock_));
  has_reloaded_ = true;
  if (reload.result == Reload::Result::taken) return {};
  if (reload.result == Reload::Result::refused)
    return failure("nginx did not take its files: " + reload.words, hint_for(reload.words, {}, conf_dir()));
  return failure("nginx has not taken its files within 10 s",
                 "Look at its error log: " + nginx_->how_to_read_its_log());
}

// ---- switching ------------------------------------------------------------------------------------------------

Done NginxProxy::set_marker(const std::string& app, Color active) {
  return active == Color::green ? files_->create_marker(marker(app)) : files_->remove_marker(marker(app));
}

Done NginxProxy::activate(const Site& site, Color color) {
  if (site.mode == SwitchMode::marker) return set_marker(site.app, color);
  auto switched = site;
  switched.reload_active = color;
  return configure(switched);
}

// What they answer on the preview listener, without the newline; all that are asked have to agree.
Outcome<std::string> NginxProxy::ask_the_workers(const std::string& host, std::string_view path,
                                                 const std::string& what) {
  constexpr int connections = 4;  // each may reach another worker
  std::string agreed;
  for (int i = 0; i < connections; ++i) {
    TRY_ASSIGN(auto answer, preview_client_.ask_afresh({std::string(path), {"Host: " + host}, Milliseconds(5000)}));
    answer.body.erase(answer.body.find_last_not_of("\r\n ") + 1);
    if (answer.status != 200 || answer.body.empty()) {
      return failure("nginx does not say " + what + " (status " + std::to_string(answer.status) + ")",
                     "It may run an older configuration. See its log: " + nginx_->how_to_read_its_log());
    }
    if (i > 0 && agreed != answer.body) return failure("nginx's workers do not agree on " + what);
    agreed = std::move(answer.body);
  }
  return agreed;
}

// Its reload is proved, so the file is what every worker that takes connections has read.
Outcome<Color> NginxProxy::active_in_file(const Site& site) {
  const auto name = app_file_name(site.project, site.app);
  TRY_ASSIGN(auto files, files_->read({name}));
  TRY_ASSIGN(const auto published, parse_site(files[name]));
  return published.site.reload_active;
}

Outcome<Color> NginxProxy::confirm(const Site& site) {
  const auto* asked = find_http_route(site);  // of TCP nginx can say nothing
  if (asked == nullptr) {
    if (site.mode == SwitchMode::reload) return active_in_file(site);
    TRY_ASSIGN(const bool is_green, files_->has_marker(marker(site.app)));
    return is_green ? Color::green : Color::blue;
  }
  const auto what = "which environment of " + site.app + " is active";
  TRY_ASSIGN(const auto answer,
             ask_the_workers(preview_host(site.project, asked->service), "/.bluegreen/active", what));
  if (const auto color = parse_color(answer)) return *color;
  return failure("nginx does not say " + what + ", but " + answer.substr(0, 80));
}

// ---- maintenance ----------------------------------------------------------------------------------------------

Done NginxProxy::begin_maintenance(const Site& site, const std::string& page) {
  TRY_ASSIGN(auto wanted, published(site));
  wanted.maintenance = true;
  TRY_WITHIN("configure nginx for " + site.app, change(site.app, wanted, Go::live));
  {
    TRY_ASSIGN(const auto lock, files_->lock());
    TRY(files_->write(maintenance_page_name(settings_.project, site.app), page));
  }
  return files_->create_marker(maintenance_marker_name(settings_.project, site.app));
}

Done NginxProxy::end_maintenance(const Site& site) {
  return files_->remove_marker(maintenance_marker_name(settings_.project, site.app));
}

Outcome<bool> NginxProxy::confirm_maintenance(const Site& site) {
  const auto* asked = find_http_route(site);
  if (asked == nullptr) return failure("no requests go to " + site.app);
  TRY_ASSIGN(const auto answer, ask_the_workers(preview_host(site.project, asked->service), maintenance_answer_path,
                                                "whether " + site.app + " is in maintenance"));
  return answer == "on";
}

Outcome<PreviewAnswer> NginxProxy::preview(const PreviewQuery& query) {
  ListenerQuery ask{query.path, {"Host: " + preview_host(query.project, query.service)}, query.timeout};
  if (!query.host.empty()) ask.headers.push_back("X-Bluegreen-Host: " + query.host);
  TRY_ASSIGN(auto answer, preview_client_.ask(ask));
  auto upstream = answer.headers["x-bluegreen-upstream"];
  // Where no server was there to be asked, nginx gives the upstream's name.
  if (upstream.find(':') == std::string::npos) upstream.clear();
  return PreviewAnswer{answer.status, upstream, std::move(answer.body)};
}

// ---- counting -------------------------------------------------------------------------------------------------

// Established connections carry a request or wait for one; those being established carry one already. All other states
// carry none that the app still has to serve: either nginx has closed (FIN_WAIT, LAST_ACK, CLOSING, TIME_WAIT), or the
// app has sent all it had to say and closed (CLOSE_WAIT), and what is on the way to the client is in nginx's own
// memory.
Outcome<int> NginxProxy::count_connections(const std::vector<Endpoint>& endpoints) {
  TRY_ASSIGN(const auto tables, nginx_->read_socket_tables());
  return static_cast<int>(std::ranges::count_if(parse_socket_tables(tables), [&](const Socket& socket) {
    return socket.state != Socket::State::listening && std::ranges::find(endpoints, socket.remote) != endpoints.end();
  }));
}

Outcome<int> NginxProxy::count_old_workers() {
  TRY_ASSIGN(const auto processes, nginx_->list_processes());
  return static_cast<int>(find_workers(processes).shutting_down.size());
}

std::string NginxProxy::reload_hazard() {
  if (!has_reloaded_) return "";
  const auto nginx = version();
  return nginx ? bluegreen::reload_hazard(*nginx) : "";
}

std::string NginxProxy::preview_address() {
  return people_find_it_at_.empty() ? "" : people_find_it_at_ + ":" + std::to_string(settings_.preview_port);
}

}  // namespace bluegreen
