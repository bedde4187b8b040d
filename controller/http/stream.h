/* stream: one exchange with a server, from its start on an engine to on_end. A unary call is one whose body is
 * collected.
 *
 * I/O thread only. Finished streams go back to the pool of their client with their curl handle and its settings, so
 * that the next call for the same target sets only what differs.
 */
#pragma once

#include "controller/base/list.h"
#include "controller/http/engine.h"
#include "controller/http/sockets.h"
#include "controller/http/target.h"

enum { KC_STREAMS_MAX = 100 };

struct kc_stream_pool {
    struct kc_loop *loop;
    struct kc_sockets *sockets;
    CURLSH *share;               /* TLS sessions */
    struct kc_list idle, active; /* active: in the order of their start */
    size_t n_idle;
    /* On this engine at most KC_STREAMS_MAX streams of one target run at a time, the others wait for their turn. Beyond
     * what one HTTP/2 connection takes (100 with the API server), libcurl 7.88 would open a connection for each. */
    struct kc_engine *limited;
    bool closing;
};

struct kc_http_stream {
    struct kc_node node; /* on the pool's idle or active list */
    struct kc_stream_pool *pool;
    struct kc_engine *engine;
    struct kc_http_target *target; /* whose settings easy has */
    CURL *easy;
    struct kc_timer *timer;
    struct curl_slist *headers;
    struct kc_http_stream_handler handler;
    char *what; /* "GET https://host/path", for messages */
    atomic_bool *cancel;
    int64_t started_ms, last_byte_ms, timeout_ms, idle_ms; /* the last two: 0 is none */
    int64_t not_after_ms;                                  /* kc_boot_ms; 0: none */
    struct kc_socket_id socket;
    unsigned attempts;       /* times that curl was about to send the request */
    bool repeatable;         /* curl may send it again on a fresh connection */
    bool cancelled, refused; /* by the user; by on_data */
    bool late;               /* not_after_ms was reached before it left */
    bool running;            /* added to engine; false: waits for its turn */
    bool head_done;
    int status;
    char content_type[128];
    int64_t retry_after_ms;
    struct kc_buf warnings;
    char error[CURL_ERROR_SIZE];
};

bool kc_stream_pool_init(struct kc_stream_pool *p, struct kc_loop *l, struct kc_err *err);
void kc_stream_pool_finish(struct kc_stream_pool *p); /* no stream is active any more; engines may still live */

/* kc_http_stream_start with the engine to run on. timeout_ms 0: no limit. */
struct kc_http_stream *kc_stream_start(struct kc_stream_pool *p, struct kc_engine *e, const struct kc_http_request *req,
                                       int64_t timeout_ms, int64_t idle_ms, const struct kc_http_stream_handler *h,
                                       struct kc_err *err);
void kc_stream_on_done(void *stream, CURLcode code); /* for kc_engine_create */

void kc_streams_end_cancelled(struct kc_stream_pool *p); /* ends every stream whose cancel flag is set */
void kc_streams_close(struct kc_stream_pool *p);         /* ends all; no stream starts any more */
bool kc_stream_sent(const struct kc_http_stream *s);     /* request bytes may have reached the server */
