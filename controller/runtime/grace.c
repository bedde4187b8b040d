#include "controller/runtime/grace.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "controller/base/clock.h"

struct kc_grace {
    struct kc_http_client *http;
    int64_t until_ms; /* kc_mono_ms */
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    bool ended, late;
};

static void *run(void *arg)
{
    struct kc_grace *g = arg;
    struct timespec until = {.tv_sec = g->until_ms / KC_SECOND_MS, .tv_nsec = g->until_ms % KC_SECOND_MS * 1000000};

    pthread_mutex_lock(&g->lock);
    while (!g->ended && pthread_cond_timedwait(&g->changed, &g->lock, &until) == 0)
        ;
    g->late = !g->ended;
    pthread_mutex_unlock(&g->lock);
    if (g->late)
        kc_http_client_close(g->http);
    return NULL;
}

struct kc_grace *kc_grace_begin(struct kc_http_client *http, int64_t ms)
{
    struct kc_grace *g = calloc(1, sizeof *g);
    pthread_condattr_t monotonic;

    if (!g)
        abort();
    g->http = http;
    g->until_ms = kc_mono_ms() + ms;
    pthread_mutex_init(&g->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&g->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&g->thread, NULL, run, g) == 0)
        return g;
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
    free(g);
    kc_http_client_close(http);
    return NULL;
}

bool kc_grace_end(struct kc_grace *g)
{
    if (!g)
        return true;
    pthread_mutex_lock(&g->lock);
    g->ended = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
    pthread_join(g->thread, NULL);
    bool in_time = !g->late;
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
    free(g);
    return in_time;
}
