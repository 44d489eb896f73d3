// SPDX-License-Identifier: MIT
#include "config/yaml_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/text.h"

namespace bluegreen {
namespace {

using Json = nlohmann::ordered_json;

// Without quotes only what no YAML reader takes for anything else than text.
bool is_plain(const std::string& text) {
  static constexpr std::string_view safe = "_./-@*:~ =,";
  const auto is_safe = [](char c) { return is_letter(c) || is_digit(c) || safe.find(c) != std::string_view::npos; };
  if (text.empty() || !(is_letter(text[0]) || text[0] == '/') || !std::ranges::all_of(text, is_safe)) return false;
  if (text.find(": ") != std::string::npos || text.back() == ':' || text.back() == ' ') return false;
  const auto word = lower_case(text);
  return word != "true" && word != "false" && word != "yes" && word != "no" && word != "on" && word != "off" &&
         word != "null" && word != "y" && word != "n";
}

std::string scalar(const Json& json) {
  if (json.is_string() && is_plain(json.get_ref<const std::string&>())) return json.get<std::string>();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);  // JSON's strings are YAML's double-quoted ones
}

bool is_block(const Json& json) { return json.is_structured() && !json.empty(); }

void render(const Json& json, const std::string& indent, std::string& out);

void render_entry(const std::string& key, const Json& value, const std::string& indent, std::string& out) {
  out += scalar(Json(key)) + ":";
  if (is_block(value)) {
    out += "\n";
    render(value, indent + "  ", out);
  } else {
    out.append(" ").append(scalar(value)).append("\n");
  }
}

void render(const Json& json, const std::string& indent, std::string& out) {
  for (const auto& [key, value] : json.items()) {
    out += indent;
    if (json.is_object()) {
      render_entry(key, value, indent, out);
    } else if (is_block(value)) {
      std::string inner;
      render(value, indent + "  ", inner);
      out += "- " + inner.substr(indent.size() + 2);
    } else {
      out += "- " + scalar(value) + "\n";
    }
  }
}

}  // namespace

std::string yaml_text(const Json& json) {
  std::string out;
  render(json, "", out);
  return out;
}

}  // namespace bluegreen
