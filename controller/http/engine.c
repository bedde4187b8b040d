#include "controller/http/engine.h"

#include <event2/event.h>
#include <stdlib.h>

struct kc_engine {
    CURLM *multi;
    struct kc_loop *loop;
    struct kc_timer *timer;
    void (*on_done)(void *private, CURLcode code);
};

/* What libevent watches for one socket of curl's. */
struct watch {
    struct kc_engine *engine;
    struct event *event;
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

static void act(struct kc_engine *e, curl_socket_t fd, int what)
{
    int running;
    curl_multi_socket_action(e->multi, fd, what, &running);
    report_done(e);
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
    (void)easy;
    if (poll == CURL_POLL_REMOVE) {
        if (w) {
            event_free(w->event);
            free(w);
            curl_multi_assign(e->multi, fd, NULL);
        }
        return 0;
    }
    short what = (short)((poll & CURL_POLL_IN ? EV_READ : 0) | (poll & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
    if (w && w->what == what)
        return 0;
    if (w) {
        event_free(w->event);
    } else {
        if (!(w = calloc(1, sizeof(*w))))
            abort();
        w->engine = e;
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

struct kc_engine *kc_engine_create(struct kc_loop *l, void (*on_done)(void *private, CURLcode code), struct kc_err *err)
{
    struct kc_engine *e = calloc(1, sizeof(*e));
    if (!e)
        abort();
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
    curl_multi_setopt(e->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
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

bool kc_engine_add(struct kc_engine *e, CURL *easy)
{
    return curl_multi_add_handle(e->multi, easy) == CURLM_OK;
}

void kc_engine_remove(struct kc_engine *e, CURL *easy)
{
    curl_multi_remove_handle(e->multi, easy);
}
