// SPDX-License-Identifier: MIT
#include "config/dotenv.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/text.h"

namespace bluegreen {
namespace {

constexpr std::size_t largest_total = std::size_t{4} * 1024 * 1024;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool in_name(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-'; }

class DotenvParser {
 public:
  DotenvParser(std::string_view text, const std::string& file, const Variables& outer, Complaints& complaints)
      : rest_(text),
        file_(std::make_shared<const std::string>(file)),
        known_(outer),
        outer_(outer),
        complaints_(complaints) {}

  std::vector<DotenvLine> parse() {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    while (!rest_.empty() && !complaints_.full()) parse_line();
    return std::move(lines_);
  }

 private:
  // A value's text as the interpolation wants it, or as it is (single quotes).
  struct Raw {
    std::string text;
    bool literal = false;
  };

  void parse_line() {
    skip_blanks();
    if (rest_.empty() || rest_.front() == '\n' || rest_.front() == '#') return skip_line();
    if (rest_.starts_with("export ") || rest_.starts_with("export\t")) {
      rest_.remove_prefix(7);
      skip_blanks();
    }
    const Place place{{file_, line_, 1}, ""};
    const auto name = take_while(in_name);
    skip_blanks();
    if (name.empty() || is_digit(name.front())) {
      complaints_.add(place, "expected NAME=value", "begin a comment with #");
      return skip_line();
    }
    if (rest_.empty() || rest_.front() == '\n' || rest_.front() == '#') {
      lines_.push_back({std::string(name), std::nullopt});
      return skip_line();
    }
    if (rest_.front() != '=' && rest_.front() != ':') {
      complaints_.add({place.at, std::string(name)}, "expected = after the name", "write NAME=value");
      return skip_line();
    }
    rest_.remove_prefix(1);
    parse_value({place.at, std::string(name)});
  }

  void parse_value(const Place& place) {
    skip_blanks();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    auto raw = quote == '\'' || quote == '"' ? take_quoted(quote, place) : take_unquoted();
    if (!raw) return;
    std::string value = std::move(raw->text);
    if (!raw->literal) {
      auto result = interpolate(value, known_, largest_total - size_);
      if (!result) return complaints_.add(place, result.error().message, "single quotes keep a $ as it is");
      for (const auto& unset : result->unset)
        complaints_.warn(place, fmt::format("the variable {} is not set; it becomes an empty text", unset));
      value = std::move(result->text);
    }
    size_ = std::min(largest_total, size_ + value.size());
    if (!is_utf8(value)) return complaints_.add(place, "is not UTF-8 text, or has a NUL character");
    if (!outer_.contains(place.path)) known_[place.path] = value;
    lines_.push_back({place.path, std::move(value)});
  }

  // The rest of the line, without a comment, which begins with " #".
  std::optional<Raw> take_unquoted() {
    const auto line = take_while([](char c) { return c != '\n'; });
    skip_line();
    auto end = line.size();
    for (std::size_t i = 0; i < line.size(); ++i)
      if (line[i] == '#' && (i == 0 || is_blank(line[i - 1]))) {
        end = i;
        break;
      }
    return Raw{std::string(trim(line.substr(0, end)))};
  }

  // To the closing quote, over several lines if need be.
  std::optional<Raw> take_quoted(char quote, const Place& place) {
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != quote) end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) {
      complaints_.add(place, "the closing quote is missing");
      rest_ = {};
      return std::nullopt;
    }
    const auto inside = rest_.substr(1, end - 1);
    line_ += static_cast<int>(std::ranges::count(inside, '\n'));
    rest_.remove_prefix(end + 1);
    skip_blanks();
    if (!rest_.empty() && rest_.front() != '\n' && rest_.front() != '#')
      complaints_.add(place, "has text after the closing quote", "only a comment may follow");
    skip_line();
    return quote == '\'' ? Raw{unescape_single(inside), true} : Raw{unescape_double(inside)};
  }

  static std::string unescape_single(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\'') ++i;
      result += text[i];
    }
    return result;
  }

  static std::string unescape_double(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\' || i + 1 == text.size()) {
        result += text[i];
        continue;
      }
      switch (const char c = text[++i]) {
        case 'n':
          result += '\n';
          break;
        case 'r':
          result += '\r';
          break;
        case 't':
          result += '\t';
          break;
        case '$':
          result += "$$";
          break;
        case '"':
        case '\\':
          result += c;
          break;
        default:
          result += {'\\', c};
      }
    }
    return result;
  }

  template <class Predicate>
  std::string_view take_while(Predicate predicate) {
    const auto end = std::ranges::find_if_not(rest_, predicate);
    const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  void skip_blanks() { take_while(is_blank); }

  void skip_line() {
    take_while([](char c) { return c != '\n'; });
    if (!rest_.empty()) rest_.remove_prefix(1);
    ++line_;
  }

  std::string_view rest_;
  std::shared_ptr<const std::string> file_;
  Variables known_;
  const Variables& outer_;
  Complaints& complaints_;
  int line_ = 1;
  std::size_t size_ = 0;
  std::vector<DotenvLine> lines_;
};

}  // namespace

std::vector<DotenvLine> parse_dotenv(std::string_view text, const std::string& file, const Variables& outer,
                                     Complaints& complaints) {
  return DotenvParser(text, file, outer, complaints).parse();
}

}  // namespace bluegreen
