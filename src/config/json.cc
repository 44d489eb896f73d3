// SPDX-License-Identifier: MIT
#include "config/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <type_traits>
#include <utility>

#include "config/json_fields.h"
#include "config/redact.h"
#include "config/yaml_text.h"

namespace bluegreen {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  // as json_fields.h has it, for people

struct AnyField {
  void operator()(auto&&...) const {}
};
template <class T>
concept Struct = requires(T& value) { visit(Tag<T>{}, AnyField{}, value); };

// ---- writing --------------------------------------------------------------------------------------------------

template <class T>
OrderedJson write(const T& value);

struct Writer {
  OrderedJson& json;
  template <class T>
  void operator()(const char* name, const T& field, const T& initial) const {
    if (field != initial) json[name] = write(field);
  }
};

OrderedJson write_value(const std::string& value) { return value; }
OrderedJson write_value(bool value) { return value; }
OrderedJson write_value(std::integral auto value) { return value; }
OrderedJson write_value(Seconds value) { return Milliseconds(value).count(); }
OrderedJson write_value(Milliseconds value) { return value.count(); }

template <class T>
OrderedJson write_value(const std::optional<T>& value) {
  return write(*value);  // an absent one equals its default and is never written
}

template <class T>
OrderedJson write_value(const std::vector<T>& list) {
  auto json = OrderedJson::array();
  for (const auto& item : list) json.push_back(write(item));
  return json;
}

template <class T>
OrderedJson write_value(const std::map<std::string, T>& map) {
  auto json = OrderedJson::object();
  auto& entries = *json.get_ptr<OrderedJson::object_t*>();
  for (const auto& [key, value] : map)
    entries.emplace_back(key, write(value));  // [] would search all entries each time
  return json;
}

template <class T>
OrderedJson write(const T& value) {
  if constexpr (Struct<T>) {
    auto json = OrderedJson::object();
    const T initial{};
    visit(Tag<T>{}, Writer{json}, value, initial);
    return json;
  } else if constexpr (std::is_enum_v<T>) {
    return words(Tag<T>{})[static_cast<std::size_t>(value)];
  } else {
    return write_value(value);
  }
}

template <class T>
std::string to_line(const T& value) {
  return Json(write(value)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// ---- reading --------------------------------------------------------------------------------------------------

// The first thing that does not fit; "" when all does.
using Problem = std::string;

template <class T>
void read(const Json& json, T& value, const std::string& name, Problem& problem);

void wrong_type(const std::string& name, Problem& problem) {
  if (problem.empty()) problem = fmt::format("the field {} has a wrong value", name);
}

void read_value(const Json& json, std::string& value, const std::string& name, Problem& problem) {
  if (!json.is_string()) return wrong_type(name, problem);
  value = json.get<std::string>();
}

void read_value(const Json& json, bool& value, const std::string& name, Problem& problem) {
  if (!json.is_boolean()) return wrong_type(name, problem);
  value = json.get<bool>();
}

void read_value(const Json& json, std::integral auto& value, const std::string& name, Problem& problem) {
  if (!json.is_number_integer() || !std::in_range<std::remove_reference_t<decltype(value)>>(json.get<std::int64_t>()))
    return wrong_type(name, problem);
  value = json.get<std::remove_reference_t<decltype(value)>>();
}

template <class Period>
void read_value(const Json& json, std::chrono::duration<std::int64_t, Period>& value, const std::string& name,
                Problem& problem) {
  std::int64_t count = 0;
  read_value(json, count, name, problem);
  value = std::chrono::duration_cast<std::chrono::duration<std::int64_t, Period>>(Milliseconds(count));
}

template <class T>
void read_value(const Json& json, std::optional<T>& value, const std::string& name, Problem& problem) {
  read(json, value.emplace(), name, problem);
}

template <class T>
void read_value(const Json& json, std::vector<T>& list, const std::string& name, Problem& problem) {
  if (!json.is_array()) return wrong_type(name, problem);
  list.clear();
  for (const auto& item : json) read(item, list.emplace_back(), name, problem);
}

template <class T>
void read_value(const Json& json, std::map<std::string, T>& map, const std::string& name, Problem& problem) {
  if (!json.is_object()) return wrong_type(name, problem);
  map.clear();
  for (const auto& [key, value] : json.items()) read(value, map[key], name, problem);
}

struct Reader {
  const Json& json;
  Problem& problem;
  std::set<std::string>& known;
  template <class T>
  void operator()(const char* name, T& field) const {
    known.insert(name);
    if (const auto found = json.find(name); found != json.end()) read(*found, field, name, problem);
  }
};

template <class T>
void read(const Json& json, T& value, const std::string& name, Problem& problem) {
  if constexpr (Struct<T>) {
    if (!json.is_object()) return wrong_type(name, problem);
    std::set<std::string> known;
    visit(Tag<T>{}, Reader{json, problem, known}, value);
    for (const auto& [key, ignored] : json.items())
      if (problem.empty() && !known.contains(key)) problem = fmt::format("the field {} is unknown", key);
  } else if constexpr (std::is_enum_v<T>) {
    const auto all = words(Tag<T>{});
    const auto found = json.is_string() ? std::ranges::find(all, json.get<std::string>()) : all.end();
    if (found == all.end()) return wrong_type(name, problem);
    value = static_cast<T>(found - all.begin());
  } else {
    read_value(json, value, name, problem);
  }
}

template <class T>
Outcome<T> from_text(const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return failure("the record is not JSON", "It is damaged; deploy the release anew.");
  T value{};
  Problem problem;
  read(json, value, "record", problem);
  if (!problem.empty())
    return failure(problem, "It was written by another version of bluegreen; deploy the release anew.");
  return value;
}

}  // namespace

std::string service_to_json(const Service& service) { return to_line(service); }
std::string app_to_json(const App& app) { return to_line(app); }
std::string project_to_json(const Project& project, Secrets secrets) {
  return to_line(secrets == Secrets::hidden ? redacted(project) : project);
}

Outcome<Service> service_from_json(const std::string& json) { return from_text<Service>(json); }
Outcome<App> app_from_json(const std::string& json) { return from_text<App>(json); }
Outcome<Project> project_from_json(const std::string& json) { return from_text<Project>(json); }

std::string project_to_yaml(const Project& project, Secrets secrets) {
  return yaml_text(write(secrets == Secrets::hidden ? redacted(project) : project));
}

std::string digest_of(const Service& service) {
  __extension__ using Wide = unsigned __int128;
  constexpr Wide offset = Wide{0x6c62272e07bb0142} << 64 | 0x62b821756295c58d;
  constexpr Wide prime = Wide{1} << 88 | 0x13b;
  auto bare = service;
  bare.digest.clear();
  Wide hash = offset;
  for (const char c : service_to_json(bare)) hash = (hash ^ static_cast<unsigned char>(c)) * prime;
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(hash >> 64), static_cast<std::uint64_t>(hash));
}

}  // namespace bluegreen
