// SPDX-License-Identifier: MIT
// The list of all containers: of a thousand it is more than a megabyte, of which we want a tenth. So it is read as it
// comes and never made into a tree, which took as long as the engine takes to write it.
#include <algorithm>
#include <limits>

#include "docker/answers.h"
#include "docker/json.h"

namespace bluegreen::docker {
namespace {

// It says it only in words: "Up 3 seconds (health: starting)".
HealthState health_in_status(std::string_view status) {
  if (status.ends_with("(healthy)")) return HealthState::healthy;
  if (status.ends_with("(unhealthy)")) return HealthState::unhealthy;
  if (status.ends_with("(health: starting)")) return HealthState::starting;
  return HealthState::none;
}

// A linked container has further names, with a slash inside: /other/alias.
std::string own_name(const std::vector<std::string>& names) {
  const auto own = std::ranges::find_if(names, [](const auto& name) { return name.rfind('/') == 0; });
  return own != names.end() ? without_slash(*own) : names.empty() ? "" : without_slash(names.front());
}

// An array of objects, each with an Id; anything else ends the reading.
class ListReader : public nlohmann::json_sax<json> {
 public:
  std::vector<Container> containers;

  bool null() override { return take(""); }
  bool boolean(bool) override { return take(""); }
  bool number_float(double, const std::string&) override { return take(""); }
  bool string(std::string& text) override { return take(text); }
  bool binary(json::binary_t&) override { return false; }
  bool number_unsigned(std::uint64_t number) override {
    return number_integer(std::in_range<std::int64_t>(number) ? static_cast<std::int64_t>(number) : 0);
  }
  bool number_integer(std::int64_t number) override {
    constexpr std::int64_t end_of_9999 = 253'402'300'799;
    if (path_.size() == 2 && path_[1] == "Created")
      containers.back().created = WallTime(Seconds(std::clamp<std::int64_t>(number, 0, end_of_9999)));
    return take("");
  }

  bool start_array(std::size_t) override { return path_.size() != 1 && open(); }
  bool end_array() override { return close(); }
  bool start_object(std::size_t) override {
    if (path_.size() == 1) containers.emplace_back();
    return !path_.empty() && open();
  }
  bool end_object() override {
    close();
    if (path_.size() > 1) return true;
    containers.back().name = own_name(names_);
    names_.clear();
    return !containers.back().id.empty();
  }
  bool key(std::string& name) override {
    path_.back() = std::move(name);
    if (path_.size() == 4 && is_in_networks()) containers.back().addresses[path_.back()];
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool open() {
    path_.emplace_back();
    return true;
  }
  bool close() {
    path_.pop_back();
    return true;
  }
  [[nodiscard]] bool is_in_networks() const { return path_[1] == "NetworkSettings" && path_[2] == "Networks"; }

  bool take(const std::string& text) {
    if (path_.size() < 2) return false;
    auto& container = containers.back();
    const auto& field = path_[1];
    if (path_.size() == 2) {
      if (field == "Id") container.id = text;
      if (field == "ImageID") container.image_id = text;
      if (field == "State") container.state = run_state(text);
      if (field == "Status") container.health = health_in_status(text);
    } else if (path_.size() == 3) {
      if (field == "Names" && !text.empty()) names_.push_back(text);
      if (field == "Labels" && !path_[2].empty()) container.labels[path_[2]] = text;
    } else if (path_.size() == 5 && path_[4] == "IPAddress" && is_in_networks()) {
      container.addresses[path_[3]] = text;
    }
    return true;
  }

  std::vector<std::string> path_;   // for each open array or object: the name of the member that is being read
  std::vector<std::string> names_;  // of the container that is being read
};

}  // namespace

Outcome<std::vector<Container>> read_container_list(std::string_view body) {
  ListReader reader;
  if (!json::sax_parse(body, &reader)) return senseless();
  return std::move(reader.containers);
}

}  // namespace bluegreen::docker
