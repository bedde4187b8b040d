#include "controller/audit/writer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/base/clock.h"

#define QUEUE_JOBS    10000
#define QUEUE_BYTES   ((size_t)128 << 20)
#define CHECKPOINT_MS 1000
#define RETRY_MS      1000

struct kc_audit_writer {
    struct kc_audit_store *store;
    const char *origin;
    struct kc_signer *signer;
    void (*on_checkpoint)(void *arg, const char *note);
    void *arg;
    pthread_t thread;
    atomic_bool available;

    pthread_mutex_t lock;
    pthread_cond_t work; /* on the monotonic clock */
    struct kc_list queue;
    size_t n_queued, n_waiting, bytes;
    bool stopping;

    /* The thread's own. */
    uint64_t size, signed_size; /* of the log and of its newest checkpoint */
    int64_t sign_at, retry_at;  /* monotonic: not before */
};

static struct kc_job *job_of(struct kc_node *n)
{
    return KC_CONTAINER(n, struct kc_job, node);
}

/* The note for the tree when one is due; NULL in *ret: none. */
static bool sign_if_due(struct kc_audit_writer *w, const struct kc_tree *tree, struct kc_arena *a, const char **ret,
                        struct kc_err *err)
{
    *ret = NULL;
    if (!w->signer || tree->size <= w->signed_size || kc_mono_ms() < w->sign_at)
        return true;
    struct kc_checkpoint c = {.origin = w->origin, .size = tree->size, .root = kc_tree_root(tree)};
    *ret = kc_checkpoint_sign(a, &c, w->signer, err);
    return *ret && w->store->ops->put_checkpoint(w->store, tree->size, *ret, kc_unix_ms(), err);
}

static bool put_head(struct kc_audit_writer *w, const struct kc_tree *tree, struct kc_err *err)
{
    struct kc_stored_head head = {
        .size = tree->size, .root = kc_tree_root(tree), .checkpoint = w->signed_size, .time = kc_unix_ms()};
    return w->store->ops->put_head(w->store, &head, err);
}

static bool fill_transaction(struct kc_audit_writer *w, struct kc_list *jobs, struct kc_tree *tree, struct kc_arena *a,
                             const char **ret_note, struct kc_err *err)
{
    uint64_t checkpoint;
    if (!kc_audit_store_tree(w->store, tree, &checkpoint, err))
        return false;
    uint64_t before = tree->size;
    for (struct kc_node *n = kc_list_first(jobs); n; n = kc_list_after(jobs, n)) {
        struct kc_job *j = job_of(n);
        j->err = (struct kc_err){0};
        enum kc_job_fate fate = kc_job_apply(j, w->store, tree, err);
        if (fate == KC_JOB_BROKEN)
            return false;
        j->ok = fate != KC_JOB_REFUSED;
    }
    return (tree->size == before || put_head(w, tree, err)) && sign_if_due(w, tree, a, ret_note, err);
}

/* One transaction: every job, one head, a checkpoint when one is due. */
static bool transact(struct kc_audit_writer *w, struct kc_list *jobs, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_tree tree;
    const char *note = NULL;
    if (!w->store->ops->begin(w->store, true, err))
        return false;
    if (!fill_transaction(w, jobs, &tree, a, &note, err) || !w->store->ops->commit(w->store, err)) {
        w->store->ops->rollback(w->store);
        return false;
    }
    w->size = tree.size;
    if (note) {
        w->signed_size = tree.size;
        w->sign_at = kc_mono_ms() + CHECKPOINT_MS;
        if (w->on_checkpoint)
            w->on_checkpoint(w->arg, note);
    }
    return true;
}

static void take_off(struct kc_audit_writer *w, struct kc_job *j)
{
    w->n_queued--;
    w->bytes -= j->size;
    if (!j->posted)
        w->n_waiting--;
}

/* Tells who waits. A job that nobody waits for stays for the next attempt when the store failed. */
static void settle(struct kc_audit_writer *w, struct kc_list *jobs, bool ok, const struct kc_err *why)
{
    struct kc_list later;
    kc_list_init(&later);
    for (struct kc_node *n; (n = kc_list_first(jobs));) {
        struct kc_job *j = job_of(n);
        kc_list_remove(n);
        if (!ok && j->posted && !w->stopping) {
            kc_list_append(&later, n);
            continue;
        }
        take_off(w, j);
        if (j->posted) {
            (void)kc_job_destroy(j);
            continue;
        }
        if (!ok) {
            j->ok = false;
            kc_fail(&j->err, KC_UNAVAILABLE, "AuditUnavailable", "%s", why->message);
        }
        j->done = true;
        (void)pthread_cond_signal(&j->finished);
    }
    /* Back to the front: what came meanwhile goes behind it. */
    for (struct kc_node *n; (n = kc_list_first(&w->queue));) {
        kc_list_remove(n);
        kc_list_append(&later, n);
    }
    for (struct kc_node *n; (n = kc_list_first(&later));) {
        kc_list_remove(n);
        kc_list_append(&w->queue, n);
    }
}

/* Monotonic time at which the thread has something to do; INT64_MAX: only when somebody calls. */
static int64_t next_at(struct kc_audit_writer *w)
{
    if (w->n_waiting || w->stopping)
        return 0;
    if (!atomic_load(&w->available))
        return w->retry_at;
    if (w->n_queued)
        return 0;
    return w->signer && w->size > w->signed_size ? w->sign_at : INT64_MAX;
}

static void wait_until(struct kc_audit_writer *w, int64_t at)
{
    if (at == INT64_MAX) {
        (void)pthread_cond_wait(&w->work, &w->lock);
        return;
    }
    struct timespec ts = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
    (void)pthread_cond_timedwait(&w->work, &w->lock, &ts);
}

/* With the lock held; drops it meanwhile. */
static void work_once(struct kc_audit_writer *w)
{
    struct kc_list jobs;
    struct kc_err why = {0};
    kc_list_init(&jobs);
    for (struct kc_node *n; (n = kc_list_first(&w->queue));) {
        kc_list_remove(n);
        kc_list_append(&jobs, n);
    }
    if (w->stopping)
        w->sign_at = 0;
    (void)pthread_mutex_unlock(&w->lock);
    bool ok = transact(w, &jobs, &why);
    if (!ok)
        w->retry_at = kc_mono_ms() + RETRY_MS;
    atomic_store(&w->available, ok);
    (void)pthread_mutex_lock(&w->lock);
    settle(w, &jobs, ok, &why);
}

static void *writer_main(void *arg)
{
    struct kc_audit_writer *w = arg;
    (void)pthread_mutex_lock(&w->lock);
    for (bool last = false; !last;) {
        int64_t at = next_at(w);
        if (at > kc_mono_ms()) {
            wait_until(w, at);
            continue;
        }
        last = w->stopping; /* nothing can be queued any more: one transaction takes it all */
        work_once(w);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

static bool start_thread(struct kc_audit_writer *w, struct kc_err *err)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0 || pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&w->work, &attr) != 0 || pthread_mutex_init(&w->lock, NULL) != 0)
        abort();
    (void)pthread_condattr_destroy(&attr);
    int rc = pthread_create(&w->thread, NULL, writer_main, w);
    return rc == 0 || kc_fail(err, KC_FATAL, "NoThread", "audit writer: cannot start its thread: %s", strerror(rc));
}

struct kc_audit_writer *kc_audit_writer_start(struct kc_audit_store *store, const struct kc_audit_options *o,
                                              struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_audit_writer *w = calloc(1, sizeof *w);
    char *origin = strdup(o->origin);
    struct kc_tree tree;
    const char *note;
    uint64_t named;
    if (!w || !origin)
        abort();
    *w = (struct kc_audit_writer){
        .store = store, .origin = origin, .signer = o->signer, .on_checkpoint = o->on_checkpoint, .arg = o->arg};
    atomic_init(&w->available, true);
    kc_list_init(&w->queue);
    if (!kc_audit_store_tree(store, &tree, &named, err) ||
        !store->ops->checkpoint(store, KC_NEWEST, a, &w->signed_size, &note, err))
        goto fail;
    w->size = tree.size;
    if (start_thread(w, err))
        return w;
fail:
    free(origin);
    free(w);
    return NULL;
}

struct kc_audit_writer *kc_audit_writer_stop(struct kc_audit_writer *w)
{
    if (!w)
        return NULL;
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = true;
    (void)pthread_cond_signal(&w->work);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    (void)pthread_cond_destroy(&w->work);
    (void)pthread_mutex_destroy(&w->lock);
    free((char *)w->origin);
    free(w);
    return NULL;
}

static bool enqueue(struct kc_audit_writer *w, struct kc_job *j, struct kc_err *err)
{
    if (w->stopping)
        return kc_fail(err, KC_UNAVAILABLE, "ShuttingDown", "the audit log is closing");
    if (w->n_queued >= QUEUE_JOBS || w->bytes + j->size > QUEUE_BYTES)
        return kc_fail(err, KC_UNAVAILABLE, "QueueFull",
                       "the audit log's queue is full (%zu batches, %zu bytes): try again", w->n_queued, w->bytes);
    kc_list_append(&w->queue, &j->node);
    w->n_queued++;
    w->bytes += j->size;
    if (!j->posted)
        w->n_waiting++;
    (void)pthread_cond_signal(&w->work);
    return true;
}

bool kc_audit_writer_run(struct kc_audit_writer *w, struct kc_job *j, struct kc_err *err)
{
    bool posted = j->posted;
    (void)pthread_mutex_lock(&w->lock);
    bool ok = enqueue(w, j, err);
    while (ok && !posted && !j->done)
        (void)pthread_cond_wait(&j->finished, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
    return ok;
}

bool kc_audit_writer_available(struct kc_audit_writer *w)
{
    return atomic_load(&w->available);
}
