#include "controller/http/websocket.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "controller/base/clock.h"
#include "controller/http/request.h"
#include "controller/http/target.h"
#include "controller/http/upgrade.h"

enum { CONNECT_MS = 10000, KEEPALIVE_S = 15, READ_SIZE = 32 << 10 };

struct conversation {
    const struct kc_websocket_request *req;
    CURL *easy;
    curl_socket_t fd;
    int64_t deadline_ms;
    struct kc_upgrade_answer answer;
    struct kc_buf early; /* frames that came with the answer's head */
    wslay_event_context_ptr frames;
    bool began;         /* the request's first byte is out */
    bool enough, ended; /* on_message heard enough; the connection is over */
    bool too_large;
    char error[CURL_ERROR_SIZE];
};

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return fd >= 0 && poll(&p, 1, 0) > 0;
}

static bool fail_cancelled(const struct conversation *c, struct kc_err *err)
{
    return kc_fail(err, KC_UNAVAILABLE, "Cancelled", "GET %s: cancelled by the caller", c->req->path);
}

static bool fail_timeout(const struct conversation *c, struct kc_err *err)
{
    return kc_fail(err, KC_RETRY, c->began ? "Timeout" : "ConnectionFailed", "GET %s: %s within %lld ms", c->req->path,
                   c->began ? "no end" : "no connection", (long long)c->req->timeout_ms);
}

static bool fail_lost(const struct conversation *c, const char *why, struct kc_err *err)
{
    return kc_fail(err, KC_RETRY, "ConnectionLost", "GET %s: the connection was lost%s%s", c->req->path,
                   *why ? ": " : "", why);
}

/* Sleeps until the socket is ready; false when the time is over or the caller wants no more. */
static bool wait_for(const struct conversation *c, short events, struct kc_err *err)
{
    struct pollfd p[2] = {{.fd = c->fd, .events = events}, {.fd = c->req->cancel_fd, .events = POLLIN}};

    for (;;) {
        int64_t left = c->deadline_ms - kc_mono_ms();
        if (left <= 0)
            return fail_timeout(c, err);
        int ready = poll(p, c->req->cancel_fd < 0 ? 1 : 2, left > 60000 ? 60000 : (int)left);
        if (ready > 0 && c->req->cancel_fd >= 0 && p[1].revents)
            return fail_cancelled(c, err);
        if (ready > 0)
            return true;
    }
}

static int on_progress(void *arg, curl_off_t down, curl_off_t downloaded, curl_off_t up, curl_off_t uploaded)
{
    const struct conversation *c = arg;

    (void)down, (void)downloaded, (void)up, (void)uploaded;
    return is_readable(c->req->cancel_fd);
}

static bool fail_connect(const struct conversation *c, CURLcode code, struct kc_err *err)
{
    const char *detail = *c->error ? c->error : curl_easy_strerror(code);

    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
        return fail_cancelled(c, err);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return kc_fail(err, KC_FORBIDDEN, "TLS", "%s: the server's certificate, or ours, cannot be used: %s",
                       c->req->target->origin, detail);
    default:
        return kc_fail(err, KC_RETRY, "ConnectionFailed", "%s: no connection: %s", c->req->target->origin, detail);
    }
}

/* A connection of its own, with HTTP/1.1 in its ALPN: a WebSocket over HTTP/2 (RFC 8441) is nothing that the API server
 * offers. */
static bool open_connection(struct conversation *c, struct kc_err *err)
{
    KC_BUF_SCOPE url = {0};
    int64_t left = c->deadline_ms - kc_mono_ms();

    kc_buf_printf(&url, "%s/", c->req->target->base_url);
    c->easy = curl_easy_init();
    if (!c->easy || !kc_http_target_apply(c->req->target, c->easy))
        abort();
    curl_easy_setopt(c->easy, CURLOPT_URL, url.data);
    curl_easy_setopt(c->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(c->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(left < CONNECT_MS ? left : CONNECT_MS));
    curl_easy_setopt(c->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c->easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
    curl_easy_setopt(c->easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
    curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->error);
    curl_easy_setopt(c->easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c->easy, CURLOPT_XFERINFODATA, c);
    CURLcode code = curl_easy_perform(c->easy);
    if (code != CURLE_OK)
        return fail_connect(c, code, err);
    if (curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &c->fd) != CURLE_OK || c->fd == CURL_SOCKET_BAD)
        return kc_fail(err, KC_RETRY, "ConnectionFailed", "%s: the connection was closed at once",
                       c->req->target->origin);
    return true;
}

/* "host:port" of the base URL, and the path that it ends with. */
static void split_target(const struct kc_http_target *t, struct kc_buf *host, const char **prefix)
{
    const char *authority = strstr(t->base_url, "://") + 3;
    size_t len = strcspn(authority, "/");

    *prefix = authority + len;
    if (t->host)
        kc_buf_puts(host, t->host + strlen("Host: "));
    else
        kc_buf_add(host, authority, len);
}

static bool send_all(struct conversation *c, const struct kc_buf *text, struct kc_err *err)
{
    for (size_t at = 0; at < text->len;) {
        size_t n = 0;
        CURLcode code = curl_easy_send(c->easy, text->data + at, text->len - at, &n);
        c->began = true;
        if (code == CURLE_AGAIN) {
            if (!wait_for(c, POLLOUT, err))
                return false;
        } else if (code != CURLE_OK) {
            return fail_lost(c, curl_easy_strerror(code), err);
        }
        at += n;
    }
    return true;
}

static bool send_request(struct conversation *c, const char *key, struct kc_err *err)
{
    KC_BUF_SCOPE host = {0};
    KC_BUF_SCOPE path = {0};
    KC_BUF_SCOPE text = {0};
    const char *prefix;

    split_target(c->req->target, &host, &prefix);
    kc_buf_printf(&path, "%s%s", prefix, c->req->path);
    kc_upgrade_request(&text, kc_buf_str(&host), kc_buf_str(&path), key, c->req->protocol, c->req->headers,
                       c->req->n_headers);
    /* The last moment: whoever was stopped for a while must not act on a promise that is over. */
    if (c->req->not_after_ms && kc_boot_ms() >= c->req->not_after_ms)
        return kc_fail(err, KC_UNAVAILABLE, "TooLate", "GET %s: not sent: the time in which it might be sent is over",
                       c->req->path);
    return send_all(c, &text, err);
}

static bool read_answer(struct conversation *c, struct kc_err *err)
{
    char bytes[READ_SIZE];

    while (!c->answer.complete && c->answer.body.len < KC_UPGRADE_BODY_MAX) {
        size_t n = 0, used;
        if (kc_mono_ms() >= c->deadline_ms)
            return fail_timeout(c, err);
        CURLcode code = curl_easy_recv(c->easy, bytes, sizeof bytes, &n);
        if (code == CURLE_AGAIN) {
            if (!wait_for(c, POLLIN, err))
                return false;
            continue;
        }
        if (code == CURLE_OK && n == 0 && c->answer.status && !c->answer.chunked && c->answer.body_left < 0)
            return true; /* a body that ends with its connection */
        if (code != CURLE_OK || n == 0)
            return fail_lost(c, code == CURLE_OK ? "" : curl_easy_strerror(code), err);
        if (!kc_upgrade_feed(&c->answer, bytes, n, &used, err))
            return kc_wrap(err, "GET %s", c->req->path);
        kc_buf_add(&c->early, bytes + used, n - used);
    }
    return true;
}

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags, void *arg)
{
    struct conversation *c = arg;
    size_t n = 0;

    (void)flags;
    if (c->early.len) {
        n = len < c->early.len ? len : c->early.len;
        memcpy(buf, c->early.data, n);
        kc_buf_consume(&c->early, n);
        return (ssize_t)n;
    }
    /* Also a server that never pauses is looked up from now and then. */
    CURLcode code = c->enough || kc_mono_ms() >= c->deadline_ms ? CURLE_AGAIN : curl_easy_recv(c->easy, buf, len, &n);
    if (code == CURLE_OK && n > 0)
        return (ssize_t)n;
    c->ended = code != CURLE_AGAIN;
    wslay_event_set_error(ctx, c->ended ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t len, int flags, void *arg)
{
    struct conversation *c = arg;
    size_t n = 0;
    CURLcode code = curl_easy_send(c->easy, data, len, &n);

    (void)flags;
    if (code == CURLE_OK && n > 0)
        return (ssize_t)n;
    wslay_event_set_error(ctx, code == CURLE_AGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static int on_mask(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, void *arg)
{
    (void)ctx, (void)arg;
    return RAND_bytes(buf, (int)len) == 1 ? 0 : -1;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
    struct conversation *c = arg;

    if (c->enough || wslay_is_ctrl_frame(m->opcode))
        return;
    if (c->req->on_message(c->req->arg, m->msg, m->msg_length))
        return;
    c->enough = true;
    wslay_event_queue_close(ctx, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
}

static void on_frame(wslay_event_context_ptr ctx, const struct wslay_event_on_frame_recv_start_arg *f, void *arg)
{
    struct conversation *c = arg;

    (void)ctx;
    c->too_large = c->too_large || f->payload_length > c->req->max_message;
}

static bool is_over(struct conversation *c)
{
    return c->enough || wslay_event_get_close_received(c->frames) || !wslay_event_want_read(c->frames);
}

static bool why_over(struct conversation *c, struct kc_err *err)
{
    if (c->enough || wslay_event_get_close_received(c->frames))
        return true;
    if (wslay_event_get_status_code_sent(c->frames) == WSLAY_CODE_MESSAGE_TOO_BIG || c->too_large)
        return kc_fail(err, KC_INVALID, "TooLarge", "GET %s: a message is longer than %zu bytes", c->req->path,
                       c->req->max_message);
    if (c->ended)
        return fail_lost(c, "", err);
    return kc_fail(err, KC_INVALID, "BadAnswer", "GET %s: what came is not a WebSocket's (RFC 6455)", c->req->path);
}

static bool talk(struct conversation *c, struct kc_err *err)
{
    static const struct wslay_event_callbacks callbacks = {.recv_callback = on_recv,
                                                           .send_callback = on_send,
                                                           .genmask_callback = on_mask,
                                                           .on_frame_recv_start_callback = on_frame,
                                                           .on_msg_recv_callback = on_message};

    if (wslay_event_context_client_init(&c->frames, &callbacks, c) != 0)
        abort();
    wslay_event_config_set_max_recv_msg_length(c->frames, c->req->max_message);
    for (;;) {
        bool broken = wslay_event_recv(c->frames) != 0;
        /* A goodbye, or a pong, as far as the socket takes it. */
        bool mute = wslay_event_want_write(c->frames) && wslay_event_send(c->frames) != 0;
        if (broken || mute || is_over(c)) {
            c->ended = c->ended || mute;
            return why_over(c, err);
        }
        short events = (short)(POLLIN | (wslay_event_want_write(c->frames) ? POLLOUT : 0));
        if (!wait_for(c, events, err))
            return false;
    }
}

static void make_key(char out[KC_WEBSOCKET_KEY_LEN])
{
    unsigned char bytes[16];

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        abort();
    EVP_EncodeBlock((unsigned char *)out, bytes, sizeof bytes);
}

static bool converse(struct conversation *c, struct kc_err *err)
{
    char key[KC_WEBSOCKET_KEY_LEN];

    make_key(key);
    if (!open_connection(c, err) || !send_request(c, key, err) || !read_answer(c, err))
        return false;
    if (c->answer.status != 101)
        return true;
    return (kc_upgrade_fits(&c->answer, key, c->req->protocol, err) || kc_wrap(err, "GET %s", c->req->path)) &&
           talk(c, err);
}

static void tell(const struct conversation *c, struct kc_arena *a, struct kc_websocket_ended *ret)
{
    uint16_t code =
        c->frames && wslay_event_get_close_received(c->frames) ? wslay_event_get_status_code_received(c->frames) : 0;

    *ret = (struct kc_websocket_ended){.sent = c->began,
                                       .status = c->answer.status,
                                       .retry_after_ms = c->answer.retry_after_ms,
                                       .body = kc_arena_strndup(a, kc_buf_str(&c->answer.body), c->answer.body.len),
                                       .body_len = c->answer.body.len,
                                       .close_code = code};
}

bool kc_websocket_run(const struct kc_websocket_request *req, struct kc_arena *a, struct kc_websocket_ended *ret,
                      struct kc_err *err)
{
    struct conversation c = {.req = req, .fd = CURL_SOCKET_BAD, .deadline_ms = kc_mono_ms() + req->timeout_ms};
    const struct kc_http_request checked = {.target = req->target,
                                            .method = "GET",
                                            .path = req->path,
                                            .headers = req->headers,
                                            .n_headers = req->n_headers};

    *ret = (struct kc_websocket_ended){.body = ""};
    if (!kc_request_check(&checked, err))
        return false;
    bool ok = converse(&c, err);
    tell(&c, a, ret);
    wslay_event_context_free(c.frames);
    curl_easy_cleanup(c.easy);
    kc_upgrade_answer_finish(&c.answer);
    kc_buf_finish(&c.early);
    return ok;
}
