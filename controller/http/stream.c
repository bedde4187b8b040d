#include "controller/http/stream.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/http/headers.h"
#include "controller/http/request.h"

enum { POOL_MAX = 128, WARNINGS_MAX = 16384 };
/* Of what curl takes from a connection at a time: with its own 16 KiB it goes round its loops for each TLS record. */
#define BUFFER 65536L
/* An API server closes the connection of those it does not know, and libcurl 7.88 then sometimes loses the end of the
 * body; but the status alone says what is to be done: nothing was, so ask for another token. */
enum { STATUS_UNAUTHORIZED = 401 };
/* When a call times out, its connection is held for dead if the server sent nothing at all on it for half of the call's
 * own silence, within these bounds. Half, since it may have died in the middle of the call. */
enum { QUIET_MIN_MS = 500, QUIET_MAX_MS = 5000 };

bool kc_stream_pool_init(struct kc_stream_pool *p, struct kc_loop *l, struct kc_err *err)
{
    *p = (struct kc_stream_pool){.loop = l};
    kc_list_init(&p->idle);
    kc_list_init(&p->active);
    p->sockets = kc_sockets_create();
    p->share = curl_share_init();
    if (!p->share)
        return kc_fail(err, KC_FATAL, "CurlShare", "libcurl could not be set up: out of memory");
    curl_share_setopt(p->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return true;
}

static void destroy(struct kc_http_stream *s)
{
    curl_easy_cleanup(s->easy);
    kc_timer_destroy(s->timer);
    kc_http_target_unref(s->target);
    kc_buf_finish(&s->warnings);
    free(s);
}

void kc_stream_pool_finish(struct kc_stream_pool *p)
{
    for (struct kc_node *n = kc_list_first(&p->idle), *after; n; n = after) {
        after = kc_list_after(&p->idle, n);
        destroy(KC_CONTAINER(n, struct kc_http_stream, node));
    }
    kc_list_init(&p->idle);
    if (p->share)
        curl_share_cleanup(p->share);
}

bool kc_stream_sent(const struct kc_http_stream *s)
{
    return s->attempts > 0;
}

static struct kc_http_stream *take(struct kc_stream_pool *p, const struct kc_http_target *t)
{
    struct kc_http_stream *s = NULL;
    for (struct kc_node *n = kc_list_first(&p->idle); n; n = kc_list_after(&p->idle, n)) {
        s = KC_CONTAINER(n, struct kc_http_stream, node);
        if (s->target == t)
            break;
    }
    if (s) {
        kc_list_remove(&s->node);
        p->n_idle--;
        return s;
    }
    s = calloc(1, sizeof(*s));
    if (!s || !(s->easy = curl_easy_init()))
        abort();
    s->pool = p;
    s->warnings.limit = WARNINGS_MAX;
    curl_easy_setopt(s->easy, CURLOPT_SHARE, p->share);
    curl_easy_setopt(s->easy, CURLOPT_BUFFERSIZE, BUFFER);
    return s;
}

static void give_back(struct kc_http_stream *s)
{
    struct kc_stream_pool *p = s->pool;
    kc_list_remove(&s->node);
    /* Nothing of the request stays behind: it may hold secrets. */
    kc_request_clear(s->easy);
    curl_slist_free_all(s->headers);
    s->headers = NULL;
    free(s->what);
    s->what = NULL;
    if (p->n_idle >= POOL_MAX) {
        destroy(s);
        return;
    }
    kc_list_append(&p->idle, &s->node);
    p->n_idle++;
}

static bool has_room(const struct kc_stream_pool *p, const struct kc_http_stream *s)
{
    size_t running = 0;
    if (s->engine != p->limited)
        return true;
    for (struct kc_node *n = kc_list_first(&p->active); n; n = kc_list_after(&p->active, n)) {
        const struct kc_http_stream *other = KC_CONTAINER(n, struct kc_http_stream, node);
        running += other->running && other->engine == s->engine && other->target == s->target;
    }
    return running < KC_STREAMS_MAX;
}

static struct kc_http_stream *next_waiting(const struct kc_stream_pool *p, const struct kc_engine *e,
                                           const struct kc_http_target *t)
{
    for (struct kc_node *n = kc_list_first(&p->active); n; n = kc_list_after(&p->active, n)) {
        struct kc_http_stream *s = KC_CONTAINER(n, struct kc_http_stream, node);
        if (!s->running && s->engine == e && s->target == t)
            return s;
    }
    return NULL;
}

static void end(struct kc_http_stream *s, const struct kc_err *err)
{
    kc_timer_set(s->timer, -1);
    if (s->running) {
        s->running = false;
        kc_engine_remove(s->engine, s->easy);
        kc_list_remove(&s->node);
        struct kc_http_stream *next = next_waiting(s->pool, s->engine, s->target);
        if (next) /* never inside of a curl callback, so that it is taken */
            next->running = kc_engine_add(next->engine, next->easy);
    }
    s->handler.on_end(s->handler.arg, err);
    give_back(s);
}

static void fail(struct kc_http_stream *s, enum kc_class class, const char *reason, const char *text)
{
    struct kc_err err = {0};
    kc_fail(&err, class, reason, "%s: %s", s->what, text);
    end(s, &err);
}

static void fail_cancelled(struct kc_http_stream *s)
{
    fail(s, KC_UNAVAILABLE, "Cancelled", "cancelled by the caller");
}

static void fail_silent(struct kc_http_stream *s, const char *reason, const char *text, int64_t limit_ms)
{
    struct kc_err err = {0};
    kc_fail(&err, KC_RETRY, reason, "%s: %s %lld ms", s->what, text, (long long)limit_ms);
    struct kc_sockets *sockets = s->pool->sockets;
    struct kc_socket_id socket = s->socket;
    int64_t quiet = (kc_mono_ms() - s->last_byte_ms) / 2;
    end(s, &err);
    /* libcurl 7.88 goes on using an HTTP/2 connection whose other end is gone, for ever. */
    quiet = quiet < QUIET_MIN_MS ? QUIET_MIN_MS : quiet > QUIET_MAX_MS ? QUIET_MAX_MS : quiet;
    kc_sockets_cut_if_silent(sockets, socket, quiet);
}

/* Looked at right before the request leaves: whoever was stopped for a while, or waited for a connection, must not act
 * on a promise that is over. */
static bool is_late(const struct kc_http_stream *s)
{
    return s->not_after_ms && kc_boot_ms() >= s->not_after_ms;
}

static void fail_late(struct kc_http_stream *s)
{
    fail(s, KC_UNAVAILABLE, "TooLate", "not sent: the time in which it might be sent is over");
}

static int64_t next_limit(const struct kc_http_stream *s)
{
    int64_t deadline = s->timeout_ms ? s->started_ms + s->timeout_ms : INT64_MAX;
    int64_t idle = s->idle_ms ? s->last_byte_ms + s->idle_ms : INT64_MAX;
    return deadline < idle ? deadline : idle;
}

static void arm(struct kc_http_stream *s)
{
    int64_t limit = next_limit(s);
    int64_t left = limit == INT64_MAX ? INT64_MAX : limit - kc_mono_ms();
    int64_t may = s->not_after_ms && !s->attempts ? s->not_after_ms - kc_boot_ms() : INT64_MAX;
    left = left < may ? left : may;
    kc_timer_set(s->timer, left == INT64_MAX ? -1 : left > 0 ? left : 0);
}

static void on_timer(void *arg)
{
    struct kc_http_stream *s = arg;
    int64_t now = kc_mono_ms();
    if (s->cancelled)
        fail_cancelled(s);
    else if (!s->attempts && is_late(s))
        fail_late(s);
    else if (now < next_limit(s))
        arm(s);
    else if (!s->timeout_ms || now < s->started_ms + s->timeout_ms)
        fail_silent(s, "Idle", "not a byte within", s->idle_ms);
    else if (kc_stream_sent(s))
        fail_silent(s, "Timeout", "no complete answer within", s->timeout_ms);
    else
        fail_silent(s, "ConnectionFailed", "no connection within", s->timeout_ms);
}

static void on_status_line(struct kc_http_stream *s, const char *line)
{
    const char *space = strchr(line, ' ');
    s->status = space ? (int)strtol(space + 1, NULL, 10) : 0; /* curl has checked it */
    s->content_type[0] = '\0';
    s->retry_after_ms = 0;
    kc_buf_clear(&s->warnings);
}

static void on_header(struct kc_http_stream *s, const char *name, const char *value)
{
    if (strcasecmp(name, "content-type") == 0)
        snprintf(s->content_type, sizeof(s->content_type), "%s", value);
    else if (strcasecmp(name, "retry-after") == 0)
        s->retry_after_ms = kc_http_retry_after(value, kc_unix_ms());
    else if (strcasecmp(name, "warning") == 0)
        kc_http_warnings(&s->warnings, value);
}

static void on_head_end(struct kc_http_stream *s)
{
    if (s->status < 200) /* an interim answer: the final one follows */
        return;
    s->head_done = true;
    if (s->handler.on_head)
        s->handler.on_head(s->handler.arg, s->status, s->content_type);
}

static size_t on_header_line(char *bytes, size_t size, size_t n, void *arg)
{
    struct kc_http_stream *s = arg;
    size_t len = size * n, used = len;
    s->last_byte_ms = kc_mono_ms();
    while (used && strchr("\r\n \t", bytes[used - 1]))
        used--;
    if (s->head_done) /* trailers */
        return len;
    KC_BUF_SCOPE line = {0};
    kc_buf_add(&line, bytes, used);
    char *colon = line.len ? strchr(line.data, ':') : NULL;
    if (!line.len) {
        on_head_end(s);
    } else if (kc_str_starts(line.data, "HTTP/")) {
        on_status_line(s, line.data);
    } else if (colon) {
        *colon = '\0';
        on_header(s, line.data, colon + 1 + strspn(colon + 1, " \t"));
    }
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct kc_http_stream *s = arg;
    s->last_byte_ms = kc_mono_ms();
    if (s->cancelled)
        return 0;
    if (s->handler.on_data(s->handler.arg, bytes, size * n))
        return size * n;
    s->refused = true;
    return 0;
}

/* curl is about to send the request. It would send it again by itself when a kept connection turns out to be closed, be
 * it a POST (Curl_retry_request): the server may have acted on the first. */
static int on_request(void *arg, char *remote, char *local, int remote_port, int local_port)
{
    struct kc_http_stream *s = arg;
    (void)remote, (void)local, (void)remote_port;
    if (s->attempts && !s->repeatable)
        return CURL_PREREQFUNC_ABORT;
    s->late = is_late(s);
    if (s->late)
        return CURL_PREREQFUNC_ABORT;
    s->attempts++;
    s->socket = kc_sockets_by_port(s->pool->sockets, local_port);
    return CURL_PREREQFUNC_OK;
}

static const struct {
    CURLcode code;
    enum kc_class class;
    const char *reason; /* NULL: by whether the request was sent */
    const char *text;
} outcomes[] = {
    {CURLE_PEER_FAILED_VERIFICATION, KC_FORBIDDEN, "TLS", "the server's certificate is not trusted"},
    {CURLE_SSL_ISSUER_ERROR, KC_FORBIDDEN, "TLS", "the server's certificate is not trusted"},
    {CURLE_SSL_CACERT_BADFILE, KC_FORBIDDEN, "TLS", "the certificate authority cannot be used"},
    {CURLE_SSL_CERTPROBLEM, KC_FORBIDDEN, "TLS", "the client certificate cannot be used"},
    {CURLE_UNSUPPORTED_PROTOCOL, KC_INVALID, "URL", "the URL cannot be used"},
    {CURLE_URL_MALFORMAT, KC_INVALID, "URL", "the URL cannot be used"},
    {CURLE_BAD_CONTENT_ENCODING, KC_RETRY, "BadEncoding", "the answer's content encoding is broken"},
    {CURLE_COULDNT_RESOLVE_HOST, KC_RETRY, "ConnectionFailed", "the server's name cannot be resolved"},
    {CURLE_COULDNT_RESOLVE_PROXY, KC_RETRY, "ConnectionFailed", "the proxy's name cannot be resolved"},
    {CURLE_COULDNT_CONNECT, KC_RETRY, "ConnectionFailed", "cannot connect"},
    {CURLE_SSL_CONNECT_ERROR, KC_RETRY, "ConnectionFailed", "the TLS handshake failed"},
};

void kc_stream_on_done(void *stream, CURLcode code)
{
    struct kc_http_stream *s = stream;
    if (s->cancelled || s->refused) {
        fail_cancelled(s);
        return;
    }
    if (s->late) {
        fail_late(s);
        return;
    }
    if (s->head_done && (code == CURLE_OK || s->status == STATUS_UNAUTHORIZED)) {
        end(s, NULL);
        return;
    }
    struct kc_err err = {0};
    const char *detail = kc_or(s->error, curl_easy_strerror(code));
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
        if (outcomes[i].code == code)
            kc_fail(&err, outcomes[i].class, outcomes[i].reason, "%s: %s: %s", s->what, outcomes[i].text, detail);
    if (err.class == KC_NONE && kc_stream_sent(s))
        kc_fail(&err, KC_RETRY, "ConnectionLost", "%s: the connection was lost: %s", s->what, detail);
    else if (err.class == KC_NONE)
        kc_fail(&err, KC_RETRY, "ConnectionFailed", "%s: no connection: %s", s->what, detail);
    end(s, &err);
}

static void set_up(struct kc_http_stream *s, struct kc_http_target *t)
{
    static const struct {
        CURLoption option;
        long value;
    } fixed[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_CONNECTTIMEOUT_MS, 10000},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
        {CURLOPT_PATH_AS_IS, 1},
    };
    curl_easy_reset(s->easy);
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
        curl_easy_setopt(s->easy, fixed[i].option, fixed[i].value);
    curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
    curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->error);
    curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_header_line);
    curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(s->easy, CURLOPT_PREREQDATA, s);
    kc_sockets_apply(s->pool->sockets, s->easy);
    if (!kc_http_target_apply(t, s->easy)) /* only for want of memory, or a libcurl without OpenSSL */
        abort();
    kc_http_target_unref(s->target);
    s->target = kc_http_target_ref(t);
}

static char *describe(const struct kc_http_request *req)
{
    struct kc_buf b = {0};
    kc_buf_printf(&b, "%s %s%.*s", req->method, req->target->origin, (int)strcspn(req->path, "?"), req->path);
    return kc_buf_steal(&b);
}

static bool is_repeatable(const char *method)
{
    return KC_STREQ(method, "GET") || KC_STREQ(method, "HEAD");
}

struct kc_http_stream *kc_stream_start(struct kc_stream_pool *p, struct kc_engine *e, const struct kc_http_request *req,
                                       int64_t timeout_ms, int64_t idle_ms, const struct kc_http_stream_handler *h,
                                       struct kc_err *err)
{
    if (p->closing) {
        kc_fail(err, KC_UNAVAILABLE, "ShuttingDown", "the program is shutting down");
        return NULL;
    }
    if (!kc_request_check(req, err) || !req->target)
        return NULL;
    struct kc_http_stream *s = take(p, req->target);
    if (s->target != req->target)
        set_up(s, req->target);
    if (!s->timer)
        s->timer = kc_timer_create(p->loop, on_timer, s);
    s->engine = e;
    s->handler = *h;
    s->what = describe(req);
    s->cancel = req->cancel;
    s->started_ms = s->last_byte_ms = kc_mono_ms();
    s->timeout_ms = timeout_ms;
    s->idle_ms = idle_ms;
    s->not_after_ms = req->not_after_ms;
    s->socket = (struct kc_socket_id){.fd = CURL_SOCKET_BAD};
    s->attempts = 0;
    s->repeatable = is_repeatable(req->method);
    s->running = s->cancelled = s->refused = s->late = s->head_done = false;
    s->status = 0;
    s->content_type[0] = s->error[0] = '\0';
    s->retry_after_ms = 0;
    kc_buf_clear(&s->warnings);
    kc_list_append(&p->active, &s->node);
    kc_request_apply(req, s->easy, &s->headers);
    kc_engine_apply(e, s->easy);
    if (has_room(p, s) && !(s->running = kc_engine_add(e, s->easy))) {
        kc_fail(err, KC_FATAL, "Recursion", "%s: started inside of another stream's on_head or on_data", s->what);
        give_back(s);
        return NULL;
    }
    arm(s);
    return s;
}

void kc_http_stream_cancel(struct kc_http_stream *s)
{
    s->cancelled = true;
    kc_timer_set(s->timer, 0);
}

void kc_streams_end_cancelled(struct kc_stream_pool *p)
{
    for (struct kc_node *n = kc_list_first(&p->active), *after; n; n = after) {
        struct kc_http_stream *s = KC_CONTAINER(n, struct kc_http_stream, node);
        after = kc_list_after(&p->active, n);
        if (s->cancel && atomic_load(s->cancel))
            fail_cancelled(s);
    }
}

void kc_streams_close(struct kc_stream_pool *p)
{
    p->closing = true;
    for (struct kc_node *n = kc_list_first(&p->active), *after; n; n = after) {
        after = kc_list_after(&p->active, n);
        fail(KC_CONTAINER(n, struct kc_http_stream, node), KC_UNAVAILABLE, "ShuttingDown",
             "the program is shutting down");
    }
}
