#include <stdlib.h>

#include "controller/base/log.h"
#include "controller/cli/manager_parts.h"

/* Threads that help the workers with the steps of long plans: they wait for the API server, they do not compute. */
#define PREVIEW_THREADS 8
#define MAX_KEYS        100000

static void on_event(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct kc_manager *m = arg;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const char *key = event == KC_DELETED ? kc_arena_printf(a, "%s#%s", r->key, r->uid) : r->key;

    if (!kc_workqueue_add(m->queue, key, initial ? KC_LANE_BACKLOG : KC_LANE_FRESH, &err))
        kc_log(KC_ERROR, "watch", "request not queued", "request", key, "error", err.message, NULL);
}

static void on_bad(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    (void)arg;
    kc_log(KC_WARN, "watch", "object skipped", "namespace", ns, "name", name, "error", err->message, NULL);
}

/* What failed while the API server was away waits with growing delays: now that it is back, everything is looked at
 * again. */
static void wake_all(struct kc_manager *m)
{
    size_t n;
    const struct kc_record **records = kc_store_list(m->chat.requests, &n);

    for (size_t i = 0; i < n; i++) {
        on_event(m, KC_MODIFIED, records[i], true);
        kc_record_unref(records[i]);
    }
    free(records);
}

void kc_manager_chat_wake(struct kc_manager *m)
{
    pthread_mutex_lock(&m->chat_lock);
    if (m->chat_runs)
        wake_all(m);
    pthread_mutex_unlock(&m->chat_lock);
}

static void let_wake(struct kc_manager *m, bool runs)
{
    pthread_mutex_lock(&m->chat_lock);
    m->chat_runs = runs;
    pthread_mutex_unlock(&m->chat_lock);
}

static void on_synced(void *arg)
{
    struct kc_manager *m = arg;

    atomic_store(&m->synced, true);
}

static void on_state(void *arg, const struct kc_err *err)
{
    struct kc_manager *m = arg;

    atomic_store(&m->watching, !err);
    if (err) {
        kc_log(KC_WARN, "watch", "lost the API server, trying again", "error", err->message, NULL);
        return;
    }
    kc_log(KC_INFO, "watch", "watching chatrequests", NULL);
    kc_manager_chat_wake(m);
}

/* Nothing is begun without the lease: also not by a process that was stopped, and does not know yet. */
static bool reconcile(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err)
{
    struct kc_manager *m = arg;

    if (!kc_kube_may_change(m->term_kube))
        return kc_fail(err, KC_UNAVAILABLE, "NotLeading", "the lease was not renewed: another replica may lead");
    return kc_chat_reconcile(&m->chat, key, a, again_ms, err);
}

static void on_run_ended(void *arg, const char *key)
{
    struct kc_manager *m = arg;
    struct kc_err err = {0};

    if (!kc_workqueue_add(m->queue, key, KC_LANE_FRESH, &err))
        kc_log(KC_WARN, "reconcile", "request not queued", "request", key, "error", err.message, NULL);
}

bool kc_manager_chat_start(struct kc_manager *m, struct kc_err *err)
{
    struct kc_reflector_options o = {.path = "/apis/" KC_GROUP "/" KC_API_VERSION "/" KC_CHATREQUEST_RESOURCE,
                                     .on_event = on_event,
                                     .on_synced = on_synced,
                                     .on_bad = on_bad,
                                     .on_state = on_state,
                                     .arg = m};

    m->chat = (struct kc_chat){.cluster = m->cluster,
                               .requests = kc_store_create(),
                               .audit = m->audit,
                               .seal_key = kc_webhook_seal_key(m->webhook),
                               .echo = kc_echo_create(),
                               .targets = kc_keylock_create(),
                               .pool = kc_pool_create(PREVIEW_THREADS, err),
                               .policies = m->policies,
                               .locker = m->locker,
                               .runs = kc_runs_create(on_run_ended, m, err),
                               .providers = &m->providers,
                               .rollout_ms = m->o.rollout_ms};
    m->chat.cluster.kube = m->term_kube;
    m->chat.cluster.captures = m->locker != NULL;
    m->queue = kc_workqueue_create(MAX_KEYS);
    let_wake(m, true);
    if (!m->chat.runs || !m->chat.pool)
        return false;
    m->workers = kc_workers_start(m->queue, (unsigned)m->o.workers, "chatrequest", reconcile, m, err);
    if (!m->workers)
        return false;
    m->reflector = kc_reflector_create(m->term_kube, m->chat.requests, &o);
    return true;
}

void kc_manager_chat_stop(struct kc_manager *m)
{
    let_wake(m, false);
    m->reflector = kc_reflector_destroy(m->reflector);
    if (m->providers.desk)
        kc_ai_desk_close(m->providers.desk); /* it wakes keys of the queue */
    m->workers = kc_workers_stop(m->workers);
    m->chat.runs = kc_runs_destroy(m->chat.runs); /* they wake keys too */
    m->queue = kc_workqueue_destroy(m->queue);
    kc_pool_destroy(m->chat.pool);
    kc_keylock_destroy(m->chat.targets);
    kc_echo_destroy(m->chat.echo);
    kc_store_destroy(m->chat.requests);
    m->chat = (struct kc_chat){0};
    atomic_store(&m->watching, false);
    atomic_store(&m->synced, false);
}
