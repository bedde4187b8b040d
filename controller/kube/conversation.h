/* conversation: a call that the API server answers with a WebSocket, as ourselves or as a person: exec.
 *
 * Blocks the calling thread (a thread of its own: not the I/O thread, not a worker's). The call counts as one that
 * changes something: with a lease it leaves only while that is held. It is never repeated but after a 401, once, with
 * fresh credentials: then the server has not acted.
 */
#pragma once

#include "controller/http/websocket.h"
#include "controller/kube/client.h"

struct kc_conversation {
    const char *path, *query;     /* encoded; query NULL: none */
    const char *protocol;         /* Sec-WebSocket-Protocol */
    const struct kc_identity *as; /* NULL: ourselves */
    int64_t timeout_ms;           /* from the connection to the end */
    size_t max_message;
    int cancel_fd; /* readable: end it; -1: none */
    bool (*on_message)(void *arg, const void *data, size_t len);
    void *arg;
};

/* True: it began (101) and ended with the server's goodbye, or on_message had heard enough. False otherwise; an answer
 * other than 101 is a failure with the API server's words (err->http_status). ret is valid in both cases. */
KC_CHECK bool kc_kube_converse(struct kc_kube *k, const struct kc_conversation *c, struct kc_arena *a,
                               struct kc_websocket_ended *ret, struct kc_err *err);
