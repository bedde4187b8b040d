/* upgrade: the HTTP/1.1 exchange that turns a connection into a WebSocket (RFC 6455, section 4). Pure.
 *
 * Only what comes before the first frame: the request's text, and the answer as it trickles in. Every length is
 * bounded.
 */
#pragma once

#include "controller/base/buf.h"
#include "controller/base/err.h"
#include "controller/http/client.h"

#define KC_WEBSOCKET_KEY_LEN 25 /* base64 of 16 bytes, and a NUL */

/* The request with the bytes that end it. host: "host:port"; path: with its query; key: Sec-WebSocket-Key. The headers
 * were checked before. */
void kc_upgrade_request(struct kc_buf *out, const char *host, const char *path, const char *key, const char *protocol,
                        const struct kc_http_header *headers, size_t n_headers);
/* Sec-WebSocket-Accept for a key. */
void kc_upgrade_accept(char out[29], const char *key);

#define KC_UPGRADE_HEAD_MAX ((size_t)64 << 10)
#define KC_UPGRADE_BODY_MAX ((size_t)256 << 10)

/* The answer so far; zeroed to begin with. */
struct kc_upgrade_answer {
    struct kc_buf head; /* until the empty line */
    int status;         /* 0: the head is not whole yet */
    char accept[64], protocol[64];
    bool upgrades;          /* Upgrade: websocket */
    int64_t retry_after_ms; /* 0: none */
    struct kc_buf body;     /* of a refusal; beyond KC_UPGRADE_BODY_MAX it is cut */
    int64_t body_left;      /* bytes, or -1: until the connection ends */
    bool chunked;
    struct kc_buf line; /* of a chunk's size */
    int64_t chunk_left; /* < 0: a size line is next; > 0: bytes and the line break behind them */
    bool complete;
};

/* Takes bytes of the answer; *ret_used tells how many belong to it: what follows a head of status 101 are frames.
 * Complete: a->complete. INVALID: it is no HTTP answer, or its head is too long. */
KC_CHECK bool kc_upgrade_feed(struct kc_upgrade_answer *a, const char *bytes, size_t len, size_t *ret_used,
                              struct kc_err *err);
/* Whether an answer of status 101 is one to that key, with that protocol. INVALID says what it has instead. */
KC_CHECK bool kc_upgrade_fits(const struct kc_upgrade_answer *a, const char *key, const char *protocol,
                              struct kc_err *err);
void kc_upgrade_answer_finish(struct kc_upgrade_answer *a);
