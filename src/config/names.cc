// SPDX-License-Identifier: MIT
#include "config/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }

bool all_in(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text,
                             [&](char c) { return is_alphanumeric(c) || others.find(c) != std::string_view::npos; });
}

Outcome<std::string> parse_name(std::string_view text, std::size_t longest) {
  if (text.empty() || !is_alphanumeric(text.front()) || !all_in(text, "_.-"))
    return failure(fmt::format("{} is not a name; use letters, digits, _ . - and begin with a letter or a digit",
                               in_quotes(text)));
  if (text.size() > longest)
    return failure(fmt::format("{} has {} characters; at most {} are possible", in_quotes(text), text.size(), longest));
  return std::string(text);
}

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && all_in(label, "-") && label.front() != '-' && label.back() != '-';
}

// Reads a snippet as nginx's own ngx_conf_read_token does
// (https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c).
class SnippetReader {
 public:
  explicit SnippetReader(std::string_view text) : text_(text) {}

  Done check() {
    while (at_ < text_.size()) TRY(text_[at_] == '#' ? skip_comment() : read_token());
    if (depth_ > 0) return failure("has a { that is never closed");
    if (in_directive_) return failure("the last directive has no ; at its end");
    return {};
  }

 private:
  Done skip_comment() {
    at_ = std::min(text_.find('\n', at_), text_.size());
    return {};
  }

  // At the beginning of a token.
  Done read_token() {
    const char c = text_[at_];
    if (is_space(c)) {
      ++at_;
    } else if (c == ';' || c == '{') {
      if (!in_directive_) return failure(fmt::format("has an unexpected {}", c));
      end_directive();
    } else if (c == '}') {
      if (in_directive_) return failure("has a directive without ; before a }");
      if (--depth_ < 0) return failure("has a } that closes nothing; the snippet must stay inside its location");
      ++at_;
    } else {
      in_directive_ = true;
      return c == '"' || c == '\'' ? read_quoted(c) : read_word();
    }
    return {};
  }

  Done read_quoted(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_)
      if (text_[at_] == '\\') ++at_;
    if (at_ >= text_.size()) return failure(fmt::format("has a {} that is never closed", quote));
    ++at_;
    if (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ';' && text_[at_] != '{' && text_[at_] != ')')
      return failure("has text right after a closing quote");
    return {};
  }

  // Ends before a space, ; or {. ${name} belongs to the word, and so does a }.
  Done read_word() {
    bool after_dollar = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (is_space(c) || c == ';' || (c == '{' && !after_dollar)) return {};
      if (c == '{') continue;  // nginx stays in the variable: ${{ opens nothing
      if (c == '\\') ++at_;
      after_dollar = c == '$';
    }
    if (at_ > text_.size()) return failure("ends with a backslash");
    return {};
  }

  void end_directive() {
    if (text_[at_] == '{') ++depth_;
    in_directive_ = false;
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool in_directive_ = false;
};

}  // namespace

Outcome<std::string> parse_resource_name(std::string_view text) { return parse_name(text, 200); }
Outcome<std::string> parse_service_name(std::string_view text) { return parse_name(text, longest_name); }
Outcome<std::string> parse_app_name(std::string_view text) { return parse_name(text, longest_app_name); }

Outcome<std::string> parse_project_name(std::string_view text) {
  const bool lower = std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (text.empty() || !is_alphanumeric(text.front()) || !all_in(text, "_-") || !lower)
    return failure(fmt::format(
        "{} is not a project name; use lower-case letters, digits, - and _, and begin with a letter or a digit",
        in_quotes(text)));
  if (text.size() > longest_name)
    return failure(fmt::format("{} is longer than {} characters", in_quotes(text), longest_name));
  return std::string(text);
}

std::string project_name_from(std::string_view directory) {
  auto name = lower_case(directory);
  std::erase_if(name, [](char c) { return !is_alphanumeric(c) && c != '-' && c != '_'; });
  name.erase(0, std::min(name.find_first_not_of("-_"), name.size()));
  return name.substr(0, longest_name);
}

Outcome<std::string> parse_host(std::string_view text) {
  auto rest = text;
  if (rest.starts_with("*.")) rest.remove_prefix(2);
  if (rest.empty() || rest.size() > 253 || !std::ranges::all_of(split(rest, '.'), is_host_label))
    return failure(fmt::format("{} is not a host; write e.g. example.org or *.example.org, without scheme and port",
                               in_quotes(text)));
  return lower_case(text);
}

Outcome<std::string> parse_host_header(std::string_view text) {
  const auto colon = text.find(':');
  if (text.starts_with('*')) return failure("a wildcard is no host to ask for; name one");
  TRY_ASSIGN(auto host, parse_host(text.substr(0, colon)));
  if (colon == std::string_view::npos) return host;
  TRY_ASSIGN(const auto port, parse_port(text.substr(colon + 1)));
  return fmt::format("{}:{}", host, port);
}

Outcome<std::string> parse_route_path(std::string_view text) {
  if (!text.starts_with('/')) return failure(fmt::format("{} does not begin with /", in_quotes(text)));
  if (text.size() > 1024 || !all_in(text, "/._~!&()*+,=:@-"))
    return failure(
        fmt::format("{} is not a path prefix; use letters, digits and / . _ ~ ! & ( ) * + , = : @ -", in_quotes(text)));
  std::string path;
  for (const auto& segment : split(text, '/')) {
    if (segment == "." || segment == "..")
      return failure(fmt::format("{} has a segment of dots; nginx never sees one", in_quotes(text)));
    if (!segment.empty()) path += "/" + segment;
  }
  return path.empty() ? "/" : path;
}

Outcome<std::string> parse_probe_path(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
  if (!text.starts_with('/') || !printable || text.size() > 1024)
    return failure(
        fmt::format("{} is not a path to ask for; begin with / and write other characters as %20", in_quotes(text)));
  return std::string(text);
}

Outcome<std::string> parse_body_size(std::string_view text) {
  auto digits = text;
  if (!digits.empty() && std::string_view("kmgKMG").find(digits.back()) != std::string_view::npos)
    digits.remove_suffix(1);
  const std::size_t most = to_lower(text.empty() ? ' ' : text.back()) == 'g' ? 9 : 12;  // more is too much for nginx
  if (digits.empty() || digits.size() > most || !std::ranges::all_of(digits, is_digit))
    return failure(fmt::format("{} is not a size of nginx; write e.g. 512k, 10m or 1g", in_quotes(text)));
  return std::string(text);
}

Outcome<std::string> parse_snippet(std::string_view text) {
  const auto body = trim(text);
  const bool control = std::ranges::any_of(
      body, [](char c) { return c == 0x7F || (c >= 0 && c < ' ' && c != '\n' && c != '\t' && c != '\r'); });
  if (control) return failure("has a control character");
  if (body.empty()) return std::string();
  TRY(SnippetReader(body).check());
  return std::string(body) + "\n";
}

std::string variable_name(std::string_view name) {
  std::string result(name);
  std::ranges::replace_if(result, [](char c) { return !is_alphanumeric(c); }, '_');
  return result;
}

}  // namespace bluegreen
