// SPDX-License-Identifier: MIT
// Proxy over a real nginx in a container: files in its conf.d, HUP to its master, its processes and its log, requests
// to its preview listener. What the files say is config_text.h; which of them change is conf_changes.h.
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
#include "nginx/preview_client.h"

namespace bluegreen {

enum class EnginePlace { local, remote };

struct NginxSettings {
  std::string project;
  std::string container;  // nginx's, id or name
  std::uint16_t listen = 80;
  std::uint16_t preview_port = 7999;
  EnginePlace engine_place = EnginePlace::local;
  std::function<std::unique_ptr<ConfFiles>()> open_conf_files;  // nothing: the directory that is mounted there
};

class NginxProxy : public Proxy {
 public:
  // Error: no such container, or nothing mounted where conf.d is.
  static Outcome<std::unique_ptr<NginxProxy>> open(Engine& engine, Clock& clock, NginxSettings settings);

  Outcome<ProxyState> observe() override;
  Done configure(const Site& site) override;
  Done check(const Site& site) override;
  Done withdraw(const std::string& app) override;
  Done activate(const Site& site, Color color) override;
  Outcome<Color> confirm(const Site& site) override;
  Outcome<PreviewAnswer> preview(const PreviewQuery& query) override;
  Outcome<int> count_connections(const std::vector<Endpoint>& endpoints) override;
  Outcome<int> count_old_workers() override;
  std::string preview_address() override;

 private:
  NginxProxy(Engine& engine, Clock& clock, NginxSettings settings, const ContainerDetail& nginx,
             const std::string& source);

  enum class Go { only_test, live };

  [[nodiscard]] std::string candidate_dir() const;
  [[nodiscard]] std::string marker(const std::string& app) const;
  Outcome<PublishedSite> published(const Site& site);
  Outcome<FileTexts> read_generated(const std::set<std::string>& names);
  Outcome<ContainerDetail> running_nginx();
  Done set_marker(const std::string& app, Color active);
  Done keep_active(const FileTexts& live, const PublishedSite& wanted);

  Done change(const std::string& app, const std::optional<PublishedSite>& wanted, Go go);
  Done test(const ContainerDetail& nginx, const ConfChanges& changes);
  Done move_into_place(const ConfChanges& changes);
  Done take(const ContainerDetail& nginx, const ConfChanges& changes, const FileTexts& live);

  Engine& engine_;
  Clock& clock_;
  NginxSettings settings_;
  std::string id_;      // of the container
  std::string source_;  // conf.d on the engine's machine
  std::string address_;
  std::unique_ptr<ConfFiles> files_;
  PreviewClient preview_client_;
  std::optional<bool> has_keepalive_min_timeout_;
};

}  // namespace bluegreen
