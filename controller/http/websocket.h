/* websocket: one conversation over a WebSocket (RFC 6455), on the thread that calls it.
 *
 * libcurl connects (TLS, proxy, client certificate: as for every call of the target), wslay makes the frames. Messages
 * are only received; pings are answered. The thread sleeps in poll(2) between bytes; it is not the I/O thread.
 */
#pragma once

#include "controller/http/client.h"

struct kc_websocket_request {
    struct kc_http_target *target;
    const char *path; /* path and query, encoded, begins with '/' */
    const struct kc_http_header *headers;
    size_t n_headers;
    const char *protocol; /* the only subprotocol that is taken */
    int64_t timeout_ms;   /* the whole conversation */
    int64_t not_after_ms; /* kc_boot_ms from which on the request may not leave any more; 0: none */
    size_t max_message;   /* bytes; a longer one ends the conversation with INVALID "TooLarge" */
    int cancel_fd;        /* readable: end it; -1: none */
    bool (*on_message)(void *arg, const void *data, size_t len); /* binary or text; false: heard enough */
    void *arg;
};

struct kc_websocket_ended {
    bool sent;  /* bytes of the request may have reached the server */
    int status; /* of the HTTP answer: 101 when the conversation began; 0: there was none */
    int64_t retry_after_ms;
    const char *body; /* of an answer other than 101, at most 256 KiB; "" else. In the arena */
    size_t body_len;
    int close_code; /* of the server's close frame (RFC 6455, section 7.4); 0: none came */
};

/* Blocks. True: the server answered with another status than 101, or said goodbye by a close frame, or on_message had
 * heard enough. False, with what is known in *ret: RETRY ("ConnectionFailed": not sent; "ConnectionLost"; "Timeout"),
 * UNAVAILABLE ("Cancelled", "TooLate": not sent), FORBIDDEN ("TLS"), INVALID ("BadAnswer", "TooLarge"). */
KC_CHECK bool kc_websocket_run(const struct kc_websocket_request *req, struct kc_arena *a,
                               struct kc_websocket_ended *ret, struct kc_err *err);
