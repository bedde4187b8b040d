/* workers: threads that take keys from a work queue and reconcile them.
 *
 * reconcile gets an arena of its own, reset after each key, and says when it wants the key again: *again_ms < 0 never,
 * 0 at once, > 0 after so long; failing with RETRY, CONFLICT or UNAVAILABLE re-queues the key with the limiter's
 * growing delay, any other class is logged and not tried again until the object changes. A worker should hold a key for
 * at most 5 s.
 */
#pragma once

#include "controller/base/arena.h"
#include "controller/runtime/workqueue.h"

typedef bool (*kc_reconcile_fn)(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err);

struct kc_workers;
/* controller names the metrics' label and the log's component. */
struct kc_workers *kc_workers_start(struct kc_workqueue *q, unsigned threads, const char *controller,
                                    kc_reconcile_fn fn, void *arg, struct kc_err *err);
/* Shuts the queue down, waits for the running reconciles, frees. NULL is accepted; returns NULL. */
struct kc_workers *kc_workers_stop(struct kc_workers *w);
