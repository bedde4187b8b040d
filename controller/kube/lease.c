#include "controller/kube/lease.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/base/metrics.h"
#include "controller/base/text.h"
#include "controller/kube/client.h"
#include "controller/kube/lease_record.h"

#define GIVE_UP_MS 1500 /* for each of the calls that give it up */
#define SPREAD_MS  250  /* candidates do not ask in the same moment */

enum state {
    IDLE,    /* nobody wants it */
    SEEKING, /* somebody waits in kc_lease_acquire */
    HELD,
    LEAVING /* the thread is to give it up */
};

struct kc_lease {
    struct kc_arena *arena; /* of the strings */
    const char *ns, *name, *me, *path;
    struct kc_lease_times times;
    void (*on_trouble)(void *arg, const struct kc_err *err);
    void *arg;
    struct kc_http_client *http;
    struct kc_kube *kube;
    struct kc_series *status;
    pthread_t thread;
    bool running;
    _Atomic int64_t deadline_ms; /* 0: not held */
    atomic_bool cancel;          /* the call under way */

    /* The thread's own. */
    json_t *seen;     /* the Lease as last read or written; NULL: there was none */
    int64_t seen_ms;  /* kc_boot_ms when its spec was first seen */
    char trouble[64]; /* reason told last */

    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    enum state state;
    bool closed, ending;
    struct kc_err why; /* the last term ended */
};

bool kc_lease_times_check(const struct kc_lease_times *t, struct kc_err *err)
{
    if (t->duration_ms < KC_SECOND_MS || t->duration_ms % KC_SECOND_MS != 0 || t->duration_ms > KC_HOUR_MS)
        return kc_fail(err, KC_INVALID, "LeaseTimes", "the lease's duration is %lld ms: whole seconds, 1s to 1h",
                       (long long)t->duration_ms);
    if (t->retry_ms < 1)
        return kc_fail(err, KC_INVALID, "LeaseTimes", "the lease's retry period is %lld ms: at least 1ms",
                       (long long)t->retry_ms);
    if (t->renew_deadline_ms >= t->duration_ms)
        return kc_fail(err, KC_INVALID, "LeaseTimes",
                       "the lease's renew deadline is %lld ms: less than its duration, %lld ms",
                       (long long)t->renew_deadline_ms, (long long)t->duration_ms);
    return t->renew_deadline_ms * 10 > t->retry_ms * 12 ||
           kc_fail(err, KC_INVALID, "LeaseTimes",
                   "the lease's renew deadline is %lld ms: more than 1.2 times its retry period, %lld ms",
                   (long long)t->renew_deadline_ms, (long long)t->retry_ms);
}

int64_t kc_lease_deadline_ms(const struct kc_lease *l)
{
    return atomic_load(&l->deadline_ms);
}

bool kc_lease_leading(const struct kc_lease *l)
{
    return kc_boot_ms() < atomic_load(&l->deadline_ms);
}

const char *kc_lease_identity(const struct kc_lease *l)
{
    return l->me;
}

/* Calls of the thread. */

static bool is_mine(const struct kc_lease *l)
{
    return KC_STREQ(kc_lease_record_read(l->seen).holder, l->me);
}

static void see(struct kc_lease *l, json_t *lease)
{
    if (!lease || !l->seen || !kc_lease_record_same(lease, l->seen))
        l->seen_ms = kc_boot_ms();
    json_decref(l->seen);
    l->seen = json_incref(lease);
}

static struct kc_call call_for(struct kc_lease *l, int64_t timeout_ms)
{
    return (struct kc_call){.timeout_ms = timeout_ms, .cancel = &l->cancel};
}

/* A Lease that is not there is no failure: nobody holds it. */
static bool look(struct kc_lease *l, int64_t timeout_ms, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_call call = call_for(l, timeout_ms);
    struct kc_err e = {0};
    json_t *lease = NULL;

    if (!kc_kube_get(l->kube, l->path, NULL, &call, a, &lease, &e) && e.class != KC_NOT_FOUND) {
        *err = e;
        return false;
    }
    see(l, lease);
    return true;
}

/* Writes our claim upon the Lease as seen (holder "": gives it up); CONFLICT when it is another one by now. */
static bool claim(struct kc_lease *l, const char *holder, int64_t timeout_ms, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_lease_claim c = {
        .ns = l->ns, .name = l->name, .holder = holder, .duration_ms = l->times.duration_ms, .now = kc_unix_ms()};
    KC_JSON_SCOPE *lease = kc_lease_record_claim(a, l->seen, &c);
    struct kc_call call = call_for(l, timeout_ms);
    json_t *answer = NULL;
    const char *path =
        l->seen ? l->path : kc_arena_printf(a, "/apis/coordination.k8s.io/v1/namespaces/%s/leases", l->ns);

    if (!kc_kube_send(l->kube, l->seen ? "PUT" : "POST", path, NULL, NULL, lease, &call, a, &answer, err))
        return false;
    see(l, answer);
    return true;
}

/* Until when nobody else may take what was seen. */
static int64_t held_until(const struct kc_lease *l)
{
    struct kc_lease_record r = kc_lease_record_read(l->seen);

    return *r.holder ? l->seen_ms + r.duration_ms : 0;
}

static int64_t call_timeout(const struct kc_lease *l)
{
    return l->times.renew_deadline_ms / 2; /* one call that hangs is not yet a term that is over */
}

/* The promise counts from before the call. */
static void promise(struct kc_lease *l, int64_t sent_ms)
{
    atomic_store(&l->deadline_ms, sent_ms + l->times.renew_deadline_ms);
}

static bool seek_once(struct kc_lease *l, struct kc_err *err)
{
    int64_t sent_ms;

    if (!look(l, call_timeout(l), err))
        return false;
    if (kc_boot_ms() < held_until(l))
        return kc_fail(err, KC_CONFLICT, "Held", "held by %s", kc_lease_record_read(l->seen).holder);
    sent_ms = kc_boot_ms();
    if (!claim(l, l->me, call_timeout(l), err))
        return false;
    promise(l, sent_ms);
    return true;
}

/* FATAL: the term is over for certain: another one has led, or may lead. */
static bool renew_once(struct kc_lease *l, struct kc_err *err)
{
    int64_t left = atomic_load(&l->deadline_ms) - kc_boot_ms(), limit = call_timeout(l), sent_ms = kc_boot_ms();
    struct kc_err e = {0};

    if (left < limit)
        limit = left > l->times.retry_ms ? left : l->times.retry_ms;
    if (claim(l, l->me, limit, &e)) {
        promise(l, sent_ms);
        return true;
    }
    if (e.class != KC_CONFLICT && e.class != KC_NOT_FOUND) {
        *err = e;
        return false;
    }
    /* An answer of ours that was lost, or somebody edited its labels: then it still says that we hold it. */
    if (!look(l, limit, err))
        return false;
    if (!l->seen)
        return kc_fail(err, KC_FATAL, "LeaseDeleted", "somebody deleted it");
    if (!is_mine(l))
        return kc_fail(err, KC_FATAL, "LeaseTaken", "it is held by %s",
                       kc_or(kc_lease_record_read(l->seen).holder, "nobody"));
    sent_ms = kc_boot_ms();
    if (!claim(l, l->me, limit, err))
        return false;
    promise(l, sent_ms);
    return true;
}

static void give_up(struct kc_lease *l)
{
    struct kc_err ignored = {0};

    atomic_store(&l->deadline_ms, 0);
    if (!l->seen || !is_mine(l) || claim(l, "", GIVE_UP_MS, &ignored) || ignored.class != KC_CONFLICT)
        return;
    /* A renewal that was cut short has arrived. */
    if (look(l, GIVE_UP_MS, &ignored) && l->seen && is_mine(l))
        (void)!claim(l, "", GIVE_UP_MS, &ignored);
}

static void tell(struct kc_lease *l, const struct kc_err *err)
{
    struct kc_err e = *err;

    /* Another one holds it, or was quicker, as it should be; the end of a term is told by kc_lease_await_loss. */
    if (e.class == KC_CONFLICT || e.class == KC_FATAL || KC_STREQ(e.reason, l->trouble) ||
        KC_STREQ(e.reason, "Cancelled"))
        return;
    memcpy(l->trouble, e.reason, sizeof l->trouble);
    if (e.class == KC_FORBIDDEN)
        kc_wrap(&e,
                "lease %s/%s: the manager needs get, create and update on leases.coordination.k8s.io there (the "
                "chart's Role kubechat-manager grants it)",
                l->ns, l->name);
    else
        kc_wrap(&e, "lease %s/%s", l->ns, l->name);
    if (l->on_trouble)
        l->on_trouble(l->arg, &e);
}

/* The thread: what the state asks for, then a wait. */

static int64_t spread(int64_t ms)
{
    uint32_t r;

    kc_random(&r, sizeof r);
    return ms > 0 ? r % ms : 0;
}

/* Asks again after the retry period, or when the one who holds it is out. */
static int64_t seek(struct kc_lease *l, enum state *next)
{
    struct kc_err err = {0};

    if (seek_once(l, &err)) {
        l->trouble[0] = '\0';
        *next = HELD;
        return l->times.retry_ms;
    }
    tell(l, &err);
    int64_t wait = l->times.retry_ms + spread(l->times.retry_ms / 5), left = held_until(l) - kc_boot_ms();
    return left > 0 && left < wait ? left + spread(SPREAD_MS) : wait;
}

static int64_t renew(struct kc_lease *l, enum state *next, struct kc_err *why)
{
    struct kc_err err = {0};

    if (renew_once(l, &err)) {
        l->trouble[0] = '\0';
        return l->times.retry_ms;
    }
    tell(l, &err);
    int64_t left = atomic_load(&l->deadline_ms) - kc_boot_ms();
    if (err.class != KC_FATAL && left > 0)
        return left < l->times.retry_ms ? left : l->times.retry_ms;
    atomic_store(&l->deadline_ms, 0);
    if (err.class != KC_FATAL)
        kc_wrap(&err, "not renewed for %lld ms", (long long)l->times.renew_deadline_ms);
    *why = err;
    *next = IDLE;
    return 0;
}

static void wait_ms(struct kc_lease *l, int64_t ms)
{
    int64_t end = kc_mono_ms() + ms;
    struct timespec at = {.tv_sec = end / KC_SECOND_MS, .tv_nsec = end % KC_SECOND_MS * 1000000};

    pthread_cond_timedwait(&l->changed, &l->lock, &at);
}

/* With the lock held; lets go of it for the calls. */
static void act(struct kc_lease *l)
{
    enum state was = l->state, next = was;
    struct kc_err why = {0};
    int64_t wait = 0;

    atomic_store(&l->cancel, false);
    pthread_mutex_unlock(&l->lock);
    if (was == SEEKING)
        wait = seek(l, &next);
    else if (was == HELD)
        wait = renew(l, &next, &why);
    else
        give_up(l), next = IDLE;
    pthread_mutex_lock(&l->lock);
    if (l->state != was) /* told to leave in between */
        return;
    l->state = next;
    l->why = why;
    kc_series_set(l->status, next == HELD);
    if (next != was)
        pthread_cond_broadcast(&l->changed);
    if (next != IDLE && !l->ending)
        wait_ms(l, wait);
}

static void *run(void *arg)
{
    struct kc_lease *l = arg;

    pthread_mutex_lock(&l->lock);
    while (!l->ending)
        if (l->state == IDLE)
            pthread_cond_wait(&l->changed, &l->lock);
        else
            act(l);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Whoever leads. */

static void set_state(struct kc_lease *l, enum state state)
{
    l->state = state;
    pthread_cond_broadcast(&l->changed);
}

/* With the lock held. */
static void leave(struct kc_lease *l)
{
    set_state(l, LEAVING);
    atomic_store(&l->cancel, true);
    kc_http_client_wake(l->http);
    while (l->state != IDLE)
        pthread_cond_wait(&l->changed, &l->lock);
}

bool kc_lease_acquire(struct kc_lease *l)
{
    pthread_mutex_lock(&l->lock);
    if (!l->closed)
        set_state(l, SEEKING);
    while (!l->closed && l->state == SEEKING)
        pthread_cond_wait(&l->changed, &l->lock);
    bool held = l->state == HELD;
    if (l->state == SEEKING)
        leave(l);
    pthread_mutex_unlock(&l->lock);
    return held;
}

bool kc_lease_await_loss(struct kc_lease *l, struct kc_err *err)
{
    pthread_mutex_lock(&l->lock);
    while (!l->closed && l->state == HELD)
        pthread_cond_wait(&l->changed, &l->lock);
    bool lost = l->state != HELD;
    if (lost && err)
        *err = l->why;
    pthread_mutex_unlock(&l->lock);
    return lost;
}

void kc_lease_release(struct kc_lease *l)
{
    pthread_mutex_lock(&l->lock);
    if (l->state != IDLE)
        leave(l);
    pthread_mutex_unlock(&l->lock);
}

void kc_lease_close(struct kc_lease *l)
{
    pthread_mutex_lock(&l->lock);
    l->closed = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static const char *own_identity(struct kc_arena *a)
{
    char host[256] = "", id[37];

    if (gethostname(host, sizeof host - 1) != 0 || !*host)
        memcpy(host, "kubechat", sizeof "kubechat");
    return kc_arena_printf(a, "%s_%s", host, kc_uuid(id));
}

static void set_up(struct kc_lease *l, const struct kc_lease_options *o)
{
    static const char *const labels[] = {"name", NULL};
    pthread_condattr_t monotonic;

    l->arena = kc_arena_create();
    l->ns = kc_arena_strdup(l->arena, o->ns);
    l->name = kc_arena_strdup(l->arena, o->name);
    l->me = o->identity ? kc_arena_strdup(l->arena, o->identity) : own_identity(l->arena);
    l->path = kc_arena_printf(l->arena, "/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s", l->ns, l->name);
    l->times = o->times;
    l->on_trouble = o->on_trouble;
    l->arg = o->arg;
    l->status = kc_metric_series(
        kc_metric_gauge("leader_election_master_status", "1 while this process holds the lease of that name.", labels),
        (const char *const[]){l->name, NULL});
    kc_series_set(l->status, 0);
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

struct kc_lease *kc_lease_start(const struct kc_lease_options *o, struct kc_err *err)
{
    struct kc_lease *l;

    if (!kc_lease_times_check(&o->times, err))
        return NULL;
    l = calloc(1, sizeof *l);
    if (!l)
        abort();
    set_up(l, o);
    l->http = kc_http_client_create(err);
    if (!l->http)
        return kc_lease_destroy(l);
    l->kube = kc_kube_create(l->http, o->config, NULL);
    l->running = pthread_create(&l->thread, NULL, run, l) == 0;
    if (l->running) {
        pthread_setname_np(l->thread, "kc-lease");
        return l;
    }
    kc_fail(err, KC_FATAL, "Thread", "no thread for the lease: the system's limit is reached");
    return kc_lease_destroy(l);
}

struct kc_lease *kc_lease_destroy(struct kc_lease *l)
{
    if (!l)
        return NULL;
    if (l->running) {
        pthread_mutex_lock(&l->lock);
        l->ending = true;
        atomic_store(&l->cancel, true);
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
        kc_http_client_wake(l->http);
        pthread_join(l->thread, NULL);
    }
    kc_kube_unref(l->kube);
    kc_http_client_destroy(l->http);
    json_decref(l->seen);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    kc_arena_destroy(l->arena);
    free(l);
    return NULL;
}
