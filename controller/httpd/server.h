/* httpd: an HTTP/1.1 server on one loop (libevent evhttp, over bufferevent_openssl for HTTPS).
 *
 * Everything runs on the loop's thread; handlers must not block. A handler answers before it returns, or defers the
 * answer, which any thread may give later. TCP_NODELAY is set on accepted sockets (without it a TLS answer takes 44
 * ms). Bounds: headers 16 KiB (400), body max_body (413), max_conns TLS connections (503), idle 90 s; a request over a
 * bound is answered and its connection closed; at twice max_conns no more are accepted until some end. Without TLS
 * (probes, metrics) a connection serves one request and idles at most 10 s instead of being counted. TLS 1.2 and later.
 */
#pragma once

#include "controller/base/arena.h"
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
    struct kc_httpd_exchange *exchange; /* for the functions below */
};
struct kc_httpd_response {
    int status;               /* 200 unless set */
    const char *content_type; /* "application/json" unless set; a constant or alive until the handler returns */
    struct kc_buf body;
};
typedef void (*kc_httpd_handler)(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res);

/* A header's value, the first of that name whatever its case; NULL: there is none. Borrowed until the handler returns,
 * as everything else of the request. */
const char *kc_httpd_header(const struct kc_httpd_request *req, const char *name);
/* Calls fn for every header, in order. */
void kc_httpd_each_header(const struct kc_httpd_request *req,
                          void (*fn)(void *arg, const char *name, const char *value), void *arg);
/* Common name of the client's certificate, which a client CA (below) has signed; NULL: it showed none. */
const char *kc_httpd_peer_name(const struct kc_httpd_request *req, struct kc_arena *a);

/* An answer that comes after the handler has returned; what the handler leaves in res is not looked at. */
struct kc_httpd_later;
struct kc_httpd_later *kc_httpd_defer(const struct kc_httpd_request *req);
/* Exactly once for each kc_httpd_defer, from any thread, while the server lives. Takes what res->body holds;
 * content_type has to be a constant. A client that has gone away does not matter. */
void kc_httpd_answer(struct kc_httpd_later *later, struct kc_httpd_response *res);

struct kc_httpd_options {
    const char *address; /* "127.0.0.1", "0.0.0.0", "::" */
    uint16_t port;       /* 0: any free one */
    size_t max_body;     /* 0: 8 MiB (an AdmissionReview holds object and oldObject, etcd takes 1.5 MiB each) */
    size_t max_conns;    /* 0: 512; TLS only */
    bool tls;            /* then connections are accepted from the first kc_httpd_set_certificate on */
};

/* On the loop's thread, or before it runs. Fails with INVALID (address) or FATAL ("AddressInUse" names the port). */
struct kc_httpd *kc_httpd_create(struct kc_loop *l, const struct kc_httpd_options *o, struct kc_err *err);
/* Accepts NULL, returns NULL. Nobody answers a deferred request any more by now; those that wait are dropped. */
struct kc_httpd *kc_httpd_destroy(struct kc_httpd *s);
uint16_t kc_httpd_port(const struct kc_httpd *s);
/* path: exact, copied; one that ends with '/' stands for everything below it too. The first match wins; no match is
 * 404. */
void kc_httpd_handle(struct kc_httpd *s, const char *path, kc_httpd_handler fn, void *arg);
/* New connections use it from now on; open ones keep theirs: rotation without a failed call. cert_pem: the server's
 * certificate, then intermediates. Fails with INVALID when one cannot be read or they do not belong together; the old
 * certificate then stays in use. */
KC_CHECK bool kc_httpd_set_certificate(struct kc_httpd *s, const char *cert_pem, const char *key_pem,
                                       struct kc_err *err);
/* New connections are asked for a client certificate: none is fine, one that no certificate in ca_pem has signed for
 * client authentication ends the handshake. NULL: nobody is asked (the default). INVALID: not PEM. */
KC_CHECK bool kc_httpd_set_client_ca(struct kc_httpd *s, const char *ca_pem, struct kc_err *err);
