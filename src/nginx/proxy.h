// SPDX-License-Identifier: MIT
// Proxy over a real nginx: files in its conf.d, requests to its preview listener, and what nginx.h knows of its
// process. What the files say is config_text.h; which of them change is conf_changes.h.
//
// A change of the configuration, in order:
//   1. lock conf.d; compute the changed files; nothing to change and no earlier change interrupted: done
//   2. conf.d is copied into a candidate directory inside it, the changes laid over, `nginx -t` asked about it
//   3. the files move into place one by one; each moment between is a valid configuration
//   4. HUP, and proof: new workers, and none of the old ones takes connections any more
//   5. the candidate directory goes away
// Refused in 2: nothing has changed. Not taken in 4: the previous files go back. Killed anywhere: the candidate
// directory is still there, and tells the next run that nginx may not have read the files yet.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "deploy/ports.h"
#include "nginx/conf_changes.h"
#include "nginx/conf_files.h"
#include "nginx/container_nginx.h"
#include "nginx/preview_client.h"

namespace bluegreen {

struct NginxSettings {
  std::string project;
  std::string container;  // nginx's, id or name
  std::uint16_t listen = 80;
  std::uint16_t listen_tls = 443;
  std::uint16_t preview_port = 7999;
  std::string acme = {};
  std::uint16_t unknown_host = 421;
  EnginePlace engine_place = EnginePlace::local;
  std::optional<NginxOnHost> host;                              // it is there, and in no container
  std::function<std::unique_ptr<ConfFiles>()> open_conf_files;  // nothing: the directory that is mounted there
};

class NginxProxy : public Proxy {
 public:
  // Error: no such container, or nothing mounted where conf.d is; nginx on this machine and the engine on another.
  static Outcome<std::unique_ptr<NginxProxy>> open(Engine& engine, Clock& clock, NginxSettings settings);

  Outcome<ProxyState> observe() override;
  Done configure(const Site& site) override;
  Done check(const Site& site) override;
  Done withdraw(const std::string& app) override;
  Done reload() override;
  Done activate(const Site& site, Color color) override;
  Done begin_maintenance(const Site& site, const std::string& page) override;
  Done end_maintenance(const Site& site) override;
  Outcome<bool> confirm_maintenance(const Site& site) override;
  Outcome<Color> confirm(const Site& site) override;
  Outcome<PreviewAnswer> preview(const PreviewQuery& query) override;
  Outcome<int> count_connections(const std::vector<Endpoint>& endpoints) override;
  Outcome<int> count_old_workers() override;
  std::string reload_hazard() override;
  std::string preview_address() override;

 private:
  struct Reached {
    std::unique_ptr<Nginx> nginx;
    std::unique_ptr<ConfFiles> files;
    std::string preview_address;    // of the preview listener, from here; empty: only inside
    std::string people_find_it_at;  // the address that they are told; empty: unknown
    RunInside run_inside;
  };
  NginxProxy(Clock& clock, NginxSettings settings, Reached reached);

  static Outcome<Reached> reach_container(Engine& engine, Clock& clock, const NginxSettings& settings);
  static Outcome<Reached> reach_host(const NginxSettings& settings);

  enum class Go { only_test, live };

  [[nodiscard]] std::string conf_dir() const;  // as nginx sees it
  [[nodiscard]] std::string candidate_dir() const;
  [[nodiscard]] std::string marker(const std::string& app) const;
  Outcome<PublishedSite> published(const Site& site);
  Outcome<NginxVersion> version();
  Outcome<FileTexts> read_generated(const std::set<std::string>& names);
  Done set_marker(const std::string& app, Color active);
  Outcome<std::string> ask_the_workers(const std::string& host, std::string_view path, const std::string& what);
  Done keep_maintenance(const std::optional<PublishedSite>& now, PublishedSite& wanted);
  Done keep_active(const std::optional<PublishedSite>& now, const PublishedSite& wanted);

  Done change(const std::string& app, std::optional<PublishedSite> wanted, Go go);
  [[nodiscard]] std::vector<std::string> names_to_prove(const ConfChanges& changes) const;
  Outcome<Color> active_in_file(const Site& site);
  Done test(const ConfChanges& changes);
  Done move_into_place(const ConfChanges& changes);
  Done take(const ConfChanges& changes, const FileTexts& live);

  Clock& clock_;
  NginxSettings settings_;
  std::unique_ptr<Nginx> nginx_;
  std::unique_ptr<ConfFiles> files_;
  std::string people_find_it_at_;
  PreviewClient preview_client_;
  std::optional<NginxVersion> version_;
  bool has_reloaded_ = false;
};

}  // namespace bluegreen
