#include "controller/http/engine.h"

#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "controller/base/list.h"

/* Of what OpenSSL takes from a bulk connection at a time; the API server's records have 4 to 5 KB. */
#define READ_AHEAD 65536

struct kc_engine {
    enum kc_engine_kind kind;
    CURLM *multi;
    struct kc_loop *loop;
    struct kc_timer *timer;
    struct kc_list watches;
    void (*on_done)(void *private, CURLcode code);
};

/* What libevent watches for one socket of curl's. */
struct watch {
    struct kc_node node;
    struct kc_engine *engine;
    struct event *event;
    CURL *easy; /* that asked for it; on a bulk engine the only one on the socket */
    short what;
};

static void report_done(struct kc_engine *e)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(e->multi, &left))) {
        if (m->msg != CURLMSG_DONE)
            continue;
        void *private = NULL;
        CURLcode code = m->data.result; /* m dies with the handle */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&private);
        e->on_done(private, code);
    }
}

/* OpenSSL holds bytes of the connection, and when it was last read from it did not ask for more of them. */
static bool has_unread(const struct watch *w)
{
    const struct curl_tlssessioninfo *tls = NULL;

    if (curl_easy_getinfo(w->easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls || !tls->internals)
        return false;
    const SSL *ssl = tls->internals;
    return SSL_is_init_finished(ssl) && SSL_has_pending(ssl) && !SSL_want_read(ssl);
}

/* What OpenSSL has read ahead no poll shows, and libcurl 7.88 asks for one record at a time: without this a transfer
 * would wait for bytes that are here. */
static void wake_unread(struct kc_engine *e)
{
    for (struct kc_node *n = kc_list_first(&e->watches); n; n = kc_list_after(&e->watches, n)) {
        struct watch *w = KC_CONTAINER(n, struct watch, node);
        if (has_unread(w))
            event_active(w->event, EV_READ, 0);
    }
}

static void act(struct kc_engine *e, curl_socket_t fd, int what)
{
    int running;
    curl_multi_socket_action(e->multi, fd, what, &running);
    report_done(e);
    if (e->kind == KC_ENGINE_BULK)
        wake_unread(e);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
    const struct watch *w = arg;
    act(w->engine, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(void *arg)
{
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int on_socket(CURL *easy, curl_socket_t fd, int poll, void *arg, void *socket_arg)
{
    struct kc_engine *e = arg;
    struct watch *w = socket_arg;
    if (poll == CURL_POLL_REMOVE) {
        if (w) {
            kc_list_remove(&w->node);
            event_free(w->event);
            free(w);
            curl_multi_assign(e->multi, fd, NULL);
        }
        return 0;
    }
    short what = (short)((poll & CURL_POLL_IN ? EV_READ : 0) | (poll & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
    if (w)
        w->easy = easy;
    if (w && w->what == what)
        return 0;
    if (w) {
        event_free(w->event);
    } else {
        if (!(w = calloc(1, sizeof(*w))))
            abort();
        w->engine = e;
        w->easy = easy;
        kc_list_append(&e->watches, &w->node);
        curl_multi_assign(e->multi, fd, w);
    }
    w->what = what;
    w->event = event_new(kc_loop_event_base(e->loop), fd, what, on_ready, w);
    if (!w->event)
        abort();
    return event_add(w->event, NULL);
}

static int on_timeout_changed(CURLM *multi, long ms, void *arg)
{
    const struct kc_engine *e = arg;
    (void)multi;
    kc_timer_set(e->timer, ms);
    return 0;
}

struct kc_engine *kc_engine_create(struct kc_loop *l, enum kc_engine_kind kind,
                                   void (*on_done)(void *private, CURLcode code), struct kc_err *err)
{
    struct kc_engine *e = calloc(1, sizeof(*e));
    if (!e)
        abort();
    e->kind = kind;
    kc_list_init(&e->watches);
    e->loop = l;
    e->on_done = on_done;
    e->timer = kc_timer_create(l, on_timer, e);
    e->multi = curl_multi_init();
    if (!e->multi) {
        kc_fail(err, KC_FATAL, "CurlMulti", "libcurl could not be set up: out of memory or of file descriptors");
        return kc_engine_destroy(e);
    }
    curl_multi_setopt(e->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(e->multi, CURLMOPT_SOCKETDATA, e);
    curl_multi_setopt(e->multi, CURLMOPT_TIMERFUNCTION, on_timeout_changed);
    curl_multi_setopt(e->multi, CURLMOPT_TIMERDATA, e);
    curl_multi_setopt(e->multi, CURLMOPT_PIPELINING, kind == KC_ENGINE_BULK ? CURLPIPE_NOTHING : CURLPIPE_MULTIPLEX);
    return e;
}

struct kc_engine *kc_engine_destroy(struct kc_engine *e)
{
    if (!e)
        return NULL;
    if (e->multi)
        curl_multi_cleanup(e->multi);
    kc_timer_destroy(e->timer);
    free(e);
    return NULL;
}

static CURLcode read_ahead(CURL *easy, void *ctx, void *arg)
{
    (void)easy, (void)arg;
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_default_read_buffer_len(ctx, READ_AHEAD);
    return CURLE_OK;
}

void kc_engine_apply(const struct kc_engine *e, CURL *easy)
{
    bool bulk = e->kind == KC_ENGINE_BULK;

    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)(bulk ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, bulk ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, bulk ? read_ahead : NULL);
}

bool kc_engine_add(struct kc_engine *e, CURL *easy)
{
    return curl_multi_add_handle(e->multi, easy) == CURLM_OK;
}

void kc_engine_remove(struct kc_engine *e, CURL *easy)
{
    curl_multi_remove_handle(e->multi, easy);
}
