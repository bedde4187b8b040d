/* http client: HTTPS calls for many threads over one I/O thread (libcurl multi, HTTP/2 where the server speaks it).
 *
 * kc_http_client owns a loop, its thread and three curl multis: for unary calls, for streams, so that a watch never
 * shares a connection with an answer that somebody waits for, and for streams of megabytes (engine.h). A worker calls
 * kc_http_do: the request is handed to the I/O thread and the worker sleeps until the answer, its deadline, or
 * cancellation. A call that ends in a time-out without one byte received shuts its connection down, since libcurl 7.88
 * would reuse a dead HTTP/2 connection for ever. TCP keep-alive and TCP_USER_TIMEOUT are set on every socket. Redirects
 * are never followed; proxies come from the kubeconfig only. Bodies are decoded from gzip only where the caller asks.
 */
#pragma once

#include <stdatomic.h>

#include "controller/base/arena.h"
#include "controller/base/buf.h"
#include "controller/loop/loop.h"

struct kc_http_client;
struct kc_http_stream;

/* How to reach and trust one server, and how to prove who we are. Copied by kc_http_target_create. */
struct kc_http_tls {
    const char *ca_pem;   /* NULL: the system's certificates */
    const char *cert_pem; /* client certificate and key; NULL: none */
    const char *key_pem;
    const char *server_name; /* tls-server-name; NULL: the URL's host */
    bool insecure;
    const char *proxy_url; /* NULL: none */
};
/* A base URL with its TLS settings: reference-counted, immutable, shared by threads. */
struct kc_http_target;
struct kc_http_target *kc_http_target_create(const char *base_url, const struct kc_http_tls *tls, struct kc_err *err);
struct kc_http_target *kc_http_target_ref(struct kc_http_target *t);
struct kc_http_target *kc_http_target_unref(struct kc_http_target *t);

struct kc_http_header {
    const char *name, *value;
};

struct kc_http_request {
    struct kc_http_target *target;
    const char *method;
    const char *path; /* path and query, encoded, begins with '/' */
    const struct kc_http_header *headers;
    size_t n_headers;
    const char *body;
    size_t body_len;
    int64_t timeout_ms;    /* whole call; 0: 30 s */
    size_t max_body_bytes; /* of the answer; 0: 64 MiB */
    int64_t not_after_ms;  /* kc_boot_ms from which on the request may not begin to leave any more; 0: none */
    bool bulk;             /* streams: the answer has megabytes; it gets a connection to itself, of HTTP/1.1 */
    atomic_bool *cancel;   /* may be NULL; when it turns true (and kc_http_client_wake is called) the call ends */
};

struct kc_http_response {
    int status;
    const char *body; /* in the arena, NUL-terminated */
    size_t body_len;
    const char *content_type; /* "" when absent */
    int64_t retry_after_ms;   /* Retry-After in seconds or as a date; 0: none */
    const char *warnings;     /* every RFC 7234 Warning header's text, joined by '\n'; "" for none */
    bool sent;                /* on failure: true when request bytes may have reached the server */
};

struct kc_http_client *kc_http_client_create(struct kc_err *err);
struct kc_http_client *kc_http_client_destroy(struct kc_http_client *c); /* ends every call with UNAVAILABLE first */
/* Ends every call with UNAVAILABLE, "ShuttingDown"; none starts any more. Any thread but the I/O thread; destroy is
 * still needed. */
void kc_http_client_close(struct kc_http_client *c);
bool kc_http_client_closed(struct kc_http_client *c);          /* any thread */
void kc_http_client_wake(struct kc_http_client *c);            /* any thread: look at the cancel flags now */
struct kc_loop *kc_http_client_loop(struct kc_http_client *c); /* for reflectors: their timers live there */

/* Blocks the calling thread (never the I/O thread). True whenever an HTTP answer came, whatever its status. False:
 * RETRY
 * ("Timeout", "ConnectionFailed", "ConnectionLost"), UNAVAILABLE ("Cancelled", "ShuttingDown", "TooLate": not_after_ms
 * was reached before the request left), INVALID (answer larger than max_body_bytes), FORBIDDEN ("TLS": the server's
 * certificate was refused). ret->sent is valid in both cases: false means that the server cannot have acted. */
KC_CHECK bool kc_http_do(struct kc_http_client *c, const struct kc_http_request *req, struct kc_arena *a,
                         struct kc_http_response *ret, struct kc_err *err);

/* A streaming call. Callbacks run on the I/O thread. on_head comes once (may be NULL); on_data may return false to end
 * the stream, with "Cancelled"; on_end comes exactly once, last, with err NULL when the server closed it properly.
 * Streams may be started in on_end, not in on_head or on_data. Unread bytes are bounded by the caller consuming on the
 * spot. idle_ms: no byte for so long ends it with RETRY "Idle". timeout_ms 0 means no limit here; max_body_bytes is not
 * looked at. */
struct kc_http_stream_handler {
    void (*on_head)(void *arg, int status, const char *content_type);
    bool (*on_data)(void *arg, const char *data, size_t len);
    void (*on_end)(void *arg, const struct kc_err *err);
    void *arg;
};
/* I/O thread only. The handle dies after on_end; NULL with err when it could not start (then on_end is not called). */
struct kc_http_stream *kc_http_stream_start(struct kc_http_client *c, const struct kc_http_request *req,
                                            int64_t idle_ms, const struct kc_http_stream_handler *h,
                                            struct kc_err *err);
void kc_http_stream_cancel(struct kc_http_stream *s); /* I/O thread only; on_end follows, later, with "Cancelled" */
