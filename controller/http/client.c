#include "controller/http/client.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/http/request.h"
#include "controller/http/stream.h"

enum { TIMEOUT_MS = 30000, MAX_BODY = 64 << 20 };

struct kc_http_client {
    struct kc_loop *loop;
    pthread_t thread;
    bool running;
    struct kc_stream_pool pool;
    struct kc_engine *unary, *streams, *bulk;
    atomic_bool waking;
    pthread_mutex_t mutex; /* guards the rest */
    pthread_cond_t left;
    size_t callers; /* threads inside of kc_http_do */
    bool closing;
};

static void init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

static void *run(void *arg)
{
    struct kc_http_client *c = arg;
    kc_loop_run(c->loop);
    return NULL;
}

/* No signal is ever handled on the I/O thread: OpenSSL's writes would raise SIGPIPE. */
static bool start_thread(struct kc_http_client *c, struct kc_err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&c->thread, NULL, run, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return kc_fail(err, KC_FATAL, "Thread", "the I/O thread could not be started: %s", strerror(failed));
    pthread_setname_np(c->thread, "kc-http");
    c->running = true;
    return true;
}

struct kc_http_client *kc_http_client_create(struct kc_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
    struct kc_http_client *c = calloc(1, sizeof(*c));
    if (!c)
        abort();
    pthread_mutex_init(&c->mutex, NULL);
    pthread_cond_init(&c->left, NULL);
    kc_list_init(&c->pool.idle);
    if (!(c->loop = kc_loop_create(err)) || !kc_stream_pool_init(&c->pool, c->loop, err) ||
        !(c->unary = c->pool.limited = kc_engine_create(c->loop, KC_ENGINE_SHARED, kc_stream_on_done, err)) ||
        !(c->streams = kc_engine_create(c->loop, KC_ENGINE_SHARED, kc_stream_on_done, err)) ||
        !(c->bulk = kc_engine_create(c->loop, KC_ENGINE_BULK, kc_stream_on_done, err)) || !start_thread(c, err))
        return kc_http_client_destroy(c);
    return c;
}

static void close_all(void *arg)
{
    struct kc_http_client *c = arg;
    kc_streams_close(&c->pool);
}

void kc_http_client_close(struct kc_http_client *c)
{
    pthread_mutex_lock(&c->mutex);
    c->closing = true;
    kc_loop_post(c->loop, close_all, c);
    pthread_mutex_unlock(&c->mutex);
}

bool kc_http_client_closed(struct kc_http_client *c)
{
    pthread_mutex_lock(&c->mutex);
    bool closed = c->closing;
    pthread_mutex_unlock(&c->mutex);
    return closed;
}

struct kc_http_client *kc_http_client_destroy(struct kc_http_client *c)
{
    if (!c)
        return NULL;
    if (c->running) {
        kc_http_client_close(c);
        pthread_mutex_lock(&c->mutex);
        while (c->callers)
            pthread_cond_wait(&c->left, &c->mutex);
        pthread_mutex_unlock(&c->mutex);
        kc_loop_stop(c->loop);
        pthread_join(c->thread, NULL);
    }
    /* Handles first: they belong to no engine any more. The sockets close with the engines. */
    kc_stream_pool_finish(&c->pool);
    kc_engine_destroy(c->unary);
    kc_engine_destroy(c->streams);
    kc_engine_destroy(c->bulk);
    kc_sockets_destroy(c->pool.sockets);
    kc_loop_destroy(c->loop);
    pthread_mutex_destroy(&c->mutex);
    pthread_cond_destroy(&c->left);
    free(c);
    return NULL;
}

struct kc_loop *kc_http_client_loop(struct kc_http_client *c)
{
    return c->loop;
}

static void look_at_flags(void *arg)
{
    struct kc_http_client *c = arg;
    atomic_store(&c->waking, false); /* first: a flag set after the look below posts again */
    kc_streams_end_cancelled(&c->pool);
}

void kc_http_client_wake(struct kc_http_client *c)
{
    if (!atomic_exchange(&c->waking, true))
        kc_loop_post(c->loop, look_at_flags, c);
}

/* One kc_http_do, on its caller's stack. */
struct call {
    struct kc_http_client *client;
    const struct kc_http_request *req;
    struct kc_http_stream *stream;
    struct kc_buf body, warnings;
    char content_type[128];
    int status;
    int64_t retry_after_ms;
    bool sent;
    struct kc_err err;
    sem_t done;
};

static bool on_data(void *arg, const char *data, size_t len)
{
    struct call *call = arg;
    kc_buf_add(&call->body, data, len);
    return !call->body.overflow;
}

static void on_end(void *arg, const struct kc_err *err)
{
    struct call *call = arg;
    const struct kc_http_stream *s = call->stream;
    call->sent = kc_stream_sent(s);
    if (call->body.overflow)
        kc_fail(&call->err, KC_INVALID, "TooLarge", "%s: the answer is larger than %zu bytes", s->what,
                call->body.limit);
    else if (err)
        call->err = *err;
    call->status = s->status;
    call->retry_after_ms = s->retry_after_ms;
    memcpy(call->content_type, s->content_type, sizeof(call->content_type));
    kc_buf_add(&call->warnings, kc_buf_str(&s->warnings), s->warnings.len);
    sem_post(&call->done);
}

static void start(void *arg)
{
    struct call *call = arg;
    const struct kc_http_request *req = call->req;
    const struct kc_http_stream_handler handler = {.on_data = on_data, .on_end = on_end, .arg = call};
    if (req->cancel && atomic_load(req->cancel))
        kc_fail(&call->err, KC_UNAVAILABLE, "Cancelled", "%s %s: cancelled by the caller", req->method, req->path);
    else
        call->stream = kc_stream_start(&call->client->pool, call->client->unary, req,
                                       req->timeout_ms ? req->timeout_ms : TIMEOUT_MS, 0, &handler, &call->err);
    if (!call->stream)
        sem_post(&call->done);
}

static bool enter(struct kc_http_client *c, struct kc_err *err)
{
    pthread_mutex_lock(&c->mutex);
    bool open = !c->closing;
    c->callers += open;
    pthread_mutex_unlock(&c->mutex);
    return open || kc_fail(err, KC_UNAVAILABLE, "ShuttingDown", "the program is shutting down");
}

static void leave(struct kc_http_client *c)
{
    pthread_mutex_lock(&c->mutex);
    if (--c->callers == 0)
        pthread_cond_broadcast(&c->left);
    pthread_mutex_unlock(&c->mutex);
}

/* The answer's memory goes to the arena as it is: no second copy of a large list. */
static void take_answer(struct call *call, struct kc_arena *a, struct kc_http_response *ret)
{
    ret->status = call->status;
    ret->body_len = call->body.len;
    char *body = kc_buf_steal(&call->body);
    kc_arena_defer(a, free, body);
    ret->body = body;
    ret->content_type = kc_arena_strdup(a, call->content_type);
    if (call->warnings.len)
        call->warnings.data[--call->warnings.len] = '\0'; /* the last one's '\n' */
    ret->warnings = kc_arena_strdup(a, kc_buf_str(&call->warnings));
    ret->retry_after_ms = call->retry_after_ms;
}

bool kc_http_do(struct kc_http_client *c, const struct kc_http_request *req, struct kc_arena *a,
                struct kc_http_response *ret, struct kc_err *err)
{
    *ret = (struct kc_http_response){.body = "", .content_type = "", .warnings = ""};
    if (pthread_equal(pthread_self(), c->thread))
        return kc_fail(err, KC_FATAL, "WrongThread", "a blocking call on the I/O thread");
    if (!kc_request_check(req, err) || !enter(c, err))
        return false;
    struct call call = {.client = c, .req = req};
    call.body.limit = req->max_body_bytes ? req->max_body_bytes : MAX_BODY;
    sem_init(&call.done, 0, 0);
    kc_loop_post(c->loop, start, &call);
    while (sem_wait(&call.done) != 0 && errno == EINTR)
        ;
    sem_destroy(&call.done);
    leave(c);
    ret->sent = call.sent;
    bool answered = call.err.class == KC_NONE;
    if (answered)
        take_answer(&call, a, ret);
    else if (err)
        *err = call.err;
    kc_buf_finish(&call.body);
    kc_buf_finish(&call.warnings);
    return answered;
}

struct kc_http_stream *kc_http_stream_start(struct kc_http_client *c, const struct kc_http_request *req,
                                            int64_t idle_ms, const struct kc_http_stream_handler *h, struct kc_err *err)
{
    return kc_stream_start(&c->pool, req->bulk ? c->bulk : c->streams, req, req->timeout_ms, idle_ms, h, err);
}
