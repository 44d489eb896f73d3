// SPDX-License-Identifier: MIT
#include "nginx/conf_changes.h"

#include <algorithm>
#include <utility>

#include "nginx/include_text.h"
#include "nginx/stream_text.h"
#include "nginx/unknown_hosts_text.h"

namespace bluegreen {

namespace {

bool is_host_file_name(std::string_view name) { return name.starts_with("bluegreen-host.") && name.ends_with(".conf"); }
bool is_unknown_hosts_file_name(std::string_view name) {
  return name.starts_with("00-bluegreen.") && name.ends_with(".conf");
}

std::string text_in(const FileTexts& files, const std::string& name) {
  const auto found = files.find(name);
  return found == files.end() ? std::string() : found->second;
}

// A new app's upstreams, then the hosts that use them, then the apps that no longer serve those hosts themselves.
int write_rank(const std::string& name, const FileTexts& live) {
  if (name == shared_file_name || is_unknown_hosts_file_name(name)) return 0;
  if (is_of_one_app(name)) return live.contains(name) ? 3 : 1;
  return 2;
}

int removal_rank(const std::string& name) {
  if (is_host_file_name(name)) return 0;
  return name == shared_file_name || is_unknown_hosts_file_name(name) ? 2 : 1;
}

// What several apps share is needed as long as any of them is there, also one that cannot be read: the maps for all,
// what unknown hosts are told for those of one project.
bool is_still_needed(const std::string& name, const FileTexts& live, const std::string& project,
                     const std::string& own_file) {
  const auto needs_it = [&](const std::string& file) {
    return name == shared_file_name ? is_app_file_name(file) : is_app_file_of(project, file);
  };
  return (name == shared_file_name || is_unknown_hosts_file_name(name)) &&
         std::ranges::any_of(live, [&](const auto& file) { return file.first != own_file && needs_it(file.first); });
}

}  // namespace

bool is_app_file_name(const std::string& name) {
  return name.starts_with("bluegreen.") && name.ends_with(".conf") && name != shared_file_name;
}

bool is_app_file_of(const std::string& project, const std::string& name) {
  return is_app_file_name(name) && name.starts_with("bluegreen." + project + ".");
}

bool is_of_one_app(const std::string& name) {
  return is_app_file_name(name) || is_include_file_name(name) || is_stream_file_name(name);
}

bool is_generated_name(const std::string& name) {
  return name == shared_file_name || is_of_one_app(name) || is_host_file_name(name) || is_unknown_hosts_file_name(name);
}

std::vector<PublishedSite> parse_sites(const FileTexts& live) {
  std::vector<PublishedSite> sites;
  for (const auto& [name, text] : live) {
    if (!is_app_file_name(name)) continue;
    auto site = parse_site(text);
    if (site && app_file_name(site->site.project, site->site.app) == name) sites.push_back(std::move(*site));
  }
  return sites;
}

Outcome<ConfChanges> plan_changes(const FileTexts& live, const std::string& project, const std::string& app,
                                  const std::optional<PublishedSite>& wanted, std::string_view conf_dir) {
  const auto own_file = app_file_name(project, app);
  const std::set<std::string> own{own_file, include_file_name(project, app), stream_file_name(project, app)};
  const auto sites_before = parse_sites(live);
  auto sites_after = sites_before;
  std::erase_if(sites_after, [&](const auto& each) { return each.site.project == project && each.site.app == app; });
  if (wanted) sites_after.push_back(*wanted);
  TRY(check_sites(sites_after));

  const auto after = render_all(sites_after, conf_dir);
  std::optional<FileTexts> before;  // only asked where another app's file differs
  const auto has_been_so = [&](const std::string& name, const std::string& text) {
    if (!before) before = render_all(sites_before, conf_dir);
    return text_in(*before, name) == text;
  };
  ConfChanges changes;
  const auto is_foreign = [&](const std::string& name) {
    if (is_unknown_hosts_file_name(name)) return name != unknown_hosts_file_name(project);
    return is_of_one_app(name) && !own.contains(name);
  };
  for (const auto& [name, text] : after) {
    if (text_in(live, name) == text || (is_foreign(name) && has_been_so(name, text))) continue;
    changes.writes.emplace_back(name, text);
  }
  for (const auto& [name, text] : live) {
    if (is_foreign(name) || after.contains(name) || !is_generated_name(name)) continue;
    if (is_still_needed(name, live, project, own_file)) continue;
    changes.removals.push_back(name);
  }
  std::ranges::stable_sort(changes.writes, {}, [&](const auto& file) { return write_rank(file.first, live); });
  std::ranges::stable_sort(changes.removals, {}, removal_rank);
  return changes;
}

ConfChanges invert(const ConfChanges& changes, const FileTexts& live) {
  ConfChanges back;
  for (auto name = changes.removals.rbegin(); name != changes.removals.rend(); ++name) {
    back.writes.emplace_back(*name, text_in(live, *name));
  }
  for (auto file = changes.writes.rbegin(); file != changes.writes.rend(); ++file) {
    if (live.contains(file->first)) {
      back.writes.emplace_back(file->first, text_in(live, file->first));
    } else {
      back.removals.push_back(file->first);
    }
  }
  return back;
}

}  // namespace bluegreen
