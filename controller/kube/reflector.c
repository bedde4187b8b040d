#include "controller/kube/reflector.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/backoff.h"
#include "controller/base/clock.h"
#include "controller/base/metrics.h"
#include "controller/base/text.h"
#include "controller/kube/credential.h"
#include "controller/kube/pager.h"

/* The numbers of reflector.h. */
#define PAGE               500
#define WATCH_IDLE_MS      (90 * KC_SECOND_MS)
#define SILENT_MS          (5 * KC_SECOND_MS)
#define SILENT_HEAD_MS     (2 * KC_SECOND_MS)
#define PROBE_MS           (2 * KC_SECOND_MS)
#define RETRY_AFTER_MAX_MS (60 * KC_SECOND_MS)
#define SHORT_MS           500          /* a watch that ended sooner and brought nothing is a failure */
#define TOKEN_MS           KC_MINUTE_MS /* a token is asked for again when it is older at the next connection */
#define WATCH_FAILURES_MAX 5            /* then the server may never take this resourceVersion again: list */

/* How long to wait before the next try, by who has to act. */
enum wait { WAIT_PATH, WAIT_SERVER, WAIT_ADMIN, N_WAITS };
static const struct kc_backoff waits[N_WAITS] = {
    [WAIT_PATH] = {.base_ms = 200, .max_ms = 1500},
    [WAIT_SERVER] = {.base_ms = 500, .max_ms = 4000},
    [WAIT_ADMIN] = {.base_ms = 800, .max_ms = 30000},
};

/* At any time one of these is true: a page or watch comes; asking is there; the retry timer runs; suspect and probe is
 * there.
 */
struct kc_reflector {
    struct kc_loop *loop; /* of the http client */
    struct kc_reflector_options o;
    struct kc_listwatch lw;
    struct kc_ingest *ingest;

    struct kc_pager *pager; /* LIST */
    struct kc_attempt *watch;
    struct kc_attempt *probe;
    struct kc_credential *asking;
    struct kc_timer *retry;
    struct kc_timer *silence; /* looks whether what comes has gone silent */

    int64_t token_ms; /* since when lw.token is there */
    int64_t alive_ms; /* when a probe last showed that what comes is only quiet; 0: not since it began */

    bool refresh;      /* the last token was refused */
    bool need_list;    /* else the watch resumes */
    bool watch_list;   /* a list is the beginning of a watch: until the server turns out not to have it */
    bool suspect;      /* the path failed: nothing but probes until one is answered */
    bool useful;       /* the watch has brought something */
    bool up;           /* on_state was told so last */
    unsigned failures; /* since the last watch that was of use */
    struct kc_backoff wait[N_WAITS];
    char down_reason[64]; /* what on_state was told last; "": nothing, or up */

    struct kc_metric *restarts, *lists;
    atomic_bool synced;
    atomic_llong last_contact_ms;

    pthread_mutex_t lock; /* guards stopped */
    pthread_cond_t cond;
    bool stopped;
};

static void next(struct kc_reflector *r);

/* The page or watch that comes; NULL: none does. */
static const struct kc_attempt *coming(const struct kc_reflector *r)
{
    return r->watch ? r->watch : kc_pager_page(r->pager);
}

static void count(struct kc_reflector *r, struct kc_metric *m, const char *reason)
{
    const char *const values[] = {kc_ingest_resource(r->ingest), reason, NULL};

    kc_metric_inc(m, values);
}

static void tell_up(struct kc_reflector *r)
{
    if (r->up)
        return;
    r->up = true;
    r->down_reason[0] = '\0';
    if (r->o.on_state)
        r->o.on_state(r->o.arg, NULL);
}

static void tell_down(struct kc_reflector *r, const struct kc_err *err)
{
    if (!r->up && KC_STREQ(r->down_reason, err->reason))
        return;
    r->up = false;
    memcpy(r->down_reason, err->reason, sizeof(r->down_reason));
    if (r->o.on_state)
        r->o.on_state(r->o.arg, err);
}

static void wait_for(struct kc_reflector *r, enum wait who, const struct kc_err *err)
{
    int64_t delay = kc_backoff_next(&r->wait[who]);
    int64_t asked = err->retry_after_ms < RETRY_AFTER_MAX_MS ? err->retry_after_ms : RETRY_AFTER_MAX_MS;

    tell_down(r, err);
    kc_timer_set(r->retry, delay > asked ? delay : asked);
}

static void touched(void *arg)
{
    struct kc_reflector *r = arg;

    atomic_store(&r->last_contact_ms, kc_mono_ms());
}

/* What is left to do after a failure, by its kind. */
static void connection_failed(struct kc_reflector *r, const struct kc_err *err, bool first)
{
    bool probing = r->probe != NULL;

    r->suspect = probing || !first;
    if (probing)
        tell_down(r, err); /* the probe's end goes on from here */
    else if (first)
        next(r);
    else
        wait_for(r, WAIT_PATH, err);
}

static void forget_token(struct kc_reflector *r)
{
    if (r->lw.token)
        explicit_bzero(r->lw.token, strlen(r->lw.token));
    free(r->lw.token);
    r->lw.token = NULL;
}

/* The list under way is the beginning of a watch. */
static bool in_watch_list(const struct kc_reflector *r)
{
    return r->need_list && r->watch_list;
}

/* The server will not have a watch that begins with a list: LIST from now on. */
static bool refuses_watch_list(const struct kc_reflector *r, const struct kc_err *err)
{
    int status = err->http_status;

    return in_watch_list(r) && status >= 400 && status < 500 && status != 401 && status != 410 && status != 429;
}

static bool is_path_failure(const struct kc_err *err)
{
    return err->http_status == 0 && err->class != KC_INVALID && err->class != KC_GONE;
}

static void recover(struct kc_reflector *r, enum kc_attempt_kind kind, const struct kc_err *err)
{
    bool first = r->failures++ == 0;

    if (is_path_failure(err)) {
        connection_failed(r, err, first);
        return;
    }
    r->probe = kc_attempt_drop(r->probe); /* there is an answer: the path is good */
    enum wait who = WAIT_ADMIN;
    if (refuses_watch_list(r, err)) {
        r->watch_list = false;
        first = true;
    } else if (err->http_status == 401) {
        forget_token(r);
        r->refresh = true;
    } else if (err->class == KC_GONE) {
        r->need_list = true;
        kc_pager_expired(r->pager);
        who = WAIT_SERVER;
    } else {
        first = false; /* the same request would get the same answer */
        if (in_watch_list(r) && r->failures > WATCH_FAILURES_MAX)
            r->watch_list = false;
        who = err->class == KC_RETRY ? WAIT_SERVER : WAIT_ADMIN;
        if (who == WAIT_ADMIN || (kind == KC_WATCH && r->failures > WATCH_FAILURES_MAX)) {
            r->need_list = true;
            kc_pager_again(r->pager);
        }
    }
    if (first)
        next(r);
    else
        wait_for(r, who, err);
}

static void list_done(struct kc_reflector *r)
{
    r->need_list = false;
    if (!atomic_exchange(&r->synced, true) && r->o.on_synced)
        r->o.on_synced(r->o.arg);
}

static void on_page(void *arg, const struct kc_err *err)
{
    struct kc_reflector *r = arg;

    kc_timer_set(r->silence, -1);
    if (err) {
        recover(r, KC_LIST, err);
        return;
    }
    if (!kc_pager_begun(r->pager)) {
        kc_ingest_list_end(r->ingest);
        list_done(r);
    }
    r->probe = kc_attempt_drop(r->probe);
    next(r);
}

static void on_watch_end(void *arg, const struct kc_attempt *a, const struct kc_err *err)
{
    struct kc_reflector *r = arg;
    int64_t head_ms = kc_attempt_head_ms(a);
    struct kc_err short_watch = {0};

    r->watch = NULL;
    kc_timer_set(r->silence, -1);
    if (r->useful || (head_ms && kc_mono_ms() - head_ms >= SHORT_MS)) {
        r->failures = 0;
        memcpy(r->wait, waits, sizeof(waits));
    } else if (!err) {
        kc_fail(&short_watch, KC_RETRY, "ShortWatch", "the API server ends each watch of %s at once", r->o.path);
        short_watch.http_status = 200;
        err = &short_watch;
    }
    count(r, r->restarts, !err ? "closed" : err->class == KC_GONE ? "gone" : is_path_failure(err) ? "cut" : "error");
    if (err) {
        recover(r, KC_WATCH, err);
        return;
    }
    r->probe = kc_attempt_drop(r->probe);
    next(r);
}

static void on_probe_end(void *arg, const struct kc_attempt *a, const struct kc_err *err)
{
    struct kc_reflector *r = arg;

    (void)a;
    r->probe = NULL;
    if (!err || err->http_status) { /* any answer will do, also "forbidden" */
        r->alive_ms = kc_mono_ms();
        if (coming(r)) {
            kc_timer_set(r->silence, SILENT_MS);
        } else {
            r->suspect = false;
            next(r);
        }
        return;
    }
    if (coming(r)) {
        if (r->watch)
            count(r, r->restarts, "silent");
        r->watch = kc_attempt_drop(r->watch);
        kc_pager_drop(r->pager);
        kc_timer_set(r->silence, -1);
        r->failures++;
    }
    r->suspect = true;
    wait_for(r, WAIT_PATH, err);
}

static void start_probe(struct kc_reflector *r)
{
    const struct kc_attempt_handler handler = {.on_byte = touched, .on_end = on_probe_end, .arg = r};
    struct kc_err err = {0};

    r->probe = kc_listwatch_probe(&r->lw, PROBE_MS, &handler, &err);
    if (!r->probe && !coming(r))
        wait_for(r, WAIT_PATH, &err);
}

static void on_silence(void *arg)
{
    struct kc_reflector *r = arg;
    const struct kc_attempt *a = coming(r);

    if (!a || r->probe)
        return;
    int64_t limit = kc_attempt_head_ms(a) || r->alive_ms ? SILENT_MS : SILENT_HEAD_MS;
    int64_t heard = kc_attempt_last_byte_ms(a);
    int64_t left = (heard > r->alive_ms ? heard : r->alive_ms) + limit - kc_mono_ms();

    if (left > 0) {
        kc_timer_set(r->silence, left);
        return;
    }
    if (in_watch_list(r) && kc_mono_ms() - heard >= KC_LIST_IDLE_MS) {
        struct kc_err err = {0};
        kc_fail(&err, KC_INVALID, "NoWatchList", "the API server began a watch of %s and does not end its first part",
                r->o.path);
        err.http_status = 400; /* as if it had said so */
        r->watch = kc_attempt_drop(r->watch);
        recover(r, KC_WATCH, &err);
        return;
    }
    start_probe(r);
    if (!r->probe) /* the client is shutting down */
        kc_timer_set(r->silence, SILENT_MS);
}

static bool on_watch_frame(void *arg, const struct kc_frame *f, struct kc_err *err)
{
    struct kc_reflector *r = arg;

    if (!kc_ingest_event(r->ingest, f, err))
        return false;
    if (r->need_list && !kc_ingest_listing(r->ingest)) {
        list_done(r);
        tell_up(r);
    }
    r->useful = !r->need_list;
    return true;
}

static void on_watch_head(void *arg)
{
    struct kc_reflector *r = arg;

    if (!r->need_list)
        tell_up(r);
}

static bool start_watch(struct kc_reflector *r, struct kc_err *err)
{
    const struct kc_attempt_handler handler = {
        .on_head = on_watch_head, .on_byte = touched, .on_frame = on_watch_frame, .on_end = on_watch_end, .arg = r};
    const char *from = r->need_list ? NULL : kc_ingest_resource_version(r->ingest);

    r->watch = kc_listwatch_watch(&r->lw, from, &handler, err);
    return r->watch != NULL;
}

static void start_page_or_watch(struct kc_reflector *r)
{
    struct kc_err err = {0};

    if (r->need_list && !kc_pager_begun(r->pager)) {
        kc_ingest_list_begin(r->ingest);
        const char *const values[] = {kc_ingest_resource(r->ingest), NULL};
        kc_metric_inc(r->lists, values);
    }
    r->useful = false;
    r->alive_ms = 0;
    bool paged = r->need_list && !r->watch_list;
    if (!(paged ? kc_pager_next(r->pager, &err) : start_watch(r, &err))) {
        wait_for(r, WAIT_SERVER, &err);
        return;
    }
    kc_timer_set(r->silence, SILENT_HEAD_MS);
}

static void on_token(void *arg, const char *token, const struct kc_err *err)
{
    struct kc_reflector *r = arg;

    r->asking = NULL;
    if (err) {
        r->failures++;
        wait_for(r, WAIT_SERVER, err);
        return;
    }
    r->lw.token = strdup(token);
    r->token_ms = kc_mono_ms();
    r->refresh = false;
    next(r);
}

static void ask_token(struct kc_reflector *r)
{
    struct kc_err err = {0};

    r->asking = kc_credential_ask(r->loop, kc_kube_config(r->lw.kube), r->refresh, on_token, r, &err);
    if (!r->asking)
        wait_for(r, WAIT_SERVER, &err);
}

/* Nothing is under way: begins what has to be done now. */
static void next(struct kc_reflector *r)
{
    if (r->suspect) {
        start_probe(r);
        return;
    }
    if (r->lw.token && kc_mono_ms() - r->token_ms > TOKEN_MS && kc_config_renewable(kc_kube_config(r->lw.kube)))
        forget_token(r);
    if (!r->lw.token)
        ask_token(r);
    else
        start_page_or_watch(r);
}

static void on_retry(void *arg)
{
    next(arg);
}

static void start(void *arg)
{
    struct kc_reflector *r = arg;
    const struct kc_pager_handler handler = {.on_byte = touched, .on_page = on_page, .arg = r};

    r->retry = kc_timer_create(r->loop, on_retry, r);
    r->silence = kc_timer_create(r->loop, on_silence, r);
    r->pager = kc_pager_create(&r->lw, r->ingest, &handler);
    next(r);
}

static void stop(void *arg)
{
    struct kc_reflector *r = arg;

    r->watch = kc_attempt_drop(r->watch);
    r->pager = kc_pager_destroy(r->pager);
    r->probe = kc_attempt_drop(r->probe);
    r->asking = kc_credential_cancel(r->asking);
    kc_timer_destroy(r->retry);
    kc_timer_destroy(r->silence);
    pthread_mutex_lock(&r->lock);
    r->stopped = true;
    pthread_cond_signal(&r->cond);
    pthread_mutex_unlock(&r->lock);
}

static char *copy(const char *s)
{
    char *c = s ? strdup(s) : NULL;

    if (s && !c)
        abort();
    return c;
}

struct kc_reflector *kc_reflector_create(struct kc_kube *k, struct kc_store *store,
                                         const struct kc_reflector_options *o)
{
    static const char *const restart_labels[] = {"resource", "reason", NULL};
    static const char *const list_labels[] = {"resource", NULL};
    struct kc_reflector *r = calloc(1, sizeof(*r));

    if (!r)
        abort();
    r->loop = kc_http_client_loop(kc_kube_http(k));
    r->o = *o;
    r->o.path = copy(o->path);
    r->o.query = o->query && *o->query ? copy(o->query) : NULL;
    r->o.page = o->page > 0 ? o->page : PAGE;
    r->o.idle_ms = o->idle_ms > 0 ? o->idle_ms : WATCH_IDLE_MS;
    r->lw = (struct kc_listwatch){.kube = kc_kube_ref(k), .o = &r->o};
    r->ingest = kc_ingest_create(store, &r->o);
    r->need_list = true;
    r->watch_list = o->watch_list;
    memcpy(r->wait, waits, sizeof(waits));
    r->restarts = kc_metric_counter("kubechat_watch_restarts_total",
                                    "Watches that ended: closed by the server, cut, silent, gone (410) or error.",
                                    restart_labels);
    r->lists = kc_metric_counter("kubechat_lists_total", "Full lists begun.", list_labels);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->cond, NULL);
    kc_loop_post(r->loop, start, r);
    return r;
}

struct kc_reflector *kc_reflector_destroy(struct kc_reflector *r)
{
    if (!r)
        return NULL;
    kc_loop_post(r->loop, stop, r);
    pthread_mutex_lock(&r->lock);
    while (!r->stopped)
        pthread_cond_wait(&r->cond, &r->lock);
    pthread_mutex_unlock(&r->lock);

    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->cond);
    kc_ingest_destroy(r->ingest);
    forget_token(r);
    free((char *)(uintptr_t)r->o.path);
    free((char *)(uintptr_t)r->o.query);
    kc_kube_unref(r->lw.kube);
    free(r);
    return NULL;
}

bool kc_reflector_synced(const struct kc_reflector *r)
{
    return atomic_load(&r->synced);
}

int64_t kc_reflector_last_contact_ms(const struct kc_reflector *r)
{
    return atomic_load(&r->last_contact_ms);
}
