/* workqueue: keys waiting to be reconciled, each at most once at a time.
 *
 * A key that is added while it is being processed is processed once more afterwards (client-go's dirty and processing
 * sets). Two lanes: KC_LANE_FRESH is served before KC_LANE_BACKLOG, so that a restart's backlog never delays an edit.
 * Thread-safe. The queue copies keys; what kc_workqueue_take() hands out belongs to the caller until
 * kc_workqueue_done().
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "controller/base/err.h"

enum kc_lane { KC_LANE_FRESH, KC_LANE_BACKLOG };

struct kc_workqueue;

struct kc_workqueue *kc_workqueue_create(size_t max_keys);
struct kc_workqueue *kc_workqueue_destroy(struct kc_workqueue *q); /* accepts NULL, returns NULL */

/* From now on the metrics of this queue (workqueue_depth, _adds_total, _retries_total, _queue_duration_seconds,
 * _work_duration_seconds) carry this label; kc_workers_start calls it with the controller's name. */
void kc_workqueue_set_name(struct kc_workqueue *q, const char *name);

/* All three fail with UNAVAILABLE: "QueueFull" when max_keys wait or are delayed already ("QueueFull" never comes for a
 * key that is being processed: a worker can always put its key back), "ShuttingDown" after kc_workqueue_shutdown. A key
 * in the backlog that is added as fresh moves up. */
bool kc_workqueue_add(struct kc_workqueue *q, const char *key, enum kc_lane lane, struct kc_err *err);
/* Adds key (fresh) after delay_ms; an earlier time already set for it stays. */
bool kc_workqueue_add_after(struct kc_workqueue *q, const char *key, int64_t delay_ms, struct kc_err *err);
/* Adds key after a delay that doubles with each call for it: 5 ms to 1000 s (client-go's limiter), until
 * kc_workqueue_forget(). */
bool kc_workqueue_add_later(struct kc_workqueue *q, const char *key, struct kc_err *err);
void kc_workqueue_forget(struct kc_workqueue *q,
                         const char *key); /* the next kc_workqueue_add_later begins at 5 ms again */

/* Blocks. Delayed keys become due here, so at least one thread has to be taking. NULL once the queue is shut down (keys
 * still waiting are dropped: the next start lists them again). */
const char *kc_workqueue_take(struct kc_workqueue *q);
void kc_workqueue_done(struct kc_workqueue *q, const char *key);
void kc_workqueue_shutdown(struct kc_workqueue *q);
size_t kc_workqueue_depth(struct kc_workqueue *q); /* waiting now, both lanes */
