/* tls: the server's side of TLS settings, made anew for each certificate. */
#pragma once

#include <openssl/ssl.h>

#include "controller/base/err.h"

/* cert_pem: the server's certificate, then intermediates. client_ca: who may sign a client's certificate; NULL: none is
 * asked for. NULL with INVALID naming which of them is wrong. */
SSL_CTX *kc_tls_server_context(const char *cert_pem, const char *key_pem, const char *client_ca, struct kc_err *err);
/* Whether ca_pem is certificates in PEM. */
KC_CHECK bool kc_tls_ca_readable(const char *ca_pem, struct kc_err *err);
