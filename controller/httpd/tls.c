#include "controller/httpd/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>

/* What OpenSSL says about its last error; a key never gets into it. */
static bool refuse(const char *what, struct kc_err *err)
{
    unsigned long code = ERR_peek_last_error();
    const char *why = code ? ERR_reason_error_string(code) : NULL;

    ERR_clear_error();
    return kc_fail(err, KC_INVALID, "BadCertificate", "%s: %s", what, why ? why : "it is not in PEM format");
}

static int no_passphrase(char *buf, int size, int writing, void *arg)
{
    (void)buf, (void)size, (void)writing, (void)arg;
    return -1; /* an encrypted key fails instead of asking at the terminal */
}

static bool use_chain(SSL_CTX *ctx, BIO *pem, struct kc_err *err)
{
    X509 *leaf = PEM_read_bio_X509_AUX(pem, NULL, no_passphrase, NULL);
    int ok = leaf && SSL_CTX_use_certificate(ctx, leaf) == 1;

    X509_free(leaf);
    if (!ok)
        return refuse("the server's certificate cannot be used", err);

    X509 *next;
    while ((next = PEM_read_bio_X509(pem, NULL, no_passphrase, NULL)))
        if (SSL_CTX_add0_chain_cert(ctx, next) != 1) {
            X509_free(next);
            return refuse("an intermediate certificate of the server cannot be used", err);
        }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return refuse("an intermediate certificate of the server cannot be read", err);
    ERR_clear_error();
    return true;
}

static bool use_key(SSL_CTX *ctx, BIO *pem, struct kc_err *err)
{
    EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, NULL);
    int ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1;

    EVP_PKEY_free(key);
    if (!ok || SSL_CTX_check_private_key(ctx) != 1)
        return refuse(key ? "the server's private key does not belong to its certificate"
                          : "the server's private key cannot be read",
                      err);
    return true;
}

/* The certificates in pem go into store and, when ctx is given, into the list of CAs that clients are told. */
static bool add_cas(X509_STORE *store, SSL_CTX *ctx, const char *ca_pem, struct kc_err *err)
{
    BIO *pem = BIO_new_mem_buf(ca_pem, -1);
    X509 *ca;
    int n = 0;
    bool ok = true;

    if (!pem || !store)
        abort();
    ERR_clear_error();
    for (; ok && (ca = PEM_read_bio_X509(pem, NULL, no_passphrase, NULL)); n++) {
        ok = X509_STORE_add_cert(store, ca) == 1 && (!ctx || SSL_CTX_add_client_CA(ctx, ca) == 1);
        X509_free(ca);
    }
    BIO_free(pem);
    if (!ok || n == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return refuse("the CA of client certificates cannot be used", err);
    ERR_clear_error();
    return true;
}

bool kc_tls_ca_readable(const char *ca_pem, struct kc_err *err)
{
    X509_STORE *store = X509_STORE_new();
    bool ok = add_cas(store, NULL, ca_pem, err);

    X509_STORE_free(store);
    return ok;
}

/* Verified by OpenSSL itself, for the purpose of TLS clients: a certificate of another CA never gets to a handler. */
static bool ask_for_client(SSL_CTX *ctx, const char *ca_pem, struct kc_err *err)
{
    static const unsigned char context[] = "kubechat";

    if (!add_cas(SSL_CTX_get_cert_store(ctx), ctx, ca_pem, err))
        return false;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return SSL_CTX_set_session_id_context(ctx, context, sizeof context - 1) == 1;
}

SSL_CTX *kc_tls_server_context(const char *cert_pem, const char *key_pem, const char *client_ca, struct kc_err *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    BIO *cert = BIO_new_mem_buf(cert_pem, -1), *key = BIO_new_mem_buf(key_pem, -1);

    if (!ctx || !cert || !key)
        abort();
    ERR_clear_error();
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    /* An answer is written at once, and buffers of idle connections are given back (34 KB each). */
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    bool ok =
        use_chain(ctx, cert, err) && use_key(ctx, key, err) && (!client_ca || ask_for_client(ctx, client_ca, err));
    BIO_free(cert);
    BIO_free(key);
    if (ok)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}
