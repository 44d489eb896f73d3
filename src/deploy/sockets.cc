// SPDX-License-Identifier: MIT
#include "deploy/sockets.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include "deploy/addresses.h"

namespace bluegreen {

namespace {

template <class Number>
std::optional<Number> parse_hex(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Each 32-bit word is printed as the machine reads it: in network order on the wire, so swapped on a little-endian one.
std::optional<std::uint32_t> parse_word(std::string_view text) {
  const auto word = parse_hex<std::uint32_t>(text);
  if (!word) return std::nullopt;
  return std::endian::native == std::endian::little ? __builtin_bswap32(*word) : *word;
}

std::optional<std::string> parse_ip(std::string_view text) {
  if (text.size() == 8) {
    const auto word = parse_word(text);
    return word ? std::optional(render_address(*word)) : std::nullopt;
  }
  if (text.size() != 32) return std::nullopt;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto word = parse_word(text.substr(i * 8, 8));
    if (!word) return std::nullopt;
    words[i] = *word;
  }
  if (words[0] == 0 && words[1] == 0 && words[2] == 0xffff) return render_address(words[3]);
  if (words[0] == 0 && words[1] == 0 && words[2] == 0) {
    if (words[3] == 0) return "::";
    if (words[3] == 1) return "::1";
  }
  return "ipv6";
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = parse_ip(text.substr(0, colon));
  const auto port = parse_hex<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

std::optional<Socket::State> state_of(std::string_view code) {
  if (code == "01") return Socket::State::established;
  if (code == "02") return Socket::State::connecting;
  if (code == "0A") return Socket::State::listening;
  return std::nullopt;
}

// The text up to the separator, which is taken away with it; separators in front are skipped.
std::string_view take(std::string_view& text, char separator) {
  text.remove_prefix(std::min(text.find_first_not_of(separator), text.size()));
  const auto end = std::min(text.find(separator), text.size());
  const auto taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

}  // namespace

std::vector<Socket> parse_socket_tables(std::string_view text) {
  std::vector<Socket> sockets;
  while (!text.empty()) {
    auto line = take(text, '\n');
    take(line, ' ');  // the slot
    const auto local_text = take(line, ' ');
    const auto remote_text = take(line, ' ');
    const auto state = state_of(take(line, ' '));
    if (!state) continue;
    const auto local = parse_endpoint(local_text);
    const auto remote = parse_endpoint(remote_text);
    if (local && remote) sockets.push_back({*local, *remote, *state});
  }
  return sockets;
}

}  // namespace bluegreen
