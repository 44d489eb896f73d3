// SPDX-License-Identifier: MIT
#include "probe/openssl_library.h"

#include "base/shared_library.h"

namespace bluegreen::probe {
namespace {

struct Loaded {
  OpensslLibrary functions{};
  std::string problem;  // empty: none
};

Loaded load() {
  Loaded loaded;
  auto& to = loaded.functions;
  SharedLibrary library("libssl.so.3");  // with it comes libcrypto
  library.find("TLS_client_method", to.client_method)
      .find("SSL_CTX_new", to.ctx_new)
      .find("SSL_CTX_free", to.ctx_free)
      .find("SSL_CTX_ctrl", to.ctx_ctrl)
      .find("SSL_CTX_set_verify", to.ctx_set_verify)
      .find("SSL_CTX_set_default_verify_paths", to.ctx_set_default_verify_paths)
      .find("SSL_CTX_load_verify_locations", to.ctx_load_verify_locations)
      .find("SSL_new", to.ssl_new)
      .find("SSL_free", to.ssl_free)
      .find("SSL_set_fd", to.set_fd)
      .find("SSL_ctrl", to.ctrl)
      .find("SSL_set1_host", to.set1_host)
      .find("SSL_get0_param", to.get0_param)
      .find("X509_VERIFY_PARAM_set1_ip_asc", to.param_set1_ip_asc)
      .find("SSL_set_alpn_protos", to.set_alpn_protos)
      .find("SSL_get0_alpn_selected", to.get0_alpn_selected)
      .find("SSL_connect", to.connect)
      .find("SSL_read", to.read)
      .find("SSL_write", to.write)
      .find("SSL_get_error", to.get_error)
      .find("SSL_get_verify_result", to.get_verify_result)
      .find("X509_verify_cert_error_string", to.verify_error_string)
      .find("ERR_clear_error", to.clear_error)
      .find("ERR_peek_error", to.peek_error)
      .find("ERR_reason_error_string", to.reason_error_string);
  loaded.problem = library.problem();
  return loaded;
}

const Loaded& library() {
  static const Loaded loaded = load();
  return loaded;
}

}  // namespace

Done ensure_openssl() {
  if (library().problem.empty()) return {};
  return failure("OpenSSL cannot be loaded: " + library().problem,
                 "An https URL needs it. On Debian: apt-get install libssl3");
}

const OpensslLibrary& openssl() { return library().functions; }

}  // namespace bluegreen::probe
