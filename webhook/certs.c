#include "webhook/certs.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "controller/base/buf.h"

/* Clocks differ: a certificate is good from a little before it was made. */
#define BACKDATE_MS (5 * INT64_C(60000))
#define SERIAL_BITS 127 /* positive, at most 20 octets (RFC 5280, 4.1.2.2) */

/* OWN(X509_free) frees the variable at the end of its scope. */
#define SCOPED(type, fn)                                                                                               \
    static void fn##_scope(type(*p))                                                                                   \
    {                                                                                                                  \
        fn(*p);                                                                                                        \
    }
SCOPED(X509 *, X509_free)
SCOPED(EVP_PKEY *, EVP_PKEY_free)
SCOPED(BIO *, BIO_free_all)
SCOPED(BIGNUM *, BN_free)
SCOPED(X509_STORE *, X509_STORE_free)
SCOPED(X509_STORE_CTX *, X509_STORE_CTX_free)
#define OWN(fn) __attribute__((cleanup(fn##_scope)))

static bool openssl_failed(struct kc_err *err, const char *what)
{
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    return kc_fail(err, KC_FATAL, "OpenSSL", "%s: %s", what, text);
}

static BIO *reader(const char *pem)
{
    size_t len = strlen(pem);
    return len > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)len);
}

static X509 *read_cert(const char *pem)
{
    OWN(BIO_free_all) BIO *in = reader(pem);
    X509 *cert = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    ERR_clear_error();
    return cert;
}

/* Keys are never encrypted: an empty pass phrase keeps OpenSSL from asking on the terminal. */
static EVP_PKEY *read_key(const char *pem)
{
    OWN(BIO_free_all) BIO *in = reader(pem);
    EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)"") : NULL;
    ERR_clear_error();
    return key;
}

static const char *text_of(struct kc_arena *a, BIO *out)
{
    char *data;
    long len = BIO_get_mem_data(out, &data);
    return len > 0 ? kc_arena_strndup(a, data, (size_t)len) : NULL;
}

static bool write_pair(struct kc_arena *a, X509 *cert, const EVP_PKEY *key, struct kc_pem_pair *ret, struct kc_err *err)
{
    OWN(BIO_free_all) BIO *c = BIO_new(BIO_s_mem());
    OWN(BIO_free_all) BIO *k = BIO_new(BIO_s_mem());
    if (!c || !k || !PEM_write_bio_X509(c, cert) || !PEM_write_bio_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL))
        return openssl_failed(err, "writing a certificate");
    struct kc_pem_pair pair = {.cert = text_of(a, c), .key = text_of(a, k)};
    if (!pair.cert || !pair.key)
        return openssl_failed(err, "writing a certificate");
    *ret = pair;
    return true;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = e && X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static bool set_serial(X509 *cert)
{
    OWN(BN_free) BIGNUM *serial = BN_new();
    return serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
           BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert));
}

static bool set_subject(X509 *cert, const char *cn)
{
    return X509_NAME_add_entry_by_NID(X509_get_subject_name(cert), NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)cn, -1, -1, 0) == 1;
}

/* Everything but names and extensions. */
static X509 *new_cert(const char *cn, X509_NAME *issuer, EVP_PKEY *key, int64_t now, int64_t life_ms)
{
    X509 *cert = X509_new();
    if (cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) && set_subject(cert, cn) &&
        X509_set_issuer_name(cert, issuer ? issuer : X509_get_subject_name(cert)) &&
        ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)((now - BACKDATE_MS) / 1000)) &&
        ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)((now + life_ms) / 1000)) && X509_set_pubkey(cert, key))
        return cert;
    X509_free(cert);
    return NULL;
}

bool kc_ca_create(struct kc_arena *a, const char *cn, int64_t now, int64_t life_ms, struct kc_pem_pair *ret,
                  struct kc_err *err)
{
    OWN(EVP_PKEY_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    OWN(X509_free) X509 *cert = key ? new_cert(cn, NULL, key, now, life_ms) : NULL;
    if (!cert || !add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !add_extension(cert, cert, NID_subject_key_identifier, "hash") || X509_sign(cert, key, EVP_sha256()) == 0)
        return openssl_failed(err, "making a certificate authority");
    return write_pair(a, cert, key, ret, err);
}

static bool is_ip(const char *name)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* OpenSSL's own notation, "DNS:a,IP:1.2.3.4"; names are checked first, so that none can smuggle in another. */
static bool subject_alt_names(const struct kc_strs *names, struct kc_buf *out, struct kc_err *err)
{
    if (names->n == 0)
        return kc_fail(err, KC_INVALID, "NoNames", "a serving certificate needs at least one name");
    for (size_t i = 0; i < names->n; i++) {
        bool ip = is_ip(names->v[i]);
        if (!ip && !kc_dns_subdomain_valid(names->v[i]))
            return kc_fail(err, KC_INVALID, "InvalidName", "\"%s\" is neither a DNS name nor an IP address",
                           names->v[i]);
        kc_buf_printf(out, "%s%s:%s", i ? "," : "", ip ? "IP" : "DNS", names->v[i]);
    }
    return true;
}

bool kc_cert_issue(struct kc_arena *a, const struct kc_pem_pair *ca, const struct kc_strs *names, int64_t now,
                   int64_t life_ms, struct kc_pem_pair *ret, struct kc_err *err)
{
    OWN(X509_free) X509 *issuer = read_cert(ca->cert);
    OWN(EVP_PKEY_free) EVP_PKEY *issuer_key = read_key(ca->key);
    if (!issuer || !issuer_key)
        return kc_fail(err, KC_INVALID, "NoAuthority", "the certificate authority's certificate or key is not PEM");
    KC_BUF_SCOPE san = {0};
    if (!subject_alt_names(names, &san, err))
        return false;
    OWN(EVP_PKEY_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    OWN(X509_free)
    X509 *cert = key ? new_cert("kubechat webhook", X509_get_subject_name(issuer), key, now, life_ms) : NULL;
    if (!cert || !add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(cert, issuer, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(cert, issuer, NID_ext_key_usage, "serverAuth") ||
        !add_extension(cert, issuer, NID_subject_key_identifier, "hash") ||
        !add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always") ||
        !add_extension(cert, issuer, NID_subject_alt_name, kc_buf_str(&san)) ||
        X509_sign(cert, issuer_key, EVP_sha256()) == 0)
        return openssl_failed(err, "making a serving certificate");
    return write_pair(a, cert, key, ret, err);
}

static int64_t unix_ms(const ASN1_TIME *t)
{
    struct tm tm;
    return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

static int64_t renew_at(const X509 *cert)
{
    int64_t from = unix_ms(X509_get0_notBefore(cert)), to = unix_ms(X509_get0_notAfter(cert));
    return to - (to - from) / 3;
}

int64_t kc_cert_renew_at(const char *cert)
{
    OWN(X509_free) X509 *c = read_cert(cert);
    return c ? renew_at(c) : 0;
}

int64_t kc_cert_expires_at(const char *cert)
{
    OWN(X509_free) X509 *c = read_cert(cert);
    return c ? unix_ms(X509_get0_notAfter(c)) : 0;
}

/* Every certificate in pem. */
static bool trust(X509_STORE *store, const char *pem)
{
    OWN(BIO_free_all) BIO *in = reader(pem);
    bool any = false;
    for (X509 *c; in && (c = PEM_read_bio_X509(in, NULL, NULL, NULL)); any = true) {
        int added = X509_STORE_add_cert(store, c);
        X509_free(c);
        if (!added)
            return false;
    }
    ERR_clear_error();
    return any;
}

static bool signed_by(X509 *cert, const char *ca_cert, int64_t now, bool serving)
{
    OWN(X509_STORE_free) X509_STORE *store = X509_STORE_new();
    OWN(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (!store || !ctx || !trust(store, ca_cert) || !X509_STORE_CTX_init(ctx, store, cert, NULL))
        return false;
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)(now / 1000));
    if (serving)
        X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
    bool ok = X509_verify_cert(ctx) == 1;
    ERR_clear_error();
    return ok;
}

static bool covers(X509 *cert, const char *name)
{
    return is_ip(name) ? X509_check_ip_asc(cert, name, 0) == 1
                       : X509_check_host(cert, name, strlen(name), 0, NULL) == 1;
}

bool kc_cert_good(const char *cert, const char *ca_cert, const struct kc_strs *names, int64_t now, const char **ret_why)
{
    const char *why = NULL;
    OWN(X509_free) X509 *c = read_cert(cert);
    if (!c)
        why = "it is not a PEM certificate";
    else if (now >= unix_ms(X509_get0_notAfter(c)))
        why = "it has expired";
    else if (now >= renew_at(c))
        why = "less than a third of its life is left";
    else if (now < unix_ms(X509_get0_notBefore(c)))
        why = "it is not valid yet";
    else if (!signed_by(c, ca_cert, now, names->n > 0))
        why = "it was not signed by the certificate authority";
    for (size_t i = 0; !why && i < names->n; i++)
        if (!covers(c, names->v[i]))
            why = "it does not cover a name of the server";
    if (why && ret_why)
        *ret_why = why;
    return why == NULL;
}

bool kc_pem_pair_matches(const struct kc_pem_pair *pair)
{
    OWN(X509_free) X509 *cert = read_cert(pair->cert);
    OWN(EVP_PKEY_free) EVP_PKEY *key = read_key(pair->key);
    bool ok = cert && key && X509_check_private_key(cert, key) == 1;
    ERR_clear_error();
    return ok;
}
