#include "controller/loop/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BATCH = 64 }; /* callbacks until the loop looks for what else there is */

struct post {
    struct post *next;
    void (*fn)(void *);
    void *arg;
};

struct kc_loop {
    struct event_base *base;
    struct event *wake;
    int wake_fd;
    bool stopped; /* the loop's thread only */
    pthread_mutex_t lock;
    struct post *first, *last; /* under lock; last means nothing while first is NULL */
};

struct kc_timer {
    struct event *event;
    void (*fn)(void *);
    void *arg;
};

static void ring(const struct kc_loop *l)
{
    const uint64_t one = 1;
    /* EAGAIN: the counter is full, so that the bell rings anyway. */
    if (write(l->wake_fd, &one, sizeof one) < 0 && errno != EAGAIN)
        abort();
}

static struct post *take_first(struct kc_loop *l)
{
    (void)pthread_mutex_lock(&l->lock);
    struct post *p = l->first;
    if (p)
        l->first = p->next;
    (void)pthread_mutex_unlock(&l->lock);
    return p;
}

static struct post *newest(struct kc_loop *l)
{
    (void)pthread_mutex_lock(&l->lock);
    struct post *p = l->first ? l->last : NULL;
    (void)pthread_mutex_unlock(&l->lock);
    return p;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct kc_loop *l = arg;
    uint64_t rung;
    ssize_t n = read((int)fd, &rung, sizeof rung);
    (void)n;
    /* What is posted meanwhile waits for the next round, so that posting cannot starve sockets and timers. */
    const struct post *last = newest(l);
    for (bool more = last != NULL; more && !l->stopped;) {
        struct post *p = take_first(l);
        more = p != last;
        void (*fn)(void *) = p->fn;
        void *fn_arg = p->arg;
        free(p);
        fn(fn_arg);
    }
    if (newest(l))
        ring(l);
}

struct kc_loop *kc_loop_create(struct kc_err *err)
{
    struct kc_loop *l = calloc(1, sizeof *l);
    struct event_config *config = event_config_new();
    if (!l || !config)
        abort();
    (void)pthread_mutex_init(&l->lock, NULL);
    /* One thread uses the base. Timers count from now, not from when the last batch of events arrived, and by the exact
     * clock: the coarse one would let them ring a tick early. */
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    /* Nor does one that is made active again and again keep others waiting. */
    (void)event_config_set_max_dispatch_interval(config, NULL, BATCH, 0);
    l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (l->wake_fd >= 0)
        l->base = event_base_new_with_config(config);
    int e = errno;
    event_config_free(config);
    if (!l->base) {
        kc_fail(err, KC_FATAL, "NoEventLoop", "cannot create an event loop: %s", strerror(e));
        return kc_loop_destroy(l);
    }
    l->wake = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
    if (!l->wake || event_add(l->wake, NULL) != 0)
        abort();
    return l;
}

struct kc_loop *kc_loop_destroy(struct kc_loop *l)
{
    if (!l)
        return NULL;
    for (struct post *p; (p = take_first(l));)
        free(p);
    if (l->wake)
        event_free(l->wake);
    if (l->base)
        event_base_free(l->base);
    if (l->wake_fd >= 0)
        (void)close(l->wake_fd);
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
    return NULL;
}

void kc_loop_run(struct kc_loop *l)
{
    l->stopped = false;
    while (!l->stopped)
        if (event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
            abort();
}

static void stop(void *arg)
{
    struct kc_loop *l = arg;
    l->stopped = true;
    (void)event_base_loopbreak(l->base);
}

void kc_loop_stop(struct kc_loop *l)
{
    kc_loop_post(l, stop, l);
}

void kc_loop_post(struct kc_loop *l, void (*fn)(void *), void *arg)
{
    struct post *p = malloc(sizeof *p);
    if (!p)
        abort();
    *p = (struct post){.fn = fn, .arg = arg};
    (void)pthread_mutex_lock(&l->lock);
    bool was_empty = !l->first;
    if (was_empty)
        l->first = p;
    else
        l->last->next = p;
    l->last = p;
    /* Under the lock: once it is released, the loop may run p and whoever waited for it destroy the loop. */
    if (was_empty)
        ring(l);
    (void)pthread_mutex_unlock(&l->lock);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    const struct kc_timer *t = arg;
    t->fn(t->arg);
}

struct kc_timer *kc_timer_create(struct kc_loop *l, void (*fn)(void *), void *arg)
{
    struct kc_timer *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    *t = (struct kc_timer){.event = event_new(l->base, -1, 0, on_timer, t), .fn = fn, .arg = arg};
    if (!t->event)
        abort();
    return t;
}

struct kc_timer *kc_timer_destroy(struct kc_timer *t)
{
    if (!t)
        return NULL;
    event_free(t->event);
    free(t);
    return NULL;
}

void kc_timer_set(struct kc_timer *t, int64_t after_ms)
{
    if (after_ms < 0) {
        (void)event_del(t->event);
        return;
    }
    const struct timeval after = {.tv_sec = after_ms / 1000, .tv_usec = after_ms % 1000 * 1000};
    if (event_add(t->event, &after) != 0)
        abort();
}

struct event_base *kc_loop_event_base(struct kc_loop *l)
{
    return l->base;
}
