// SPDX-License-Identifier: MIT
#include "cli/file_history.h"

#include <sys/stat.h>
#include <unistd.h>

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
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  (void)::chmod(std::filesystem::path(path).parent_path().c_str(), 0700);
  TRY_WITHIN("write the history",
             write_file(path, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n", 0600));
  return {};
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

std::string FileHistory::path_of(const std::string& app) const {
  return directory_ + "/" + project_ + "/" + app + ".json";
}

Done FileHistory::record(const ReleaseRecord& release) {
  const auto path = path_of(release.app.name);
  auto json = load(path);
  auto& releases = json["releases"];
  std::erase_if(releases.get_ref<Json::array_t&>(),
                [&](const Json& each) { return each.is_object() && string_of(each, "id") == release.id; });
  releases.push_back({{"id", release.id},
                      {"created", release.created.time_since_epoch().count()},
                      {"app", Json::parse(app_to_json(release.app), nullptr, false)},
                      {"images", release.images},
                      {"digests", release.digests}});
  keep_last(releases, releases_kept);
  return store(path, json);
}

Done FileHistory::record_activation(const std::string& app, const Activation& activation) {
  const auto path = path_of(app);
  auto json = load(path);
  json["activations"].push_back({{"release", activation.release},
                                 {"color", name_of(activation.color)},
                                 {"at", activation.at.time_since_epoch().count()}});
  keep_last(json["activations"], activations_kept);
  return store(path, json);
}

Outcome<std::vector<ReleaseRecord>> FileHistory::releases(const std::string& app) {
  std::vector<ReleaseRecord> records;
  const auto json = load(path_of(app));
  for (const auto& each : json["releases"]) {
    if (!each.is_object() || !each.contains("app")) continue;
    auto resolved = app_from_json(each["app"].dump());
    if (!resolved) continue;  // written by another version: not one to go back to
    records.push_back({string_of(each, "id"), time_of(each.value("created", Json())), std::move(*resolved),
                       strings_of(each.value("images", Json())), strings_of(each.value("digests", Json()))});
  }
  return records;
}

Outcome<std::vector<Activation>> FileHistory::activations(const std::string& app) {
  std::vector<Activation> activations;
  const auto json = load(path_of(app));
  for (const auto& each : json["activations"]) {
    if (!each.is_object()) continue;
    activations.push_back({string_of(each, "release"), parse_color(string_of(each, "color")).value_or(Color::blue),
                           time_of(each.value("at", Json()))});
  }
  return activations;
}

}  // namespace bluegreen
