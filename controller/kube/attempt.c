#include "controller/kube/attempt.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/kube/client.h"
#include "controller/kube/framer.h"
#include "controller/kube/identity.h"
#include "controller/kube/protoframer.h"

#define ERROR_BODY_MAX 65536                                 /* of a metav1.Status; the rest is cut off */
#define PROTOBUF_TYPE  "application/vnd.kubernetes.protobuf" /* parameters may follow */

struct kc_attempt {
    struct kc_attempt_handler handler;
    bool dropped;
    enum kc_attempt_kind kind;
    struct kc_http_stream *stream;
    enum kc_encoding encoding; /* of the answer: which of the framers is fed */
    struct kc_framer framer;
    struct kc_protoframer protoframer;
    int status; /* 0: no head yet */
    int64_t head_ms, last_byte_ms;
    struct kc_buf error_body; /* of statuses other than 200 */
    struct kc_err err;        /* why we end it ourselves */
};

enum kc_attempt_kind kc_attempt_kind(const struct kc_attempt *a)
{
    return a->kind;
}

int64_t kc_attempt_last_byte_ms(const struct kc_attempt *a)
{
    return a->last_byte_ms;
}

int64_t kc_attempt_head_ms(const struct kc_attempt *a)
{
    return a->head_ms;
}

struct kc_frame kc_attempt_envelope(const struct kc_attempt *a)
{
    const struct kc_buf *b = a->encoding == KC_PROTOBUF ? &a->protoframer.envelope : &a->framer.envelope;

    return (struct kc_frame){a->encoding, kc_buf_str(b), b->len, true};
}

static void touch(struct kc_attempt *a)
{
    a->last_byte_ms = kc_mono_ms();
    a->handler.on_byte(a->handler.arg);
}

static void on_head(void *arg, int status, const char *content_type)
{
    struct kc_attempt *a = arg;

    if (a->dropped)
        return;
    a->status = status;
    a->encoding = kc_str_starts(content_type, PROTOBUF_TYPE) ? KC_PROTOBUF : KC_JSON;
    touch(a);
    if (status != 200)
        return;
    a->head_ms = a->last_byte_ms;
    if (a->handler.on_head)
        a->handler.on_head(a->handler.arg);
}

static void on_frame(void *arg, const struct kc_frame *f)
{
    struct kc_attempt *a = arg;

    if (a->err.class == KC_NONE)
        a->handler.on_frame(a->handler.arg, f, &a->err);
}

static bool feed(struct kc_attempt *a, const char *data, size_t len, struct kc_err *err)
{
    return a->encoding == KC_PROTOBUF ? kc_protoframer_feed(&a->protoframer, data, len, err)
                                      : kc_framer_feed(&a->framer, data, len, err);
}

static bool is_complete(const struct kc_attempt *a, struct kc_err *err)
{
    return a->encoding == KC_PROTOBUF ? kc_protoframer_end(&a->protoframer, err) : kc_framer_end(&a->framer, err);
}

static bool on_data(void *arg, const char *data, size_t len)
{
    struct kc_attempt *a = arg;

    if (a->dropped)
        return false;
    touch(a);
    if (a->status != 200) {
        size_t room = ERROR_BODY_MAX - a->error_body.len;
        kc_buf_add(&a->error_body, data, len < room ? len : room);
        return true;
    }
    if (a->kind == KC_PROBE)
        return true;
    struct kc_err err = {0};
    if (!feed(a, data, len, &err) && a->err.class == KC_NONE)
        a->err = err;
    return a->err.class == KC_NONE;
}

/* Sets *err to why the attempt did not succeed; false when it did. */
static bool outcome(struct kc_attempt *a, const struct kc_err *ended, struct kc_err *err)
{
    if (a->err.class != KC_NONE) {
        *err = a->err;
    } else if (ended) {
        *err = *ended;
    } else if (a->status != 200) {
        kc_status_fail(err, a->status, kc_buf_str(&a->error_body), a->error_body.len);
    } else if (a->kind == KC_PROBE || is_complete(a, err)) {
        return false;
    }
    return true;
}

static void attempt_free(struct kc_attempt *a)
{
    kc_framer_finish(&a->framer);
    kc_protoframer_finish(&a->protoframer);
    kc_buf_finish(&a->error_body);
    free(a);
}

static void on_end(void *arg, const struct kc_err *ended)
{
    struct kc_attempt *a = arg;
    struct kc_err err = {0};

    if (!a->dropped)
        a->handler.on_end(a->handler.arg, a, outcome(a, ended, &err) ? &err : NULL);
    attempt_free(a);
}

static bool make_headers(struct kc_arena *a, const struct kc_attempt_request *req, struct kc_http_header **ret,
                         size_t *ret_n, struct kc_err *err)
{
    static const struct kc_identity_filter everything = {.all_extras = true}; /* it is our own kubeconfig's identity */
    struct kc_http_header *v = kc_arena_array(a, 3 + kc_identity_max_headers(req->as), sizeof(*v));
    size_t n = 0;

    v[n++] = (struct kc_http_header){"Accept", req->accept};
    v[n++] = (struct kc_http_header){"User-Agent", "kubechat/" KC_VERSION};
    if (req->token && *req->token)
        v[n++] = (struct kc_http_header){"Authorization", kc_arena_printf(a, "Bearer %s", req->token)};
    *ret = v;
    if (*kc_or(req->as->username, "") && !kc_identity_headers(a, req->as, &everything, v, &n, err))
        return false;
    *ret_n = n;
    return true;
}

struct kc_attempt *kc_attempt_start(struct kc_http_client *http, const struct kc_attempt_request *req,
                                    const struct kc_attempt_handler *h, struct kc_err *err)
{
    KC_ARENA_SCOPE(arena);
    struct kc_http_header *headers;
    size_t n_headers;

    if (!make_headers(arena, req, &headers, &n_headers, err))
        return NULL;
    struct kc_attempt *a = calloc(1, sizeof(*a));
    if (!a)
        abort();
    a->handler = *h;
    a->kind = req->kind;
    a->last_byte_ms = kc_mono_ms();
    enum kc_frame_mode mode = req->kind == KC_LIST ? KC_FRAME_LIST : KC_FRAME_WATCH;
    kc_framer_init(&a->framer, mode, req->max_frame, on_frame, a);
    kc_protoframer_init(&a->protoframer, mode, req->max_frame, on_frame, a);
    const struct kc_http_request get = {
        .target = req->target,
        .method = "GET",
        .path = req->path,
        .headers = headers,
        .n_headers = n_headers,
        .timeout_ms = req->timeout_ms,
        .bulk = req->bulk,
    };
    const struct kc_http_stream_handler handler = {on_head, on_data, on_end, a};
    a->stream = kc_http_stream_start(http, &get, req->idle_ms, &handler, err);
    if (a->stream)
        return a;
    attempt_free(a);
    return NULL;
}

struct kc_attempt *kc_attempt_drop(struct kc_attempt *a)
{
    if (!a)
        return NULL;
    a->dropped = true;
    kc_http_stream_cancel(a->stream);
    return NULL;
}
