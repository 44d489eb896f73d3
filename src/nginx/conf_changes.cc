// SPDX-License-Identifier: MIT
#include "nginx/conf_changes.h"

#include <algorithm>
#include <utility>

namespace bluegreen {

namespace {

bool is_host_file_name(std::string_view name) { return name.starts_with("bluegreen-host.") && name.ends_with(".conf"); }

std::string text_in(const FileTexts& files, const std::string& name) {
  const auto found = files.find(name);
  return found == files.end() ? std::string() : found->second;
}

// A new app's upstreams, then the hosts that use them, then the apps that no longer serve those hosts themselves.
int write_rank(const std::string& name, const FileTexts& live) {
  if (name == shared_file_name) return 0;
  if (is_app_file_name(name)) return live.contains(name) ? 3 : 1;
  return 2;
}

int removal_rank(const std::string& name) {
  if (is_host_file_name(name)) return 0;
  return name == shared_file_name ? 2 : 1;
}

// The maps are needed as long as any app file is there, also one that cannot be read.
bool is_shared_file_needed(const FileTexts& live, const std::string& own_file) {
  return std::ranges::any_of(live,
                             [&](const auto& file) { return is_app_file_name(file.first) && file.first != own_file; });
}

}  // namespace

bool is_app_file_name(const std::string& name) {
  return name.starts_with("bluegreen.") && name.ends_with(".conf") && name != shared_file_name;
}

bool is_app_file_of(const std::string& project, const std::string& name) {
  return is_app_file_name(name) && name.starts_with("bluegreen." + project + ".");
}

bool is_generated_name(const std::string& name) {
  return name == shared_file_name || is_app_file_name(name) || is_host_file_name(name);
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
  const auto sites_before = parse_sites(live);
  auto sites_after = sites_before;
  std::erase_if(sites_after, [&](const auto& each) { return each.site.project == project && each.site.app == app; });
  if (wanted) sites_after.push_back(*wanted);
  TRY(check_sites(sites_after));

  const auto before = render_all(sites_before, conf_dir);
  const auto after = render_all(sites_after, conf_dir);
  ConfChanges changes;
  for (const auto& [name, text] : after) {
    const bool is_foreign = is_app_file_name(name) && name != own_file;
    if (is_foreign && text_in(before, name) == text) continue;
    if (text_in(live, name) != text) changes.writes.emplace_back(name, text);
  }
  for (const auto& [name, text] : live) {
    const bool is_foreign = is_app_file_name(name) && name != own_file;
    if (is_foreign || after.contains(name) || !is_generated_name(name)) continue;
    if (name == shared_file_name && is_shared_file_needed(live, own_file)) continue;
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
