// SPDX-License-Identifier: MIT
#include "probe/tls.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "probe/openssl_library.h"

namespace bluegreen::probe {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const { openssl().ctx_free(context); }
  void operator()(SSL* session) const { openssl().ssl_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, Free>;
using Session = std::unique_ptr<SSL, Free>;

int size_for_openssl(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

class TlsChannel : public wire::Channel {
 public:
  TlsChannel(wire::Socket socket, Session session) : socket_(std::move(socket)), session_(std::move(session)) {}

  wire::Moved receive(std::span<char> into) override {
    openssl().clear_error();
    return moved(openssl().read(session_.get(), into.data(), size_for_openssl(into.size())));
  }
  wire::Moved send(std::string_view bytes) override {
    openssl().clear_error();
    return moved(openssl().write(session_.get(), bytes.data(), size_for_openssl(bytes.size())));
  }
  [[nodiscard]] int fd() const override { return socket_.fd(); }

 private:
  // What SSL_read or SSL_write returned.
  wire::Moved moved(int result) {
    if (result > 0) return {wire::Progress::moved, static_cast<std::size_t>(result)};
    switch (openssl().get_error(session_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {wire::Progress::wants_read};
      case SSL_ERROR_WANT_WRITE:
        return {wire::Progress::wants_write};
      case SSL_ERROR_ZERO_RETURN:
        return {wire::Progress::ended};
      default:
        return {wire::Progress::reset};
    }
  }

  wire::Socket socket_;
  Session session_;
};

class OpensslTls : public Tls {
 public:
  OpensslTls(Context context, Verify verify) : context_(std::move(context)), verify_(verify) {}

  Outcome<std::unique_ptr<wire::Channel>> handshake(wire::Socket socket, const std::string& host, Protocol protocol,
                                                    wire::Deadline deadline) const override {
    Session session(openssl().ssl_new(context_.get()));
    if (!session || openssl().set_fd(session.get(), socket.fd()) != 1) return failure("TLS: OpenSSL gave nothing");
    expect(session.get(), host, protocol);
    TRY(shake_hands(session.get(), socket.fd(), deadline));
    if (protocol == Protocol::http_2) TRY(check_agreement(session.get()));
    return std::make_unique<TlsChannel>(std::move(socket), std::move(session));
  }

 private:
  void expect(SSL* session, const std::string& host, Protocol protocol) const {
    const bool is_address = openssl().param_set1_ip_asc(openssl().get0_param(session), host.c_str()) == 1;
    if (!is_address) {
      std::string name = host;
      openssl().set1_host(session, name.c_str());
      openssl().ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    const std::string_view offered = protocol == Protocol::http_2 ? "\x02h2" : "\x08http/1.1";
    openssl().set_alpn_protos(session, reinterpret_cast<const unsigned char*>(offered.data()),
                              static_cast<unsigned>(offered.size()));
  }

  Done shake_hands(SSL* session, int fd, wire::Deadline deadline) const {
    for (;;) {
      openssl().clear_error();
      const int result = openssl().connect(session);
      if (result == 1) return {};
      auto readiness = wire::Readiness::ready;
      switch (openssl().get_error(session, result)) {
        case SSL_ERROR_WANT_READ:
          readiness = wire::wait_readable(fd, deadline);
          break;
        case SSL_ERROR_WANT_WRITE:
          readiness = wire::wait_writable(fd, deadline);
          break;
        default:
          return refused(session);
      }
      if (readiness != wire::Readiness::ready) return failure(ErrorKind::timeout, "TLS: no handshake in time");
    }
  }

  std::unexpected<Error> refused(SSL* session) const {
    if (const long verdict = openssl().get_verify_result(session); verify_ == Verify::yes && verdict != X509_V_OK) {
      return failure(ErrorKind::usage,
                     std::string("TLS: the certificate is not trusted: ") + openssl().verify_error_string(verdict),
                     "Give it, or that of its issuer, with --cacert FILE, or do without: --insecure");
    }
    const char* reason = openssl().reason_error_string(openssl().peek_error());
    if (reason != nullptr && std::strstr(reason, "no application protocol") != nullptr) return no_http_2();
    return failure(std::string("TLS: ") + (reason == nullptr ? "the connection was closed" : reason));
  }

  static std::unexpected<Error> no_http_2() {
    return failure(ErrorKind::usage, "TLS: the server speaks no HTTP/2",
                   "nginx does with `listen 443 ssl http2`; to leave it out: --kinds get,connect,pipelined");
  }

  static Done check_agreement(SSL* session) {
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    openssl().get0_alpn_selected(session, &protocol, &size);
    if (size == 2 && std::memcmp(protocol, "h2", 2) == 0) return {};
    return no_http_2();
  }

  Context context_;
  Verify verify_;
};

}  // namespace

Outcome<std::shared_ptr<const Tls>> Tls::make(const std::string& ca_file, Verify verify) {
  TRY(ensure_openssl());
  const auto& ssl = openssl();
  Context context(ssl.ctx_new(ssl.client_method()));
  if (!context) return failure("TLS: OpenSSL gave nothing");
  ssl.ctx_ctrl(context.get(), SSL_CTRL_MODE, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER,
               nullptr);
  ssl.ctx_set_verify(context.get(), verify == Verify::yes ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (ca_file.empty()) {
    ssl.ctx_set_default_verify_paths(context.get());
  } else if (ssl.ctx_load_verify_locations(context.get(), ca_file.c_str(), nullptr) != 1) {
    const char* reason = ssl.reason_error_string(ssl.peek_error());
    return failure(ErrorKind::usage, ca_file + ": no certificates in PEM: " + (reason == nullptr ? "?" : reason));
  }
  return std::make_shared<const OpensslTls>(std::move(context), verify);
}

}  // namespace bluegreen::probe
