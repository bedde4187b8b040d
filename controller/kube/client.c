#include "controller/kube/client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/base/backoff.h"
#include "controller/base/clock.h"
#include "controller/kube/carried.h"
#include "controller/kube/identity.h"

enum { MAX_IN_FLIGHT = 200, MAX_TRIES = 3, TIMEOUT_MS = 30000, CANCEL_LOOK_MS = 25 };

struct kc_kube {
    atomic_int refs;
    struct kc_arena *arena; /* of the options */
    struct kc_http_client *http;
    struct kc_config *config;
    const char *user_agent;
    struct kc_identity_filter filter;
    const struct kc_lease *lease;
    pthread_mutex_t mutex; /* guards the rest */
    pthread_cond_t left;
    size_t in_flight;
    char cluster_uid[64]; /* "": not known yet */
};

static const char *const *copy_list(struct kc_arena *a, const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    const char **copy = kc_arena_array(a, n + 1, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = kc_arena_strdup(a, list[i]);
    return list ? copy : NULL;
}

struct kc_kube *kc_kube_create(struct kc_http_client *http, struct kc_config *config, const struct kc_kube_options *o)
{
    static const struct kc_kube_options none;
    struct kc_kube *k = calloc(1, sizeof(*k));
    pthread_condattr_t clock;
    if (!k)
        abort();
    o = o ? o : &none;
    atomic_init(&k->refs, 1);
    k->arena = kc_arena_create();
    k->http = http;
    k->config = kc_config_ref(config);
    k->lease = o->lease;
    k->user_agent = kc_arena_strdup(k->arena, kc_or(o->user_agent, "kubechat/" KC_VERSION));
    k->filter.groups = copy_list(k->arena, o->groups);
    k->filter.extras = copy_list(k->arena, o->extras);
    pthread_mutex_init(&k->mutex, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&k->left, &clock);
    pthread_condattr_destroy(&clock);
    return k;
}

struct kc_kube *kc_kube_ref(struct kc_kube *k)
{
    atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
    return k;
}

struct kc_kube *kc_kube_unref(struct kc_kube *k)
{
    if (!k || atomic_fetch_sub(&k->refs, 1) != 1)
        return NULL;
    kc_config_unref(k->config);
    kc_arena_destroy(k->arena);
    pthread_mutex_destroy(&k->mutex);
    pthread_cond_destroy(&k->left);
    free(k);
    return NULL;
}

bool kc_kube_may_change(const struct kc_kube *k)
{
    return !k->lease || kc_lease_leading(k->lease);
}

struct kc_config *kc_kube_config(struct kc_kube *k)
{
    return k->config;
}

struct kc_http_client *kc_kube_http(struct kc_kube *k)
{
    return k->http;
}

struct kc_strs kc_kube_groups_left_out(struct kc_kube *k, const struct kc_identity *as, struct kc_arena *a)
{
    struct kc_strs out = {.v = kc_arena_array(a, as->groups.n + 1, sizeof(*out.v))};
    const struct kc_identity nobody = {.username = ""}; /* a service account's groups are implied, not left out */
    for (size_t i = 0; i < as->groups.n && !kc_str_starts(as->username, "system:serviceaccount:"); i++)
        if (!KC_STREQ(as->groups.v[i], "system:authenticated") &&
            !kc_identity_sends_group(&nobody, &k->filter, as->groups.v[i]))
            out.v[out.n++] = as->groups.v[i];
    return out;
}

/* One kc_kube_do: what stays the same through its tries. */
struct attempt {
    struct kc_kube *kube;
    const struct kc_api_request *req;
    atomic_bool *cancel;
    int64_t deadline_ms;
    const struct kc_identity *as; /* NULL: ourselves */
    bool safe;                    /* a second call changes nothing */
    unsigned tries;               /* again after Retry-After or a failed connection */
    bool renewed;                 /* the credentials, after a 401 */
};

static bool is_cancelled(const struct attempt *t)
{
    return t->cancel && atomic_load(t->cancel);
}

static bool fail_cancelled(const struct attempt *t, struct kc_err *err)
{
    return kc_fail(err, KC_UNAVAILABLE, "Cancelled", "%s %s: cancelled by the caller", t->req->method, t->req->path);
}

static struct timespec spec_of(int64_t ms)
{
    return (struct timespec){.tv_sec = ms / KC_SECOND_MS, .tv_nsec = ms % KC_SECOND_MS * 1000000};
}

static bool enter(const struct attempt *t, struct kc_err *err)
{
    struct kc_kube *k = t->kube;
    pthread_mutex_lock(&k->mutex);
    while (k->in_flight >= MAX_IN_FLIGHT && kc_mono_ms() < t->deadline_ms && !is_cancelled(t)) {
        struct timespec until = spec_of(kc_mono_ms() + CANCEL_LOOK_MS);
        pthread_cond_timedwait(&k->left, &k->mutex, &until);
    }
    bool in = k->in_flight < MAX_IN_FLIGHT;
    k->in_flight += in;
    pthread_mutex_unlock(&k->mutex);
    if (in)
        return true;
    if (is_cancelled(t))
        return fail_cancelled(t, err);
    return kc_fail(err, KC_RETRY, "TooManyCalls", "%s %s: %d other calls of the API were under way all the time",
                   t->req->method, t->req->path, MAX_IN_FLIGHT);
}

static void leave(struct kc_kube *k)
{
    pthread_mutex_lock(&k->mutex);
    k->in_flight--;
    pthread_cond_signal(&k->left);
    pthread_mutex_unlock(&k->mutex);
}

/* False when cancelled meanwhile. A client that closes ends the wait too: the next try says so. */
static bool wait_for(const struct attempt *t, int64_t ms)
{
    int64_t until = kc_mono_ms() + ms, left;
    while (!is_cancelled(t) && !kc_http_client_closed(t->kube->http) && (left = until - kc_mono_ms()) > 0) {
        struct timespec slice = spec_of(left < CANCEL_LOOK_MS ? left : CANCEL_LOOK_MS);
        nanosleep(&slice, NULL);
    }
    return !is_cancelled(t);
}

bool kc_kube_headers(struct kc_kube *k, const struct kc_kube_headers *h, struct kc_arena *a,
                     struct kc_http_header **ret, size_t *ret_n, struct kc_err *err)
{
    static const struct kc_identity_filter everything = {.all_extras = true};
    const struct kc_identity *configured = kc_config_as(k->config);
    bool somebody = h->as && kc_or(h->as->username, NULL);
    const struct kc_identity *as = somebody ? h->as : kc_or(configured->username, NULL) ? configured : NULL;
    struct kc_http_header *v = kc_arena_array(a, 4 + (as ? kc_identity_max_headers(as) : 0), sizeof(*v));
    const char *token;
    size_t n = 0;
    if (!kc_config_token(k->config, h->renew, a, &token, err))
        return kc_wrap(err, "credentials");
    if (*token)
        v[n++] = (struct kc_http_header){"Authorization", kc_arena_printf(a, "Bearer %s", token)};
    v[n++] = (struct kc_http_header){"User-Agent", k->user_agent};
    if (h->accept)
        v[n++] = (struct kc_http_header){"Accept", h->accept};
    if (h->content_type)
        v[n++] = (struct kc_http_header){"Content-Type", h->content_type};
    if (as && !kc_identity_headers(a, as, somebody ? &k->filter : &everything, v, &n, err))
        return false;
    *ret = v;
    *ret_n = n;
    return true;
}

int64_t kc_kube_not_after(const struct kc_kube *k)
{
    if (!k->lease)
        return 0;
    int64_t deadline = kc_lease_deadline_ms(k->lease);
    return deadline ? deadline : 1; /* long over */
}

static bool send_once(const struct attempt *t, struct kc_arena *a, struct kc_http_response *ret, struct kc_err *err)
{
    const struct kc_api_request *req = t->req;
    struct kc_http_header *headers = NULL;
    size_t n = 0;
    *ret = (struct kc_http_response){.body = "", .warnings = ""};
    const struct kc_kube_headers carried = {.as = t->as,
                                            .accept = kc_or(req->accept, "application/json"),
                                            .content_type = req->content_type,
                                            .renew = t->renewed};
    if (!kc_kube_headers(t->kube, &carried, a, &headers, &n, err))
        return false;
    int64_t left = t->deadline_ms - kc_mono_ms();
    const struct kc_http_request http = {
        .target = kc_config_target(t->kube->config), /* after the token: a plugin may bring a certificate */
        .method = req->method,
        .path = kc_or(req->query, NULL) ? kc_arena_printf(a, "%s?%s", req->path, req->query) : req->path,
        .headers = headers,
        .n_headers = n,
        .body = req->content_type ? kc_or(req->body, "") : NULL,
        .body_len = req->content_type ? req->body_len : 0,
        .timeout_ms = left > 0 ? left : 1,
        .not_after_ms = t->safe ? 0 : kc_kube_not_after(t->kube), /* read at the last moment */
        .cancel = t->cancel,
    };
    return kc_http_do(t->kube->http, &http, a, ret, err);
}

/* Milliseconds to wait before the same call may be made again, or -1: not at all. */
static int64_t again_after(struct attempt *t, bool answered, const struct kc_http_response *r, const struct kc_err *err)
{
    static const struct kc_backoff usual = {.base_ms = 100, .max_ms = 1000};
    if (answered && r->status == 401) {
        bool first = !t->renewed && kc_config_renewable(t->kube->config);
        t->renewed = true;
        return first ? 0 : -1;
    }
    if (t->tries++ >= MAX_TRIES)
        return -1;
    if (!answered && !r->sent && err->class == KC_RETRY && KC_STREQ(err->reason, "ConnectionFailed")) {
        struct kc_backoff b = usual;
        b.tries = t->tries - 1;
        return kc_backoff_next(&b);
    }
    /* Retry-After on a 429 says that the server did not take the call; on a 503 nothing is known. */
    if (answered && r->retry_after_ms > 0 && (r->status == 429 || (r->status == 503 && t->safe)))
        return r->retry_after_ms;
    return -1;
}

static bool is_dry_run(const char *query)
{
    for (const char *p = query; p; p = strchr(p, '&')) {
        p += *p == '&';
        if (kc_str_starts(p, "dryRun=All") && (p[10] == '&' || !p[10]))
            return true;
    }
    return false;
}

static bool is_safe(const struct kc_api_request *req)
{
    return KC_STREQ(req->method, "GET") || KC_STREQ(req->method, "HEAD") || is_dry_run(req->query);
}

static bool fail_of(const struct kc_http_response *r, struct kc_err *err)
{
    kc_status_fail(err, r->status, r->body, r->body_len);
    if (err && !err->retry_after_ms)
        err->retry_after_ms = r->retry_after_ms;
    return false;
}

static bool send_until_taken(struct attempt *t, struct kc_arena *a, struct kc_api_response *ret, struct kc_err *err)
{
    for (;;) {
        struct kc_http_response r;
        struct kc_err failure = {0};
        bool answered = send_once(t, a, &r, &failure);
        *ret = (struct kc_api_response){r.status, r.body, r.body_len, r.warnings, r.sent};
        if (answered && r.status >= 200 && r.status < 300)
            return true;
        int64_t wait = again_after(t, answered, &r, &failure);
        if (wait >= 0 && kc_mono_ms() + wait < t->deadline_ms) {
            if (wait_for(t, wait))
                continue;
            ret->sent = false;
            return fail_cancelled(t, err);
        }
        if (answered)
            return fail_of(&r, err);
        if (err)
            *err = failure;
        return false;
    }
}

bool kc_kube_do(struct kc_kube *k, const struct kc_api_request *req, const struct kc_call *call, struct kc_arena *a,
                struct kc_api_response *ret, struct kc_err *err)
{
    static const struct kc_call ourselves;
    struct kc_api_response unused;
    call = call ? call : &ourselves;
    ret = ret ? ret : &unused;
    *ret = (struct kc_api_response){.body = "", .warnings = ""};
    struct attempt t = {.kube = k, .req = req, .as = call->as, .cancel = call->cancel, .safe = is_safe(req)};
    t.deadline_ms = kc_mono_ms() + (call->timeout_ms ? call->timeout_ms : TIMEOUT_MS);
    if (!enter(&t, err))
        return false;
    bool fine = send_until_taken(&t, a, ret, err);
    leave(k);
    return fine;
}

bool kc_kube_json(struct kc_kube *k, const struct kc_api_request *req, const struct kc_call *call, struct kc_arena *a,
                  json_t **ret_json, struct kc_api_response *ret, struct kc_err *err)
{
    struct kc_api_response unused;
    ret = ret ? ret : &unused;
    if (ret_json)
        *ret_json = NULL;
    if (!kc_kube_do(k, req, call, a, ret, err))
        return false;
    if (!ret_json)
        return true;
    *ret_json = kc_json_parse_in(a, ret->body, ret->body_len, ret->body_len, "the API server's answer", err);
    return *ret_json || kc_wrap(err, "%s %s", req->method, req->path);
}

bool kc_kube_get(struct kc_kube *k, const char *path, const char *query, const struct kc_call *call, struct kc_arena *a,
                 json_t **ret_json, struct kc_err *err)
{
    const struct kc_api_request req = {.method = "GET", .path = path, .query = query};
    return kc_kube_json(k, &req, call, a, ret_json, NULL, err);
}

bool kc_kube_send(struct kc_kube *k, const char *method, const char *path, const char *query, const char *content_type,
                  const json_t *body, const struct kc_call *call, struct kc_arena *a, json_t **ret_json,
                  struct kc_err *err)
{
    struct kc_api_request req = {.method = method, .path = path, .query = query};
    if (body) {
        char *text = json_dumps(body, JSON_COMPACT);
        if (!text)
            return kc_fail(err, KC_INVALID, "Body", "%s %s: the body is not a JSON object or list", method, path);
        kc_arena_defer(a, free, text);
        req.content_type = kc_or(content_type, "application/json");
        req.body = text;
        req.body_len = strlen(text);
    }
    return kc_kube_json(k, &req, call, a, ret_json, NULL, err);
}

bool kc_kube_cluster_uid(struct kc_kube *k, struct kc_arena *a, const char **ret, struct kc_err *err)
{
    json_t *ns;
    pthread_mutex_lock(&k->mutex);
    *ret = kc_arena_strdup(a, k->cluster_uid);
    pthread_mutex_unlock(&k->mutex);
    if (**ret)
        return true;
    if (!kc_kube_get(k, "/api/v1/namespaces/kube-system", NULL, NULL, a, &ns, err))
        return kc_wrap(err, "the cluster's identity");
    const char *uid = kc_json_str(ns, "metadata.uid");
    if (!uid || !*uid || strlen(uid) >= sizeof(k->cluster_uid))
        return kc_fail(err, KC_INVALID, "ClusterUID", "namespace kube-system has no usable metadata.uid");
    pthread_mutex_lock(&k->mutex);
    memcpy(k->cluster_uid, uid, strlen(uid) + 1);
    pthread_mutex_unlock(&k->mutex);
    *ret = uid;
    return true;
}
