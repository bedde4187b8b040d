/* httpd: an HTTP/1.1 server on one loop (libevent evhttp, over bufferevent_openssl for HTTPS).
 *
 * Everything runs on the loop's thread; handlers answer before they return and must not block. TCP_NODELAY is set on
 * accepted sockets (without it a TLS answer takes 44 ms). Bounds: headers 16 KiB (400), body max_body (413), max_conns
 * TLS connections (503), idle 90 s; a request over a bound is answered and its connection closed; at twice max_conns no
 * more are accepted until some end. Without TLS (probes, metrics) a connection serves one request and idles at most 10
 * s instead of being counted. TLS 1.2 and later.
 */
#pragma once

#include "controller/base/buf.h"
#include "controller/loop/loop.h"

struct kc_httpd;

struct kc_httpd_request {
    const char *method;
    const char *path;  /* without query; percent-decoded */
    const char *query; /* raw; "" for none */
    const char *content_type;
    const char *body; /* NUL-terminated */
    size_t body_len;
};
struct kc_httpd_response {
    int status;               /* 200 unless set */
    const char *content_type; /* "application/json" unless set; a constant or alive until the handler returns */
    struct kc_buf body;
};
typedef void (*kc_httpd_handler)(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res);

struct kc_httpd_options {
    const char *address; /* "127.0.0.1", "0.0.0.0", "::" */
    uint16_t port;       /* 0: any free one */
    size_t max_body;     /* 0: 8 MiB (an AdmissionReview holds object and oldObject, etcd takes 1.5 MiB each) */
    size_t max_conns;    /* 0: 512; TLS only */
    bool tls;            /* then connections are accepted from the first kc_httpd_set_certificate on */
};

/* On the loop's thread, or before it runs. Fails with INVALID (address) or FATAL ("AddressInUse" names the port). */
struct kc_httpd *kc_httpd_create(struct kc_loop *l, const struct kc_httpd_options *o, struct kc_err *err);
struct kc_httpd *kc_httpd_destroy(struct kc_httpd *s); /* accepts NULL, returns NULL */
uint16_t kc_httpd_port(const struct kc_httpd *s);
/* path: exact, copied. The first match wins; no match is 404. */
void kc_httpd_handle(struct kc_httpd *s, const char *path, kc_httpd_handler fn, void *arg);
/* New connections use it from now on; open ones keep theirs: rotation without a failed call. cert_pem: the server's
 * certificate, then intermediates. Fails with INVALID when one cannot be read or they do not belong together; the old
 * certificate then stays in use. */
KC_CHECK bool kc_httpd_set_certificate(struct kc_httpd *s, const char *cert_pem, const char *key_pem,
                                       struct kc_err *err);
