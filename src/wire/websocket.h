// SPDX-License-Identifier: MIT
// As much of WebSocket (RFC 6455) as an echo needs: the handshake's key and single frames.
#pragma once

#include <string>
#include <string_view>

#include "wire/message.h"

namespace bluegreen::wire {

enum class Opcode : unsigned char { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Frame {
  Opcode opcode = Opcode::text;
  std::string payload;
};

// Sec-WebSocket-Accept for a client's Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);

// A whole frame; what a client sends must be masked.
enum class Masking { none, masked };
std::string render_frame(const Frame& frame, Masking masking);

Received read_frame(Reader& reader, Frame& frame, Deadline deadline, int stop_fd = -1);

}  // namespace bluegreen::wire
