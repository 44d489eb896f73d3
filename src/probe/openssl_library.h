// SPDX-License-Identifier: MIT
// OpenSSL, loaded when an https URL first needs it: linked in, it costs every start of the program 5 ms.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/outcome.h"

namespace bluegreen::probe {

struct OpensslLibrary {
  decltype(&TLS_client_method) client_method;
  decltype(&SSL_CTX_new) ctx_new;
  decltype(&SSL_CTX_free) ctx_free;
  decltype(&SSL_CTX_ctrl) ctx_ctrl;
  decltype(&SSL_CTX_set_verify) ctx_set_verify;
  decltype(&SSL_CTX_set_default_verify_paths) ctx_set_default_verify_paths;
  decltype(&SSL_CTX_load_verify_locations) ctx_load_verify_locations;
  decltype(&SSL_new) ssl_new;
  decltype(&SSL_free) ssl_free;
  decltype(&SSL_set_fd) set_fd;
  decltype(&SSL_ctrl) ctrl;
  decltype(&SSL_set1_host) set1_host;
  decltype(&SSL_get0_param) get0_param;
  decltype(&X509_VERIFY_PARAM_set1_ip_asc) param_set1_ip_asc;
  decltype(&SSL_set_alpn_protos) set_alpn_protos;
  decltype(&SSL_get0_alpn_selected) get0_alpn_selected;
  decltype(&SSL_connect) connect;
  decltype(&SSL_read) read;
  decltype(&SSL_write) write;
  decltype(&SSL_get_error) get_error;
  decltype(&SSL_get_verify_result) get_verify_result;
  decltype(&X509_verify_cert_error_string) verify_error_string;
  decltype(&ERR_clear_error) clear_error;
  decltype(&ERR_peek_error) peek_error;
  decltype(&ERR_reason_error_string) reason_error_string;
};

// Loads it, once; failed: this machine has none.
[[nodiscard]] Done ensure_openssl();

// Only after ensure_openssl() was a success.
[[nodiscard]] const OpensslLibrary& openssl();

}  // namespace bluegreen::probe
