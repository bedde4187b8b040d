#include "controller/runtime/shutdown.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/runtime/grace.h"

struct kc_shutdown {
    struct kc_http_client *http;
    int64_t grace_ms;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    bool asked, over;
};

static sigset_t the_signals(void)
{
    sigset_t s;

    sigemptyset(&s);
    sigaddset(&s, SIGTERM);
    sigaddset(&s, SIGINT);
    return s;
}

/* With the lock held: until *flag or for ms. */
static void wait_for(struct kc_shutdown *s, const bool *flag, int64_t ms)
{
    int64_t end = kc_mono_ms() + ms;
    struct timespec until = {.tv_sec = end / KC_SECOND_MS, .tv_nsec = end % KC_SECOND_MS * 1000000};

    while (!*flag && pthread_cond_timedwait(&s->changed, &s->lock, &until) == 0)
        ;
}

static void *run(void *arg)
{
    struct kc_shutdown *s = arg;
    sigset_t signals = the_signals();
    int signal;

    sigwait(&signals, &signal);
    pthread_mutex_lock(&s->lock);
    s->asked = true;
    pthread_cond_broadcast(&s->changed);
    struct kc_grace *grace = kc_grace_begin(s->http, s->grace_ms);
    while (!s->over)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    if (!kc_grace_end(grace))
        kc_log(KC_WARN, "manager", "gave up on calls that were not answered", NULL);
    return NULL;
}

struct kc_shutdown *kc_shutdown_create(struct kc_http_client *http, int64_t grace_ms, struct kc_err *err)
{
    struct kc_shutdown *s = calloc(1, sizeof *s);
    pthread_condattr_t monotonic;

    if (!s)
        abort();
    s->http = http;
    s->grace_ms = grace_ms;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&s->thread, NULL, run, s) == 0) {
        pthread_setname_np(s->thread, "kc-signals");
        return s;
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
    kc_fail(err, KC_FATAL, "Thread", "no thread for signals: the system's limit is reached");
    return NULL;
}

struct kc_shutdown *kc_shutdown_destroy(struct kc_shutdown *s)
{
    if (!s)
        return NULL;
    pthread_mutex_lock(&s->lock);
    s->over = true;
    bool asked = s->asked;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (!asked)
        pthread_kill(s->thread, SIGINT); /* only to end its wait */
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}

bool kc_shutdown_asked(struct kc_shutdown *s, int64_t ms)
{
    pthread_mutex_lock(&s->lock);
    wait_for(s, &s->asked, ms);
    bool asked = s->asked;
    pthread_mutex_unlock(&s->lock);
    return asked;
}
