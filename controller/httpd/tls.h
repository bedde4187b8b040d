/* tls: the server's side of TLS settings, made anew for each certificate. */
#pragma once

#include <openssl/ssl.h>

#include "controller/base/err.h"

/* cert_pem: the server's certificate, then intermediates. NULL with INVALID naming which of the two is wrong. */
SSL_CTX *kc_tls_server_context(const char *cert_pem, const char *key_pem, struct kc_err *err);
