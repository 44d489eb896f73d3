// SPDX-License-Identifier: MIT
#include "wire/websocket.h"

#include <array>
#include <bit>
#include <cstdint>
#include <span>

namespace bluegreen::wire {
namespace {

constexpr std::array<unsigned char, 4> mask{0x37, 0xfa, 0x21, 0x3d};
constexpr std::uint64_t payload_limit = 16 << 20;

// FIPS 180-4, section 6.1.
std::array<unsigned char, 20> sha1(std::string message) {
  const std::uint64_t bits = message.size() * 8;
  message += '\x80';
  while (message.size() % 64 != 56) message += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) message += static_cast<char>(bits >> shift & 0xff);

  std::array<std::uint32_t, 5> h{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (std::size_t block = 0; block < message.size(); block += 64) {
    std::array<std::uint32_t, 80> w{};
    for (std::size_t i = 0; i < 64; ++i) {
      w[i / 4] = w[i / 4] << 8 | static_cast<unsigned char>(message[block + i]);
    }
    for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = h;
    for (std::size_t i = 0; i < 80; ++i) {
      const auto [f, k] = i < 20   ? std::pair((b & c) | (~b & d), 0x5a827999U)
                          : i < 40 ? std::pair(b ^ c ^ d, 0x6ed9eba1U)
                          : i < 60 ? std::pair((b & c) | (b & d) | (c & d), 0x8f1bbcdcU)
                                   : std::pair(b ^ c ^ d, 0xca62c1d6U);
      const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    h = {h[0] + a, h[1] + b, h[2] + c, h[3] + d, h[4] + e};
  }
  std::array<unsigned char, 20> digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<unsigned char>(h[i / 4] >> (24 - i % 4 * 8));
  return digest;
}

std::string base64(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < bytes.size() ? bytes[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j) text += i + j <= bytes.size() ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void apply_mask(std::string& payload, std::string_view key) {
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  return base64(sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

std::string render_frame(const Frame& frame, Masking masking) {
  const std::size_t size = frame.payload.size();
  const int masked_bit = masking == Masking::masked ? 0x80 : 0;
  std::string bytes(1, static_cast<char>(0x80 | static_cast<int>(frame.opcode)));
  const int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  bytes += static_cast<char>(masked_bit | (length_bytes == 0 ? static_cast<int>(size) : length_bytes == 2 ? 126 : 127));
  for (int i = length_bytes - 1; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i) & 0xff);
  std::string payload = frame.payload;
  if (masking == Masking::masked) {
    const std::string key(mask.begin(), mask.end());
    bytes += key;
    apply_mask(payload, key);
  }
  return bytes + payload;
}

Received read_frame(Reader& reader, Frame& frame, Deadline deadline, int stop_fd) {
  std::string bytes;
  if (const Received received = reader.read_exactly(2, bytes, deadline, stop_fd); received != Received::whole) {
    return received;
  }
  frame.opcode = static_cast<Opcode>(bytes[0] & 0x0f);
  const bool masked = (bytes[1] & 0x80) != 0;
  std::uint64_t size = bytes[1] & 0x7f;
  const auto read = [&](std::size_t wanted) { return reader.read_exactly(wanted, bytes, deadline); };
  if (size >= 126) {
    if (const Received received = read(size == 126 ? 2 : 8); received != Received::whole) return received;
    size = big_endian(bytes);
  }
  if (size > payload_limit) return Received::malformed;
  std::string key;
  if (masked) {
    if (const Received received = read(4); received != Received::whole) return received;
    key = bytes;
  }
  if (const Received received = read(size); received != Received::whole) return received;
  frame.payload = bytes;
  if (masked) apply_mask(frame.payload, key);
  return Received::whole;
}

}  // namespace bluegreen::wire
