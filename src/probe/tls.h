// SPDX-License-Identifier: MIT
// TLS over a connected socket, from the machine's OpenSSL, which is loaded when an https URL first needs it. Verifies
// the server's certificate and name, as every client should, unless it is told not to.
#pragma once

#include <memory>
#include <string>

#include "base/outcome.h"
#include "wire/socket.h"

namespace bluegreen::probe {

enum class Verify { yes, no };
enum class Protocol { http_1_1, http_2 };  // as the handshake agrees on it (ALPN)

class Tls {
 public:
  // `ca_file`: trusted certificates in PEM; empty: those that the machine trusts, or SSL_CERT_FILE. Error: usage, for a
  // file that cannot be used; failed, where there is no OpenSSL.
  static Outcome<std::shared_ptr<const Tls>> make(const std::string& ca_file, Verify verify);
  virtual ~Tls() = default;

  // `host`: the name or address that the certificate must be for. Error: timeout; usage, where the certificate is not
  // trusted or the server does not speak `protocol`; failed otherwise.
  [[nodiscard]] virtual Outcome<std::unique_ptr<wire::Channel>> handshake(wire::Socket socket, const std::string& host,
                                                                          Protocol protocol,
                                                                          wire::Deadline deadline) const = 0;
};

}  // namespace bluegreen::probe
