#include "controller/ai/desk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/map.h"
#include "controller/base/text.h"

#define MAX_ANSWER ((size_t)1 << 20)
#define KEEP_MS    (10 * KC_MINUTE_MS)

/* One exchange. Its owner is the desk's map; while it is open the I/O thread writes body, status and stream. */
struct exchange {
    struct kc_ai_desk *desk;
    struct kc_arena *a; /* of the request and the names */
    const char *name, *key;
    struct kc_http_request req;
    struct kc_http_stream *stream;
    struct kc_buf body;
    int64_t began_ms;
    bool disposable; /* nobody wants it any more: freed when it ends; I/O thread */
    /* Under the desk's lock. */
    bool done, forgotten;
    int64_t ended_ms;
    int status;
    struct kc_err err;
};

struct kc_ai_desk {
    struct kc_http_client *http;
    void (*wake)(void *arg, const char *key);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    struct kc_map *exchanges;
    size_t open;
    bool closing;
};

static void free_exchange(struct exchange *x)
{
    kc_http_target_unref(x->req.target);
    kc_buf_finish(&x->body);
    kc_arena_destroy(x->a);
}

static void free_value(void *x)
{
    free_exchange(x);
}

struct kc_ai_desk *kc_ai_desk_create(struct kc_http_client *http, void (*wake)(void *arg, const char *key), void *arg)
{
    struct kc_ai_desk *d = calloc(1, sizeof *d);

    if (!d)
        abort();
    *d = (struct kc_ai_desk){.http = http, .wake = wake, .arg = arg, .exchanges = kc_map_create(free_value)};
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->idle, NULL);
    return d;
}

/* With the desk's lock. */
static void one_less(struct kc_ai_desk *d)
{
    if (--d->open == 0)
        pthread_cond_broadcast(&d->idle);
}

/* The I/O thread from here to on_end. */
static void end(struct exchange *x, const struct kc_err *err)
{
    struct kc_ai_desk *d = x->desk;

    pthread_mutex_lock(&d->lock);
    x->stream = NULL;
    x->done = true;
    x->ended_ms = kc_mono_ms();
    if (err)
        x->err = *err;
    bool wake = !d->closing && !x->forgotten;
    const char *key = x->key;
    if (wake)
        d->wake(d->arg, key); /* the work queue's own lock is never held around a call of ours */
    if (x->disposable)
        free_exchange(x);
    one_less(d);
    pthread_mutex_unlock(&d->lock);
}

static void on_head(void *arg, int status, const char *content_type)
{
    struct exchange *x = arg;

    (void)content_type;
    x->status = status;
}

static bool on_data(void *arg, const char *data, size_t len)
{
    struct exchange *x = arg;

    kc_buf_add(&x->body, data, len);
    return !x->body.overflow;
}

static void on_end(void *arg, const struct kc_err *err)
{
    struct exchange *x = arg;
    struct kc_err too_long = {0};

    if (x->body.overflow)
        kc_fail(&too_long, KC_INVALID, "AnswerTooLong", "the answer is longer than %zu KiB", MAX_ANSWER / 1024);
    end(x, x->body.overflow ? &too_long : err);
}

static void start(void *arg)
{
    struct exchange *x = arg;
    struct kc_http_stream_handler handler = {.on_head = on_head, .on_data = on_data, .on_end = on_end, .arg = x};
    struct kc_err err = {0};

    pthread_mutex_lock(&x->desk->lock);
    bool stop = x->desk->closing || x->forgotten;
    pthread_mutex_unlock(&x->desk->lock);
    if (stop)
        kc_fail(&err, KC_UNAVAILABLE, "Cancelled", "not asked: stopping");
    else
        x->stream = kc_http_stream_start(x->desk->http, &x->req, 0, &handler, &err);
    if (!x->stream)
        end(x, &err);
}

/* Posted behind start: an exchange that has ended by now goes, another one when it ends. */
static void dispose(void *arg)
{
    struct exchange *x = arg;

    if (x->done) {
        free_exchange(x);
        return;
    }
    x->disposable = true;
    if (x->stream)
        kc_http_stream_cancel(x->stream);
}

static struct exchange *make(struct kc_ai_desk *d, const char *name, const char *key, const struct kc_http_request *req)
{
    struct kc_arena *a = kc_arena_create();
    struct exchange *x = kc_arena_alloc(a, sizeof *x);
    struct kc_http_header *headers = kc_arena_array(a, req->n_headers + 1, sizeof *headers);

    for (size_t i = 0; i < req->n_headers; i++)
        headers[i] = (struct kc_http_header){kc_arena_strdup(a, req->headers[i].name),
                                             kc_arena_strdup(a, req->headers[i].value)};
    *x = (struct exchange){.desk = d,
                           .a = a,
                           .name = kc_arena_strdup(a, name),
                           .key = kc_arena_strdup(a, key),
                           .req = *req,
                           .body = {.limit = MAX_ANSWER},
                           .began_ms = kc_mono_ms()};
    x->req.target = kc_http_target_ref(req->target);
    x->req.method = kc_arena_strdup(a, req->method);
    x->req.path = kc_arena_strdup(a, req->path);
    x->req.headers = headers;
    x->req.body = req->body ? kc_arena_memdup(a, req->body, req->body_len) : NULL;
    return x;
}

/* Outcomes that nobody came for: their requests were deleted. */
static void drop_old(struct kc_ai_desk *d)
{
    int64_t now = kc_mono_ms();
    const char *name;
    void *value;

    for (size_t i = 0; kc_map_next(d->exchanges, &i, &name, &value);) {
        const struct exchange *x = value;
        if (x->done && now - x->ended_ms > KEEP_MS) {
            kc_map_remove(d->exchanges, name);
            i = 0;
        }
    }
}

bool kc_ai_desk_ask(struct kc_ai_desk *d, const char *name, const char *key, const struct kc_http_request *req,
                    struct kc_err *err)
{
    struct exchange *x = NULL;
    bool ok = true;

    pthread_mutex_lock(&d->lock);
    drop_old(d);
    if (d->closing)
        ok = kc_fail(err, KC_UNAVAILABLE, "ShuttingDown", "kubechat is stopping");
    else if (kc_map_get(d->exchanges, name))
        ;
    else if (d->open >= KC_AI_MAX_OPEN)
        ok =
            kc_fail(err, KC_UNAVAILABLE, "TooManyQuestions", "%d questions to models are open already", KC_AI_MAX_OPEN);
    else {
        x = make(d, name, key, req);
        kc_map_put(d->exchanges, x->name, x);
        d->open++;
    }
    pthread_mutex_unlock(&d->lock);
    if (x)
        kc_loop_post(kc_http_client_loop(d->http), start, x);
    return ok;
}

enum kc_ai_state kc_ai_desk_look(struct kc_ai_desk *d, const char *name, struct kc_arena *a, struct kc_ai_outcome *ret)
{
    enum kc_ai_state state = KC_AI_NONE;

    pthread_mutex_lock(&d->lock);
    const struct exchange *x = kc_map_get(d->exchanges, name);
    if (x)
        state = x->done ? KC_AI_DONE : KC_AI_OPEN;
    if (state == KC_AI_DONE) {
        *ret = (struct kc_ai_outcome){.ok = x->err.class == KC_NONE && x->status == 200,
                                      .status = x->status,
                                      .body = kc_arena_strndup(a, kc_buf_str(&x->body), x->body.len),
                                      .body_len = x->body.len,
                                      .latency_ms = x->ended_ms - x->began_ms,
                                      .err = x->err};
        if (!ret->ok && ret->err.class == KC_NONE)
            kc_fail(&ret->err, kc_class_of_http(x->status), "ModelServer", "the model server answered %d", x->status);
    }
    pthread_mutex_unlock(&d->lock);
    return state;
}

void kc_ai_desk_forget(struct kc_ai_desk *d, const char *name)
{
    pthread_mutex_lock(&d->lock);
    struct exchange *x = kc_map_take(d->exchanges, name);
    if (x && x->done) {
        free_exchange(x);
    } else if (x) {
        x->forgotten = true;
        kc_loop_post(kc_http_client_loop(d->http), dispose, x);
    }
    pthread_mutex_unlock(&d->lock);
}

static void cancel_all(void *arg)
{
    struct kc_ai_desk *d = arg;
    const char *name;
    void *value;

    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; kc_map_next(d->exchanges, &i, &name, &value);) {
        struct exchange *x = value;
        if (x->stream)
            kc_http_stream_cancel(x->stream); /* on_end follows later, not in here */
    }
    one_less(d);
    pthread_mutex_unlock(&d->lock);
}

void kc_ai_desk_close(struct kc_ai_desk *d)
{
    pthread_mutex_lock(&d->lock);
    d->closing = true;
    pthread_mutex_unlock(&d->lock);
}

struct kc_ai_desk *kc_ai_desk_destroy(struct kc_ai_desk *d)
{
    if (!d)
        return NULL;
    kc_ai_desk_close(d);
    pthread_mutex_lock(&d->lock);
    d->open++; /* the desk lives until the post has run */
    pthread_mutex_unlock(&d->lock);
    kc_loop_post(kc_http_client_loop(d->http), cancel_all, d);
    pthread_mutex_lock(&d->lock);
    while (d->open)
        pthread_cond_wait(&d->idle, &d->lock);
    pthread_mutex_unlock(&d->lock);
    kc_map_destroy(d->exchanges);
    pthread_cond_destroy(&d->idle);
    pthread_mutex_destroy(&d->lock);
    free(d);
    return NULL;
}
