// SPDX-License-Identifier: MIT
#include "config/variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/text.h"

namespace bluegreen {
namespace {

constexpr int deepest = 20;
constexpr std::size_t largest_tree = std::size_t{8} * 1024 * 1024;

bool begins_name(char c) { return is_letter(c) || c == '_'; }

std::size_t name_length(std::string_view text) {
  if (text.empty() || !begins_name(text[0])) return 0;
  const auto end = std::ranges::find_if_not(text, [](char c) { return begins_name(c) || is_digit(c); });
  return static_cast<std::size_t>(end - text.begin());
}

// The end of "{...}" at the front, its closing brace; braces inside count, as in Compose.
std::size_t closing_brace(std::string_view text) {
  int open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++open;
    if (text[i] == '}' && --open == 0) return i;
  }
  return std::string_view::npos;
}

class Interpolator {
 public:
  Interpolator(const Variables& variables, std::size_t limit) : variables_(variables), limit_(limit) {}

  Done append(std::string_view text, int depth, std::string& out) {
    if (depth > deepest) return failure("variables are nested too deeply");
    while (true) {
      const auto dollar = text.find('$');
      out.append(text.substr(0, dollar));
      if (out.size() > limit_) return failure("becomes too long");
      if (dollar == std::string_view::npos) return {};
      text.remove_prefix(dollar + 1);
      TRY(append_variable(text, depth, out));
    }
  }

  std::vector<std::string> take_unset() { return std::move(unset_); }

 private:
  // `text` stands after the dollar sign; what belongs to the variable is removed from it.
  Done append_variable(std::string_view& text, int depth, std::string& out) {
    if (text.starts_with('$')) {
      out += '$';
      text.remove_prefix(1);
      return {};
    }
    if (const auto length = name_length(text); length > 0) {
      out += plain(text.substr(0, length));
      text.remove_prefix(length);
      return {};
    }
    const auto end = text.starts_with('{') ? closing_brace(text) : std::string_view::npos;
    if (end == std::string_view::npos) return failure("a $ that begins no variable; write $$ for a dollar sign");
    const auto inside = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return append_braced(inside, depth, out);
  }

  Done append_braced(std::string_view inside, int depth, std::string& out) {
    const auto length = name_length(inside);
    const auto name = inside.substr(0, length);
    auto rest = inside.substr(length);
    if (length == 0) return failure("a ${...} that names no variable; write $$ for a dollar sign");
    if (rest.empty()) {
      out += plain(name);
      return {};
    }
    const bool empty_counts_as_unset = rest.starts_with(':');
    if (empty_counts_as_unset) rest.remove_prefix(1);
    const char form = rest.empty() ? '\0' : rest.front();
    if (form != '-' && form != '+' && form != '?')
      return failure(
          fmt::format("a ${{{}...}} that is no form of a variable; write e.g. ${{{}:-default}}", name, name));
    rest.remove_prefix(1);
    const auto found = variables_.find(name);
    const bool set = found != variables_.end() && !(empty_counts_as_unset && found->second.empty());
    if (form == '+') return set ? append(rest, depth + 1, out) : Done{};
    if (set) {
      out += found->second;
      return {};
    }
    if (form == '-') return append(rest, depth + 1, out);
    std::string message;
    TRY(append(rest, depth + 1, message));
    return failure(fmt::format("the variable {} is required{}{}; set it in the environment or in .env", name,
                               message.empty() ? "" : ": ", message));
  }

  std::string_view plain(std::string_view name) {
    const auto found = variables_.find(name);
    if (found != variables_.end()) return found->second;
    unset_.emplace_back(name);
    return {};
  }

  const Variables& variables_;
  std::size_t limit_;
  std::vector<std::string> unset_;
};

class TreeInterpolator {
 public:
  TreeInterpolator(const Variables& variables, Complaints& complaints)
      : variables_(variables), complaints_(complaints) {}

  void visit(Node& node, const Place& place) {
    if (node.kind == Node::Kind::scalar && node.text.find('$') != std::string::npos) replace(node, place);
    for (std::size_t i = 0; i < node.items.size(); ++i) visit(node.items[i], field_of(node.items[i], place, i).place);
    for (auto& entry : node.entries)
      if (!entry.key.starts_with("x-") || entry.key == "x-bluegreen") visit(entry.value, field_of(entry, place).place);
  }

 private:
  void replace(Node& node, const Place& place) {
    auto result = interpolate(node.text, variables_, largest_tree - size_);
    if (!result) return complaints_.add(place, result.error().message);
    size_ += result->text.size();
    node.text = std::move(result->text);
    if (!is_utf8(node.text)) complaints_.add(place, "a variable brings text that is not UTF-8");
    for (const auto& name : result->unset)
      if (warned_.insert(name).second)
        complaints_.warn(place, fmt::format("the variable {} is not set; it becomes an empty text", name));
  }

  const Variables& variables_;
  Complaints& complaints_;
  std::size_t size_ = 0;
  std::set<std::string> warned_;
};

}  // namespace

Outcome<Interpolated> interpolate(std::string_view text, const Variables& variables, std::size_t limit) {
  Interpolator interpolator(variables, limit);
  Interpolated result;
  TRY(interpolator.append(text, 0, result.text));
  if (result.text.size() > limit) return failure("becomes too long");
  result.unset = interpolator.take_unset();
  return result;
}

void interpolate_tree(Node& root, const Variables& variables, Complaints& complaints) {
  TreeInterpolator(variables, complaints).visit(root, {root.at, ""});
}

}  // namespace bluegreen
