#include "controller/http/target.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"

static char *copy(const char *s)
{
    struct kc_buf b = {0};
    if (!s)
        return NULL;
    kc_buf_puts(&b, s);
    return kc_buf_steal(&b);
}

static char *url_part(CURLU *url, CURLUPart part, unsigned flags)
{
    char *value = NULL;
    if (curl_url_get(url, part, &value, flags) != CURLUE_OK)
        return NULL;
    char *ours = copy(value);
    curl_free(value);
    return ours;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *value = url_part(url, part, 0);
    free(value);
    return value != NULL;
}

/* Never shows the whole URL: it might carry a password. */
static bool read_url(struct kc_http_target *t, CURLU *url, const char *base_url, const char *server_name,
                     struct kc_err *err)
{
    if (curl_url_set(url, CURLUPART_URL, base_url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return kc_fail(err, KC_INVALID, "URL", "the server's URL cannot be read; write https://host:port");
    char *scheme = url_part(url, CURLUPART_SCHEME, 0);
    bool known = scheme && (KC_STREQ(scheme, "https") || KC_STREQ(scheme, "http"));
    char *host = url_part(url, CURLUPART_HOST, 0);
    char *port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    char *given_port = url_part(url, CURLUPART_PORT, 0);
    bool fine = true;
    if (!known)
        fine = kc_fail(err, KC_INVALID, "URL", "the server's URL has scheme %s; only https and http are known",
                       scheme ? scheme : "(none)");
    else if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        fine = kc_fail(err, KC_INVALID, "URL",
                       "the server's URL carries a user name or password; use a token or a client certificate");
    else if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
        fine = kc_fail(err, KC_INVALID, "URL", "the server's URL must end after its path: no '?' and no '#'");
    if (fine) {
        struct kc_buf b = {0};
        kc_buf_printf(&b, "%s://%s%s%s", scheme, host, given_port ? ":" : "", kc_or(given_port, ""));
        t->origin = kc_buf_steal(&b);
    }
    if (fine && server_name) {
        /* curl takes SNI and the name to verify from the URL: put the name there, and connect to the real host. */
        struct kc_buf b = {0};
        kc_buf_printf(&b, "%s:%s:%s:%s", server_name, port, host, port);
        t->connect_to = curl_slist_append(NULL, b.data);
        kc_buf_clear(&b);
        kc_buf_printf(&b, "Host: %s%s%s", host, given_port ? ":" : "", kc_or(given_port, ""));
        t->host = kc_buf_steal(&b);
        if (curl_url_set(url, CURLUPART_HOST, server_name, 0) != CURLUE_OK)
            fine = kc_fail(err, KC_INVALID, "ServerName", "\"%s\" is not a host name", server_name);
    }
    if (fine) {
        t->base_url = url_part(url, CURLUPART_URL, 0);
        for (size_t n = strlen(t->base_url); n && t->base_url[n - 1] == '/'; n--)
            t->base_url[n - 1] = '\0';
    }
    free(scheme);
    free(host);
    free(port);
    free(given_port);
    return fine;
}

static X509 *read_cert(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return cert;
}

static int no_password(char *buf, int size, int writing, void *arg)
{
    (void)buf, (void)size, (void)writing, (void)arg;
    return -1;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    return key;
}

/* Found here, where the entry can be named, rather than at the first call, as a failed handshake. */
static bool check_pems(const struct kc_http_tls *tls, struct kc_err *err)
{
    X509 *ca = tls->ca_pem ? read_cert(tls->ca_pem) : NULL;
    X509 *cert = tls->cert_pem ? read_cert(tls->cert_pem) : NULL;
    EVP_PKEY *key = tls->key_pem ? read_key(tls->key_pem) : NULL;
    bool fine = true;
    if (tls->ca_pem && !ca)
        fine = kc_fail(err, KC_INVALID, "CACertificate", "the certificate authority holds no PEM certificate");
    else if (!tls->cert_pem != !tls->key_pem)
        fine = kc_fail(err, KC_INVALID, "ClientCertificate", "a client %s without its %s",
                       tls->cert_pem ? "certificate" : "key", tls->cert_pem ? "key" : "certificate");
    else if (tls->cert_pem && !cert)
        fine = kc_fail(err, KC_INVALID, "ClientCertificate", "the client certificate holds no PEM certificate");
    else if (tls->key_pem && !key)
        fine = kc_fail(err, KC_INVALID, "ClientKey",
                       "the client key is no PEM private key, or it is encrypted, which is not supported");
    else if (cert && X509_check_private_key(cert, key) != 1)
        fine = kc_fail(err, KC_INVALID, "ClientKey", "the client key does not belong to the client certificate");
    X509_free(ca);
    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return fine;
}

struct kc_http_target *kc_http_target_create(const char *base_url, const struct kc_http_tls *tls, struct kc_err *err)
{
    static const struct kc_http_tls none;
    if (!tls)
        tls = &none;
    if (!check_pems(tls, err))
        return NULL;
    struct kc_http_target *t = calloc(1, sizeof(*t));
    CURLU *url = curl_url();
    if (!t || !url)
        abort();
    atomic_init(&t->refs, 1);
    bool fine = read_url(t, url, base_url, kc_or(tls->server_name, NULL), err);
    curl_url_cleanup(url);
    if (!fine)
        return kc_http_target_unref(t);
    t->ca_pem = copy(tls->ca_pem);
    t->cert_pem = copy(tls->cert_pem);
    t->key_pem = copy(tls->key_pem);
    t->proxy_url = copy(kc_or(tls->proxy_url, NULL));
    t->insecure = tls->insecure;
    return t;
}

struct kc_http_target *kc_http_target_ref(struct kc_http_target *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

struct kc_http_target *kc_http_target_unref(struct kc_http_target *t)
{
    if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
        return NULL;
    if (t->key_pem)
        OPENSSL_cleanse(t->key_pem, strlen(t->key_pem));
    curl_slist_free_all(t->connect_to);
    free(t->base_url);
    free(t->origin);
    free(t->host);
    free(t->ca_pem);
    free(t->cert_pem);
    free(t->key_pem);
    free(t->proxy_url);
    free(t);
    return NULL;
}

static bool set_pem(CURL *easy, CURLoption option, char *pem)
{
    struct curl_blob blob = {.data = pem, .len = strlen(pem), .flags = CURL_BLOB_NOCOPY};
    return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

bool kc_http_target_apply(const struct kc_http_target *t, CURL *easy)
{
    bool fine = true;
    if (t->ca_pem) {
        fine &= set_pem(easy, CURLOPT_CAINFO_BLOB, t->ca_pem);
        /* Without this the system's certificates would be trusted besides the cluster's own. */
        fine &= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    }
    if (t->cert_pem) {
        fine &= set_pem(easy, CURLOPT_SSLCERT_BLOB, t->cert_pem);
        fine &= set_pem(easy, CURLOPT_SSLKEY_BLOB, t->key_pem);
    }
    fine &= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, t->insecure ? 0L : 1L) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, t->insecure ? 0L : 2L) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_CONNECT_TO, t->connect_to) == CURLE_OK;
    /* "" rather than NULL: curl would take NULL for "look into the environment". */
    fine &= curl_easy_setopt(easy, CURLOPT_PROXY, kc_or(t->proxy_url, "")) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK;
    return fine;
}
