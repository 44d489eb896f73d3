// SPDX-License-Identifier: MIT
#include "nginx_text/syntax.h"

#include <fmt/format.h>

#include <algorithm>

namespace bluegreen::test {
namespace {

constexpr std::size_t longest_token = 4095;  // nginx's buffer is one byte longer

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// As nginx copies a word: of the escapes it knows these six, and leaves all others as they are.
std::string without_escapes(std::string_view raw) {
  constexpr std::string_view escaped = "\"'\\trn", meant = "\"'\\\t\r\n";
  std::string word;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto known = raw[i] == '\\' && i + 1 < raw.size() ? escaped.find(raw[i + 1]) : std::string_view::npos;
    word += known == std::string_view::npos ? raw[i] : meant[known];
    if (known != std::string_view::npos) ++i;
  }
  return word;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  // Up to the end of the text, or of the block.
  Outcome<std::vector<Directive>> parse_body(int depth) {
    std::vector<Directive> body;
    Directive directive;
    while (skip_to_token()) {
      const char c = text_[at_];
      if (c == ';' || c == '{') {
        ++at_;
        if (directive.words.empty()) return wrong(fmt::format("unexpected {}", c));
        directive.is_block = c == '{';
        if (directive.is_block) {
          TRY_ASSIGN(directive.body, parse_body(depth + 1));
        }
        body.push_back(std::exchange(directive, {}));
      } else if (c == '}') {
        ++at_;
        if (!directive.words.empty()) return wrong("a directive without ;");
        if (depth == 0) return wrong("a } that closes nothing");
        return body;
      } else {
        TRY_ASSIGN(auto word, c == '"' || c == '\'' ? take_quoted(c) : take_plain());
        directive.words.push_back(std::move(word));
      }
    }
    if (too_long_) return wrong("a comment is longer than nginx takes");
    if (depth > 0 || !directive.words.empty()) return wrong("the text ends too early");
    return body;
  }

 private:
  std::unexpected<Error> wrong(const std::string& what) const {
    return failure(fmt::format("{} in line {}", what, 1 + std::count(text_.begin(), text_.begin() + at_, '\n')));
  }

  bool skip_to_token() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#') {
        const auto end = std::min(text_.find('\n', at_), text_.size());
        too_long_ |= end - at_ > longest_token;
        at_ = end;
      } else {
        ++at_;
      }
    }
    return at_ < text_.size() && !too_long_;
  }

  Outcome<std::string> take_quoted(char quote) {
    const auto begin = ++at_;
    while (at_ < text_.size() && text_[at_] != quote) at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return failure("a quote that is never closed");
    const auto raw = text_.substr(begin, at_++ - begin);
    const bool ends = at_ >= text_.size() || is_space(text_[at_]) || std::string_view(";{)").contains(text_[at_]);
    if (!ends) return wrong("text right after a closing quote");
    return checked(raw);
  }

  Outcome<std::string> take_plain() {
    const auto begin = at_;
    bool in_variable = false;  // of ${name}
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (is_space(c) || c == ';' || (c == '{' && !in_variable)) break;
      if (c == '{') continue;
      if (c == '\\') ++at_;
      in_variable = c == '$';
    }
    at_ = std::min(at_, text_.size());
    return checked(text_.substr(begin, at_ - begin));
  }

  Outcome<std::string> checked(std::string_view raw) const {
    if (raw.size() > longest_token) return wrong("a word is longer than nginx takes");
    return without_escapes(raw);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool too_long_ = false;
};

std::string quoted(const std::string& word) {
  std::string text = "\"";
  for (const char c : word) {
    const bool plain = c >= ' ' && c < 0x7F && c != '"' && c != '\\';
    text += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return text + '"';
}

}  // namespace

Outcome<std::vector<Directive>> parse_nginx(std::string_view text) { return Parser(text).parse_body(0); }

std::string dump(const std::vector<Directive>& directives, const std::string& indent) {
  std::string text;
  for (const auto& directive : directives) {
    text += indent;
    for (const auto& word : directive.words) text += quoted(word) + ' ';
    text += directive.is_block ? "{\n" + dump(directive.body, indent + "  ") + indent + "}\n" : ";\n";
  }
  return text;
}

}  // namespace bluegreen::test
