#include "controller/runtime/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The pieces of one caller; lives on its stack. */
struct batch {
    struct batch *next;
    void (*piece)(void *arg, size_t i);
    void *arg;
    size_t n, taken, done;
};

struct kc_pool {
    pthread_mutex_t mutex;
    pthread_cond_t work, finished;
    struct batch *first; /* those with pieces that nobody has taken yet */
    bool closing;
    size_t n_threads;
    pthread_t threads[];
};

/* With the mutex held. A batch whose last piece is taken leaves the list. */
static size_t take(struct kc_pool *p, struct batch *b)
{
    size_t i = b->taken++;

    if (b->taken == b->n) {
        struct batch **at = &p->first;
        while (*at != b)
            at = &(*at)->next;
        *at = b->next;
    }
    return i;
}

/* Takes and does one piece; the mutex is held before and after. */
static void work_on(struct kc_pool *p, struct batch *b)
{
    size_t i = take(p, b);

    pthread_mutex_unlock(&p->mutex);
    b->piece(b->arg, i);
    pthread_mutex_lock(&p->mutex);
    if (++b->done == b->n)
        pthread_cond_broadcast(&p->finished);
}

static void *help(void *arg)
{
    struct kc_pool *p = arg;

    pthread_mutex_lock(&p->mutex);
    while (!p->closing) {
        if (p->first)
            work_on(p, p->first);
        else
            pthread_cond_wait(&p->work, &p->mutex);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

struct kc_pool *kc_pool_create(size_t n_threads, struct kc_err *err)
{
    struct kc_pool *p = calloc(1, sizeof *p + n_threads * sizeof p->threads[0]);

    if (!p)
        abort();
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->finished, NULL);
    for (; p->n_threads < n_threads; p->n_threads++) {
        int failed = pthread_create(&p->threads[p->n_threads], NULL, help, p);
        if (failed) {
            kc_fail(err, KC_FATAL, "NoThread", "a pool of %zu threads cannot be started: %s", n_threads,
                    strerror(failed));
            return kc_pool_destroy(p);
        }
    }
    return p;
}

struct kc_pool *kc_pool_destroy(struct kc_pool *p)
{
    if (!p)
        return NULL;
    pthread_mutex_lock(&p->mutex);
    p->closing = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->mutex);
    for (size_t i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->finished);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->mutex);
    free(p);
    return NULL;
}

static void append(struct kc_pool *p, struct batch *b)
{
    struct batch **at = &p->first;

    while (*at)
        at = &(*at)->next;
    *at = b;
}

void kc_pool_run(struct kc_pool *p, size_t n, void (*piece)(void *arg, size_t i), void *arg)
{
    struct batch b = {.piece = piece, .arg = arg, .n = n};

    if (!p || n < 2) {
        for (size_t i = 0; i < n; i++)
            piece(arg, i);
        return;
    }
    pthread_mutex_lock(&p->mutex);
    append(p, &b);
    pthread_cond_broadcast(&p->work);
    while (b.taken < b.n)
        work_on(p, &b);
    while (b.done < b.n)
        pthread_cond_wait(&p->finished, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}
