// SPDX-License-Identifier: MIT
#include "cli/file_history.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "config/json.h"
#include "system/files.h"

namespace bluegreen {

namespace {

using Json = nlohmann::json;

constexpr std::size_t releases_kept = 20;
constexpr std::size_t activations_kept = 100;

Json load(const std::string& path) {
  const auto text = read_file(path);
  auto json = text ? Json::parse(*text, nullptr, false) : Json();
  if (!json.is_object()) json = Json::object();  // absent or damaged: a history starts anew
  for (const auto* key : {"releases", "activations"}) {
    if (!json[key].is_array()) json[key] = Json::array();
  }
  return json;
}

void keep_last(Json& array, std::size_t count) {
  if (array.size() > count) array.erase(array.begin(), array.end() - static_cast<std::ptrdiff_t>(count));
}

Done store(const std::string& path, const Json& json) {
  return write_file(path, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n", 0600);
}

WallTime time_of(const Json& json) {
  return WallTime(Milliseconds(json.is_number_integer() ? json.get<std::int64_t>() : 0));
}

std::map<std::string, std::string> strings_of(const Json& json) {
  std::map<std::string, std::string> strings;
  if (!json.is_object()) return strings;
  for (const auto& [key, value] : json.items()) {
    if (value.is_string()) strings[key] = value.get<std::string>();
  }
  return strings;
}

std::string string_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// An id becomes the name of a file.
bool is_file_name(const std::string& id) {
  return !id.empty() && !id.starts_with('.') && id.find('/') == std::string::npos && id.find('\0') == std::string::npos;
}

// What no listed release needs any more, whatever left it there.
void remove_unlisted(const std::string& directory, const Json& releases) {
  const auto names = list_directory(directory);
  if (!names) return;
  for (const auto& name : *names) {
    const bool listed = std::ranges::any_of(
        releases, [&](const Json& each) { return each.is_object() && string_of(each, "id") + ".json" == name; });
    if (!listed) (void)remove_file(directory + "/" + name);
  }
}

}  // namespace

std::string state_directory() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  if (const auto chosen = variable("BLUEGREEN_STATE_DIR"); !chosen.empty()) return chosen;
  if (::geteuid() == 0) return "/var/lib/bluegreen";
  if (const auto state = variable("XDG_STATE_HOME"); state.starts_with('/')) return state + "/bluegreen";
  return variable("HOME") + "/.local/state/bluegreen";
}

FileHistory::FileHistory(std::string directory, std::string project)
    : directory_(std::move(directory)), project_(std::move(project)) {}

std::string FileHistory::project_directory() const { return directory_ + "/" + project_; }
std::string FileHistory::list_path(const std::string& app) const { return project_directory() + "/" + app + ".json"; }
std::string FileHistory::releases_directory(const std::string& app) const {
  return project_directory() + "/" + app + ".releases";
}
std::string FileHistory::release_path(const std::string& app, const std::string& id) const {
  return releases_directory(app) + "/" + id + ".json";
}

// The state directory itself may be of the user's choice, for other things too: only what is ours is closed to others.
Done FileHistory::ensure_directories(const std::string& app) const {
  std::error_code error;
  if (!std::filesystem::is_directory(directory_, error)) {
    std::filesystem::create_directories(std::filesystem::path(directory_).parent_path(), error);
    TRY(ensure_directory(directory_, 0700));
  }
  TRY(ensure_own_directory(project_directory(), 0700));
  return ensure_own_directory(releases_directory(app), 0700);
}

Done FileHistory::record(const ReleaseRecord& release) {
  const auto& app = release.app.name;
  const auto path = list_path(app);
  TRY_WITHIN("write the history", ensure_directories(app));
  TRY_WITHIN("write the history", write_file(release_path(app, release.id), app_to_json(release.app) + "\n", 0600));
  auto json = load(path);
  auto& releases = json["releases"];
  std::erase_if(releases.get_ref<Json::array_t&>(),
                [&](const Json& each) { return each.is_object() && string_of(each, "id") == release.id; });
  releases.push_back({{"id", release.id},
                      {"created", release.created.time_since_epoch().count()},
                      {"images", release.images},
                      {"digests", release.digests}});
  keep_last(releases, releases_kept);
  TRY_WITHIN("write the history", store(path, json));
  remove_unlisted(releases_directory(app), releases);
  return {};
}

Done FileHistory::record_activation(const std::string& app, const Activation& activation) {
  const auto path = list_path(app);
  TRY_WITHIN("write the history", ensure_directories(app));
  auto json = load(path);
  json["activations"].push_back({{"release", activation.release},
                                 {"color", name_of(activation.color)},
                                 {"at", activation.at.time_since_epoch().count()}});
  keep_last(json["activations"], activations_kept);
  TRY_WITHIN("write the history", store(path, json));
  return {};
}

Outcome<std::vector<ReleaseRecord>> FileHistory::releases(const std::string& app) {
  std::vector<ReleaseRecord> records;
  const auto json = load(list_path(app));
  for (const auto& each : json["releases"]) {
    if (!each.is_object() || !is_file_name(string_of(each, "id"))) continue;
    const auto text = read_file(release_path(app, string_of(each, "id")));
    auto resolved = text ? app_from_json(*text) : Outcome<App>(std::unexpected(text.error()));
    if (!resolved || resolved->name != app)
      continue;  // gone, damaged, or written by another version: none to go back to
    records.push_back({string_of(each, "id"), time_of(each.value("created", Json())), std::move(*resolved),
                       strings_of(each.value("images", Json())), strings_of(each.value("digests", Json()))});
  }
  return records;
}

Outcome<std::vector<Activation>> FileHistory::activations(const std::string& app) {
  std::vector<Activation> activations;
  const auto json = load(list_path(app));
  for (const auto& each : json["activations"]) {
    if (!each.is_object()) continue;
    activations.push_back({string_of(each, "release"), parse_color(string_of(each, "color")).value_or(Color::blue),
                           time_of(each.value("at", Json()))});
  }
  return activations;
}

}  // namespace bluegreen
