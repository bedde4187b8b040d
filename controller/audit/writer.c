#include "controller/audit/writer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "controller/base/clock.h"

#define QUEUE_JOBS    10000
#define QUEUE_BYTES   ((size_t)128 << 20)
#define CHECKPOINT_MS 1000
#define RETRY_MS      1000
#define DOUBT_MS      2000 /* for those who wait: as long as a lost answer is looked for */
#define NAP_MS        50

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
    bool stopping, busy;  /* busy: somebody is at the store */
    int64_t asleep_until; /* monotonic; the thread; 0: it is awake */
    int64_t retry_at;     /* monotonic: not before, while the store is away */
    struct kc_err why;

    /* Theirs who set busy. */
    uint64_t size, signed_size; /* of the log and of its newest checkpoint */
    int64_t sign_at;            /* monotonic: not before */
    bool in_doubt;              /* the answer to a commit was lost; this was to be its head: */
    struct kc_checkpoint doubt;
};

static struct kc_job *job_of(struct kc_node *n)
{
    return KC_CONTAINER(n, struct kc_job, node);
}

bool kc_audit_same_key(struct kc_arena *a, const char *note, const struct kc_signer *signer, struct kc_err *err)
{
    struct kc_checkpoint c;
    return kc_checkpoint_open(a, note, strlen(note), kc_signer_public(signer, a), &c, NULL) ||
           kc_fail(err, KC_INVALID, "OtherKey",
                   "the log's newest checkpoint is signed with another key than ours (%s): every replica signs with "
                   "the same one: give that key's file with --signing-key",
                   kc_signer_public(signer, a));
}

/* The note for the tree when one is due; NULL in *ret: none. newest: the last one, of any replica. */
static bool sign_if_due(struct kc_audit_writer *w, const struct kc_tree *tree, const char *newest, struct kc_arena *a,
                        const char **ret, struct kc_err *err)
{
    *ret = NULL;
    if (!w->signer || tree->size <= w->signed_size || kc_mono_ms() < w->sign_at)
        return true;
    if (newest && !kc_audit_same_key(a, newest, w->signer, err))
        return false;
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

/* Under the lock: the head that the lost commit was to write is there, or it will never be. */
static bool resolve_doubt(struct kc_audit_writer *w, struct kc_list *jobs, struct kc_err *err)
{
    struct kc_stored_head head;
    bool there;
    if (!w->in_doubt)
        return true;
    if (!w->store->ops->head(w->store, w->doubt.size, &head, &there, err))
        return false;
    there = there && memcmp(head.root.b, w->doubt.root.b, sizeof head.root.b) == 0;
    for (struct kc_node *n = kc_list_first(jobs); n && !there; n = kc_list_after(jobs, n))
        job_of(n)->doubted = false;
    w->in_doubt = false;
    return true;
}

static bool apply_jobs(struct kc_audit_writer *w, struct kc_list *jobs, struct kc_tree *tree, struct kc_err *err)
{
    for (struct kc_node *n = kc_list_first(jobs); n; n = kc_list_after(jobs, n)) {
        struct kc_job *j = job_of(n);
        if (j->doubted) /* it was stored after all */
            continue;
        j->err = (struct kc_err){0};
        enum kc_job_fate fate = kc_job_apply(j, w->store, tree, err);
        if (fate == KC_JOB_BROKEN)
            return false;
        j->ok = fate != KC_JOB_REFUSED;
        j->stored = fate == KC_JOB_STORED;
    }
    return true;
}

static bool fill_transaction(struct kc_audit_writer *w, struct kc_list *jobs, struct kc_tree *tree, struct kc_arena *a,
                             const char **ret_note, struct kc_err *err)
{
    uint64_t checkpoint;
    const char *newest;
    if (!kc_audit_store_tree(w->store, tree, &checkpoint, err) || !resolve_doubt(w, jobs, err) ||
        !w->store->ops->checkpoint(w->store, KC_NEWEST, a, &w->signed_size, &newest, err))
        return false;
    uint64_t before = tree->size;
    return apply_jobs(w, jobs, tree, err) && (tree->size == before || put_head(w, tree, err)) &&
           sign_if_due(w, tree, newest, a, ret_note, err);
}

/* The answer was lost. What was resolved before stays so. */
static void doubt(struct kc_audit_writer *w, struct kc_list *jobs, const struct kc_tree *tree)
{
    w->in_doubt = true;
    w->doubt = (struct kc_checkpoint){.size = tree->size, .root = kc_tree_root(tree)};
    for (struct kc_node *n = kc_list_first(jobs); n; n = kc_list_after(jobs, n))
        job_of(n)->doubted = job_of(n)->stored;
}

/* One transaction: every job, one head, a checkpoint when one is due. */
static bool transact(struct kc_audit_writer *w, struct kc_list *jobs, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_tree tree;
    const char *note = NULL;
    if (!w->store->ops->begin(w->store, true, err))
        return false;
    bool filled = fill_transaction(w, jobs, &tree, a, &note, err);
    if (!filled || !w->store->ops->commit(w->store, err)) {
        w->store->ops->rollback(w->store);
        if (filled && err->class == KC_UNAVAILABLE && KC_STREQ(err->reason, "ConnectionLost"))
            doubt(w, jobs, &tree);
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

static void move_all(struct kc_list *from, struct kc_list *to)
{
    for (struct kc_node *n; (n = kc_list_first(from));) {
        kc_list_remove(n);
        kc_list_append(to, n);
    }
}

/* Tells who waits. A job that nobody waits for stays for the next attempt when the store failed; who came meanwhile and
 * waits would only wait for the same failure. */
static void settle(struct kc_audit_writer *w, struct kc_list *jobs, bool ok, const struct kc_err *why)
{
    struct kc_list later;
    kc_list_init(&later);
    if (!ok)
        move_all(&w->queue, jobs);
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
            kc_fail(&j->err, KC_UNAVAILABLE, "AuditUnavailable", "%s%s", why->message,
                    j->doubted ? "; whether the rows were stored before that is not known yet" : "");
        }
        j->done = true;
        (void)pthread_cond_signal(&j->finished);
    }
    /* Back to the front: what came meanwhile goes behind it. */
    move_all(&w->queue, &later);
    move_all(&later, &w->queue);
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
    struct timespec ts = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
    w->asleep_until = at;
    if (at == INT64_MAX)
        (void)pthread_cond_wait(&w->work, &w->lock);
    else
        (void)pthread_cond_timedwait(&w->work, &w->lock, &ts);
    w->asleep_until = 0;
}

/* Wakes the thread when it would sleep too long. */
static void wake(struct kc_audit_writer *w)
{
    if (!w->busy && next_at(w) < w->asleep_until)
        (void)pthread_cond_signal(&w->work);
}

/* Again when another replica was first, once when the connection died on the way, and while nobody knows whether the
 * last attempt was stored. */
static bool transact_until_known(struct kc_audit_writer *w, struct kc_list *jobs, struct kc_err *why)
{
    int64_t give_up = kc_mono_ms() + DOUBT_MS;
    for (bool lost = false; !transact(w, jobs, why);) {
        if (why->class == KC_CONFLICT)
            continue;
        bool died = !w->in_doubt && !lost && KC_STREQ(why->reason, "ConnectionLost");
        lost |= died;
        if (died)
            continue;
        if (!w->in_doubt || kc_mono_ms() >= give_up)
            return false;
        (void)usleep(NAP_MS * 1000);
    }
    return true;
}

/* With the lock held; drops it meanwhile. */
static void work_once(struct kc_audit_writer *w)
{
    struct kc_list jobs;
    struct kc_err why = {0};
    kc_list_init(&jobs);
    move_all(&w->queue, &jobs);
    if (w->stopping)
        w->sign_at = 0;
    w->busy = true;
    (void)pthread_mutex_unlock(&w->lock);
    bool ok = transact_until_known(w, &jobs, &why);
    (void)pthread_mutex_lock(&w->lock);
    atomic_store(&w->available, ok);
    if (!ok) {
        w->retry_at = kc_mono_ms() + RETRY_MS;
        w->why = why;
    }
    settle(w, &jobs, ok, &why);
    w->busy = false;
    wake(w);
}

static void *writer_main(void *arg)
{
    struct kc_audit_writer *w = arg;
    (void)pthread_mutex_lock(&w->lock);
    for (bool last = false; !last;) {
        int64_t at = w->busy ? INT64_MAX : next_at(w);
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
    if (!j->posted && !atomic_load(&w->available))
        return kc_fail(err, KC_UNAVAILABLE, "AuditUnavailable", "%s", w->why.message);
    if (w->n_queued >= QUEUE_JOBS || w->bytes + j->size > QUEUE_BYTES)
        return kc_fail(err, KC_UNAVAILABLE, "QueueFull",
                       "the audit log's queue is full (%zu batches, %zu bytes): try again", w->n_queued, w->bytes);
    kc_list_append(&w->queue, &j->node);
    w->n_queued++;
    w->bytes += j->size;
    if (!j->posted)
        w->n_waiting++;
    return true;
}

bool kc_audit_writer_run(struct kc_audit_writer *w, struct kc_job *j, struct kc_err *err)
{
    bool posted = j->posted;
    (void)pthread_mutex_lock(&w->lock);
    bool ok = enqueue(w, j, err);
    if (ok && posted)
        wake(w);
    else if (ok && !w->busy)
        work_once(w);
    while (ok && !posted && !j->done)
        (void)pthread_cond_wait(&j->finished, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
    return ok;
}

bool kc_audit_writer_available(struct kc_audit_writer *w)
{
    return atomic_load(&w->available);
}

bool kc_audit_writer_refuse(struct kc_audit_writer *w, struct kc_err *err)
{
    (void)pthread_mutex_lock(&w->lock);
    kc_fail(err, KC_UNAVAILABLE, "AuditUnavailable", "%s", w->why.message);
    (void)pthread_mutex_unlock(&w->lock);
    return false;
}

void kc_audit_writer_suspect(struct kc_audit_writer *w, const struct kc_err *why)
{
    (void)pthread_mutex_lock(&w->lock);
    if (atomic_load(&w->available)) {
        w->why = *why;
        w->retry_at = 0;
        atomic_store(&w->available, false);
        wake(w);
    }
    (void)pthread_mutex_unlock(&w->lock);
}
