#include "controller/runtime/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/metrics.h"

/* What a reconcile ended in: the metric's label. */
enum result { SUCCESS, REQUEUE, REQUEUE_AFTER, RETRY, FAILED, N_RESULTS };
static const char *const result_names[N_RESULTS] = {
    [SUCCESS] = "success", [REQUEUE] = "requeue", [REQUEUE_AFTER] = "requeue_after",
    [RETRY] = "retry",     [FAILED] = "error",
};

struct kc_workers {
    struct kc_workqueue *queue;
    char *controller;
    kc_reconcile_fn reconcile;
    void *arg;
    struct kc_series *results[N_RESULTS], *seconds, *active;
    unsigned running;
    pthread_t threads[];
};

static bool is_passing(enum kc_class class)
{
    return class == KC_RETRY || class == KC_CONFLICT || class == KC_UNAVAILABLE;
}

static void report(const struct kc_workers *w, enum kc_level level, const char *message, const char *key,
                   const struct kc_err *err)
{
    kc_log(level, w->controller, message, "key", key, "class", kc_class_name(err->class), "reason", err->reason,
           "error", err->message, NULL);
}

/* Puts the key back as the reconcile asked for. Re-adding a key that is being processed only fails at the queue's
 * shutdown, when nobody is left to take it. */
static enum result put_back(struct kc_workers *w, const char *key, bool ok, int64_t again_ms, const struct kc_err *err)
{
    if (ok) {
        kc_workqueue_forget(w->queue, key);
        if (again_ms < 0)
            return SUCCESS;
        (void)kc_workqueue_add_after(w->queue, key, again_ms, NULL);
        return again_ms == 0 ? REQUEUE : REQUEUE_AFTER;
    }
    if (!is_passing(err->class)) {
        kc_workqueue_forget(w->queue, key);
        report(w, KC_ERROR, "reconcile failed, waiting for the object to change", key, err);
        return FAILED;
    }
    report(w, err->class == KC_CONFLICT ? KC_DEBUG : KC_WARN, "reconcile failed, trying again", key, err);
    if (err->retry_after_ms > 0)
        (void)kc_workqueue_add_after(w->queue, key, err->retry_after_ms, NULL);
    else
        (void)kc_workqueue_add_later(w->queue, key, NULL);
    return RETRY;
}

static void work_on(struct kc_workers *w, const char *key, struct kc_arena *a)
{
    struct kc_err err = {0};
    int64_t again_ms = -1, begin_us = kc_mono_us();

    kc_series_add(w->active, 1);
    bool ok = w->reconcile(w->arg, key, a, &again_ms, &err);
    kc_series_add(w->active, -1);
    kc_series_observe(w->seconds, (double)(kc_mono_us() - begin_us) / 1e6);
    kc_series_add(w->results[put_back(w, key, ok, again_ms, &err)], 1);
}

static void *run(void *arg)
{
    struct kc_workers *w = arg;
    KC_ARENA_SCOPE(a);
    const char *key;

    while ((key = kc_workqueue_take(w->queue))) {
        work_on(w, key, a);
        kc_workqueue_done(w->queue, key);
        kc_arena_reset(a);
    }
    return NULL;
}

static void make_metrics(struct kc_workers *w)
{
    static const char *const labels[] = {"controller", NULL};
    static const char *const result_labels[] = {"controller", "result", NULL};
    static const double seconds[] = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
    const char *values[] = {w->controller, NULL, NULL};

    w->seconds = kc_metric_series(kc_metric_histogram("kubechat_reconcile_time_seconds", "How long a reconcile took.",
                                                      labels, seconds, sizeof(seconds) / sizeof(seconds[0])),
                                  values);
    w->active =
        kc_metric_series(kc_metric_gauge("kubechat_active_workers", "Workers that reconcile now.", labels), values);
    struct kc_metric *total = kc_metric_counter("kubechat_reconcile_total", "Reconciles by result.", result_labels);
    for (size_t i = 0; i < N_RESULTS; i++) {
        values[1] = result_names[i];
        w->results[i] = kc_metric_series(total, values);
    }
}

struct kc_workers *kc_workers_start(struct kc_workqueue *q, unsigned threads, const char *controller,
                                    kc_reconcile_fn fn, void *arg, struct kc_err *err)
{
    struct kc_workers *w = calloc(1, sizeof(*w) + threads * sizeof(w->threads[0]));
    int rc = 0;

    if (!w || !(w->controller = strdup(controller)))
        abort();
    w->queue = q;
    w->reconcile = fn;
    w->arg = arg;
    make_metrics(w);
    kc_workqueue_set_name(q, controller);
    while (w->running < threads && (rc = pthread_create(&w->threads[w->running], NULL, run, w)) == 0) {
        char name[16] = {0}; /* the kernel's limit */
        memcpy(name, controller, strnlen(controller, sizeof(name) - 1));
        pthread_setname_np(w->threads[w->running], name);
        w->running++;
    }
    if (rc == 0)
        return w;
    kc_fail(err, KC_FATAL, "ThreadFailed", "worker thread %u of %u of controller %s cannot be started: %s",
            w->running + 1, threads, controller, strerror(rc));
    return kc_workers_stop(w);
}

struct kc_workers *kc_workers_stop(struct kc_workers *w)
{
    if (!w)
        return NULL;
    kc_workqueue_shutdown(w->queue);
    for (unsigned i = 0; i < w->running; i++)
        pthread_join(w->threads[i], NULL);
    free(w->controller);
    free(w);
    return NULL;
}
