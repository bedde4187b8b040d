#include "controller/runtime/workqueue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/base/clock.h"
#include "controller/base/heap.h"
#include "controller/base/list.h"
#include "controller/base/map.h"
#include "controller/base/metrics.h"

#define N_LANES         2
#define LIMITER_BASE_MS 5
#define LIMITER_MAX_MS  (1000 * KC_SECOND_MS)

/* All that is known of a key. It lives while one of the four is true: it waits in a lane, it is delayed, it is being
 * processed, or the limiter counts its failures. */
struct item {
    struct kc_node node;       /* in lanes[lane] while waiting */
    struct kc_heap_node later; /* in delayed */
    enum kc_lane lane;
    bool waiting;
    bool processing;
    bool dirty; /* added while it was being processed: waits in lane when that is done */
    unsigned failures;
    int64_t since_us; /* when it began to wait, then when it began to be processed */
    char key[];
};

struct kc_workqueue {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    struct kc_map *items;
    struct kc_list lanes[N_LANES];
    struct kc_heap delayed;
    size_t waiting, max_keys;
    bool shut;
    /* NULL until the queue has a name. */
    struct kc_series *depth, *adds, *retries, *queue_seconds, *work_seconds;
};

struct kc_workqueue *kc_workqueue_create(size_t max_keys)
{
    struct kc_workqueue *q = calloc(1, sizeof(*q));
    pthread_condattr_t attr;

    if (!q)
        abort();
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->cond, &attr);
    pthread_condattr_destroy(&attr);
    q->items = kc_map_create(free);
    for (size_t i = 0; i < N_LANES; i++)
        kc_list_init(&q->lanes[i]);
    q->max_keys = max_keys;
    return q;
}

struct kc_workqueue *kc_workqueue_destroy(struct kc_workqueue *q)
{
    if (!q)
        return NULL;
    kc_heap_finish(&q->delayed); /* its nodes are in the items */
    kc_map_destroy(q->items);
    pthread_cond_destroy(&q->cond);
    pthread_mutex_destroy(&q->lock);
    free(q);
    return NULL;
}

static void measure_depth(struct kc_workqueue *q)
{
    if (q->depth)
        kc_series_set(q->depth, (double)q->waiting);
}

void kc_workqueue_set_name(struct kc_workqueue *q, const char *name)
{
    static const char *const labels[] = {"name", NULL};
    static const double seconds[] = {1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000};
    const size_t n = sizeof(seconds) / sizeof(seconds[0]);
    const char *const values[] = {name, NULL};

    pthread_mutex_lock(&q->lock);
    q->depth = kc_metric_series(kc_metric_gauge("workqueue_depth", "Keys waiting now.", labels), values);
    q->adds = kc_metric_series(kc_metric_counter("workqueue_adds_total", "Keys that began to wait.", labels), values);
    q->retries = kc_metric_series(
        kc_metric_counter("workqueue_retries_total", "Keys put back with the limiter's delay.", labels), values);
    q->queue_seconds = kc_metric_series(
        kc_metric_histogram("workqueue_queue_duration_seconds", "How long a key waited.", labels, seconds, n), values);
    q->work_seconds = kc_metric_series(
        kc_metric_histogram("workqueue_work_duration_seconds", "How long a key was processed.", labels, seconds, n),
        values);
    measure_depth(q);
    pthread_mutex_unlock(&q->lock);
}

static struct item *item_of(struct kc_workqueue *q, const char *key)
{
    struct item *it = kc_map_get(q->items, key);

    if (it)
        return it;
    size_t size = strlen(key) + 1;
    it = calloc(1, sizeof(*it) + size);
    if (!it)
        abort();
    memcpy(it->key, key, size);
    kc_map_put(q->items, key, it);
    return it;
}

static void drop_if_idle(struct kc_workqueue *q, struct item *it)
{
    if (!it->waiting && !it->processing && !it->failures && !it->later.index)
        kc_map_remove(q->items, it->key);
}

static void enqueue(struct kc_workqueue *q, struct item *it, enum kc_lane lane)
{
    if (it->waiting && it->lane <= lane)
        return;
    if (it->waiting) {
        kc_list_remove(&it->node); /* from the backlog to the fresh ones; it keeps the time that it has waited */
    } else {
        it->waiting = true;
        it->since_us = kc_mono_us();
        q->waiting++;
        if (q->adds)
            kc_series_add(q->adds, 1);
        measure_depth(q);
        pthread_cond_signal(&q->cond);
    }
    it->lane = lane;
    kc_list_append(&q->lanes[lane], &it->node);
}

static void add(struct kc_workqueue *q, struct item *it, enum kc_lane lane)
{
    if (!it->processing) {
        enqueue(q, it, lane);
    } else if (!it->dirty || lane < it->lane) {
        it->dirty = true;
        it->lane = lane;
    }
}

static bool admit(struct kc_workqueue *q, const char *key, struct kc_err *err)
{
    if (q->shut)
        return kc_fail(err, KC_UNAVAILABLE, "ShuttingDown", "the work queue is shutting down");
    if (q->waiting + q->delayed.count < q->max_keys)
        return true;
    const struct item *it = kc_map_get(q->items, key);
    if (it && (it->waiting || it->processing || it->later.index))
        return true;
    return kc_fail(err, KC_UNAVAILABLE, "QueueFull",
                   "the work queue is full: %zu keys wait already, %s has to be added again later", q->max_keys, key);
}

bool kc_workqueue_add(struct kc_workqueue *q, const char *key, enum kc_lane lane, struct kc_err *err)
{
    pthread_mutex_lock(&q->lock);
    bool ok = admit(q, key, err);
    if (ok)
        add(q, item_of(q, key), lane);
    pthread_mutex_unlock(&q->lock);
    return ok;
}

static void add_after(struct kc_workqueue *q, struct item *it, int64_t delay_ms)
{
    int64_t at = kc_mono_ms() + delay_ms;

    if (delay_ms <= 0) {
        add(q, it, KC_LANE_FRESH);
        return;
    }
    if (it->later.index && it->later.at <= at)
        return;
    if (it->later.index)
        kc_heap_remove(&q->delayed, &it->later);
    it->later.at = at;
    kc_heap_push(&q->delayed, &it->later);
    if (kc_heap_first(&q->delayed) == &it->later)
        pthread_cond_signal(&q->cond); /* somebody has to wake up earlier than planned */
}

bool kc_workqueue_add_after(struct kc_workqueue *q, const char *key, int64_t delay_ms, struct kc_err *err)
{
    pthread_mutex_lock(&q->lock);
    bool ok = admit(q, key, err);
    if (ok)
        add_after(q, item_of(q, key), delay_ms);
    pthread_mutex_unlock(&q->lock);
    return ok;
}

static int64_t limiter_delay(unsigned failures)
{
    int64_t delay = LIMITER_BASE_MS;

    while (failures-- > 0 && delay < LIMITER_MAX_MS)
        delay *= 2;
    return delay < LIMITER_MAX_MS ? delay : LIMITER_MAX_MS;
}

bool kc_workqueue_add_later(struct kc_workqueue *q, const char *key, struct kc_err *err)
{
    pthread_mutex_lock(&q->lock);
    bool ok = admit(q, key, err);
    if (ok) {
        struct item *it = item_of(q, key);
        if (q->retries)
            kc_series_add(q->retries, 1);
        add_after(q, it, limiter_delay(it->failures++));
    }
    pthread_mutex_unlock(&q->lock);
    return ok;
}

void kc_workqueue_forget(struct kc_workqueue *q, const char *key)
{
    pthread_mutex_lock(&q->lock);
    struct item *it = kc_map_get(q->items, key);
    if (it) {
        it->failures = 0;
        drop_if_idle(q, it);
    }
    pthread_mutex_unlock(&q->lock);
}

/* Moves what is due to the fresh lane. Returns the next one's time, INT64_MAX for none. */
static int64_t promote(struct kc_workqueue *q)
{
    int64_t now = kc_mono_ms();
    struct kc_heap_node *first;

    while ((first = kc_heap_first(&q->delayed)) && first->at <= now) {
        kc_heap_remove(&q->delayed, first);
        add(q, KC_CONTAINER(first, struct item, later), KC_LANE_FRESH);
    }
    return first ? first->at : INT64_MAX;
}

static struct item *first_waiting(struct kc_workqueue *q)
{
    for (size_t i = 0; i < N_LANES; i++) {
        struct kc_node *n = kc_list_first(&q->lanes[i]);
        if (n)
            return KC_CONTAINER(n, struct item, node);
    }
    return NULL;
}

static void wait_until(struct kc_workqueue *q, int64_t at_ms)
{
    struct timespec at = {.tv_sec = at_ms / 1000, .tv_nsec = (at_ms % 1000) * 1000000};

    if (at_ms == INT64_MAX)
        pthread_cond_wait(&q->cond, &q->lock);
    else
        pthread_cond_timedwait(&q->cond, &q->lock, &at);
}

static double seconds_since(int64_t us)
{
    return (double)(kc_mono_us() - us) / 1e6;
}

static void begin(struct kc_workqueue *q, struct item *it)
{
    kc_list_remove(&it->node);
    it->waiting = false;
    it->processing = true;
    q->waiting--;
    measure_depth(q);
    if (q->delayed.count)
        pthread_cond_signal(&q->cond); /* this thread may have been the one that waited for the next due time */
    if (q->queue_seconds)
        kc_series_observe(q->queue_seconds, seconds_since(it->since_us));
    it->since_us = kc_mono_us();
}

const char *kc_workqueue_take(struct kc_workqueue *q)
{
    struct item *it = NULL;

    pthread_mutex_lock(&q->lock);
    while (!q->shut) {
        int64_t next_ms = promote(q);
        it = first_waiting(q);
        if (it)
            break;
        wait_until(q, next_ms);
    }
    if (it)
        begin(q, it);
    pthread_mutex_unlock(&q->lock);
    return it ? it->key : NULL;
}

void kc_workqueue_done(struct kc_workqueue *q, const char *key)
{
    pthread_mutex_lock(&q->lock);
    struct item *it = kc_map_get(q->items, key);
    if (it && it->processing) {
        it->processing = false;
        if (q->work_seconds)
            kc_series_observe(q->work_seconds, seconds_since(it->since_us));
        if (it->dirty) {
            it->dirty = false;
            enqueue(q, it, it->lane);
        }
        drop_if_idle(q, it);
    }
    pthread_mutex_unlock(&q->lock);
}

void kc_workqueue_shutdown(struct kc_workqueue *q)
{
    pthread_mutex_lock(&q->lock);
    q->shut = true;
    pthread_cond_broadcast(&q->cond);
    pthread_mutex_unlock(&q->lock);
}

size_t kc_workqueue_depth(struct kc_workqueue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->waiting;
    pthread_mutex_unlock(&q->lock);
    return n;
}
