#include "webhook/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/httpd/server.h"
#include "webhook/admitter.h"
#include "webhook/registration.h"
#include "webhook/vault.h"

#define DEFAULT_SERVICE "kubechat-webhook"

struct kc_webhook {
    struct kc_arena *settings;
    struct kc_kube *kube;
    struct kc_endpoint endpoint;
    struct kc_strs names;
    uint16_t port;

    struct kc_loop *loop;
    struct kc_httpd *httpd;       /* the loop's */
    struct kc_admitter *admitter; /* the loop's */
    pthread_t thread;
    bool running;

    pthread_mutex_t maintaining; /* one round at a time; guards served */
    char *served;                /* the certificate that new connections get */
    pthread_mutex_t lock;        /* guards what follows */
    struct kc_seal_key seal;
    char *bundle, *cert, *key; /* as of the last round */
    atomic_bool registered;
};

static void *serve(void *arg)
{
    struct kc_webhook *w = arg;
    kc_loop_run(w->loop);
    return NULL;
}

/* What a round of maintenance hands to the admission thread. */
struct change {
    struct kc_webhook *w;
    struct kc_seal_key seal;
    char *cert, *key; /* NULL: as before */
};

static void adopt(void *arg)
{
    struct change *c = arg;
    struct kc_err err = {0};
    kc_admitter_set_key(c->w->admitter, &c->seal);
    if (c->cert && !kc_httpd_set_certificate(c->w->httpd, c->cert, c->key, &err))
        kc_log(KC_ERROR, "webhook", "the new certificate was not taken", "error", err.message, NULL);
    free(c->cert);
    free(c->key);
    free(c);
}

struct knowledge {
    struct kc_webhook *w;
    const struct kc_policy_set *policies;
    struct kc_restmap_ref *types;
};

static void learn_policies(void *arg)
{
    struct knowledge *k = arg;
    kc_admitter_set_policies(k->w->admitter, k->policies);
    free(k);
}

static void learn_types(void *arg)
{
    struct knowledge *k = arg;
    kc_admitter_set_types(k->w->admitter, k->types);
    free(k);
}

static void post_knowledge(struct kc_webhook *w, const struct knowledge *what, void (*learn)(void *))
{
    struct knowledge *k = malloc(sizeof *k);
    if (!k)
        abort();
    *k = *what;
    k->w = w;
    kc_loop_post(w->loop, learn, k);
}

void kc_webhook_set_policies(struct kc_webhook *w, const struct kc_policy_set *set)
{
    post_knowledge(w, &(struct knowledge){.policies = kc_policy_set_ref(set)}, learn_policies);
}

void kc_webhook_set_types(struct kc_webhook *w, struct kc_restmap_ref *types)
{
    if (types)
        post_knowledge(w, &(struct knowledge){.types = types}, learn_types);
}

static char *copy(const char *s)
{
    char *p = strdup(s);
    if (!p)
        abort();
    return p;
}

static void replace(char **at, const char *with)
{
    char *old = *at;
    *at = copy(with);
    free(old);
}

static void remember(struct kc_webhook *w, const struct kc_webhook_keys *k)
{
    pthread_mutex_lock(&w->lock);
    replace(&w->bundle, k->bundle);
    replace(&w->cert, k->serving.cert);
    replace(&w->key, k->serving.key);
    pthread_mutex_unlock(&w->lock);
}

void kc_webhook_certificates(const struct kc_webhook *w, struct kc_arena *a, struct kc_webhook_certificates *ret)
{
    struct kc_webhook *m = (struct kc_webhook *)w; /* the lock is no part of its value */
    pthread_mutex_lock(&m->lock);
    *ret = (struct kc_webhook_certificates){.bundle = kc_arena_strdup(a, m->bundle),
                                            .cert = kc_arena_strdup(a, m->cert),
                                            .key = kc_arena_strdup(a, m->key)};
    pthread_mutex_unlock(&m->lock);
}

static bool seal_changed(struct kc_webhook *w, const struct kc_seal_key *seal)
{
    pthread_mutex_lock(&w->lock);
    bool changed = memcmp(w->seal.b, seal->b, sizeof seal->b) != 0;
    w->seal = *seal;
    pthread_mutex_unlock(&w->lock);
    return changed;
}

static void hand_over(struct kc_webhook *w, const struct kc_webhook_keys *k, bool registered)
{
    bool renewed = registered && !KC_STREQ(w->served, k->serving.cert);
    if (!seal_changed(w, &k->seal) && !renewed)
        return;
    struct change *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->w = w;
    c->seal = k->seal;
    if (renewed) {
        c->cert = copy(k->serving.cert);
        c->key = copy(k->serving.key);
        free(w->served);
        w->served = copy(k->serving.cert);
    }
    kc_loop_post(w->loop, adopt, c);
}

/* The order matters: the API servers trust a new CA before anything that it signed is shown to them. */
static bool maintain(struct kc_webhook *w, int64_t now, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_webhook_keys k;
    struct kc_seal_key seal = kc_webhook_seal_key(w);
    if (!kc_vault_sync(a, w->kube, w->endpoint.ns, &w->names, &seal, now, &k, err))
        return false;
    struct kc_err why = {0};
    bool registered = kc_registration_apply(a, w->kube, &w->endpoint, k.bundle, &why);
    if (registered || why.class != KC_RETRY) /* one that is away still has the configurations */
        atomic_store(&w->registered, registered);
    remember(w, &k);
    hand_over(w, &k, registered);
    if (!registered && err)
        *err = why;
    return registered;
}

bool kc_webhook_maintain(struct kc_webhook *w, int64_t now, struct kc_err *err)
{
    pthread_mutex_lock(&w->maintaining);
    bool ok = maintain(w, now, err);
    pthread_mutex_unlock(&w->maintaining);
    return ok;
}

static bool listen_on(struct kc_webhook *w, const struct kc_webhook_options *o, struct kc_err *err)
{
    struct kc_httpd_options options = {.address = kc_or(o->address, "0.0.0.0"), .port = o->port, .tls = true};
    w->loop = kc_loop_create(err);
    w->httpd = w->loop ? kc_httpd_create(w->loop, &options, err) : NULL;
    if (!w->httpd)
        return false;
    w->port = kc_httpd_port(w->httpd);
    return true;
}

/* The Secret's keys go into the server before its thread runs: no connection ever meets it without a certificate. */
static bool load_keys(struct kc_webhook *w, const struct kc_webhook_options *o, struct kc_arena *a,
                      struct kc_webhook_keys *ret, struct kc_err *err)
{
    if (!kc_vault_sync(a, w->kube, w->endpoint.ns, &w->names, NULL, kc_unix_ms(), ret, err) ||
        !kc_httpd_set_certificate(w->httpd, ret->serving.cert, ret->serving.key, err))
        return false;
    w->seal = ret->seal;
    w->served = copy(ret->serving.cert);
    remember(w, ret);
    w->admitter = kc_admitter_create(o->audit, o->cluster_uid, &w->seal);
    kc_httpd_handle(w->httpd, KC_MUTATE_PATH, kc_admitter_mutate, w->admitter);
    kc_httpd_handle(w->httpd, KC_VALIDATE_PATH, kc_admitter_validate, w->admitter);
    return true;
}

static bool run(struct kc_webhook *w, struct kc_err *err)
{
    int rc = pthread_create(&w->thread, NULL, serve, w);
    if (rc != 0)
        return kc_fail(err, KC_FATAL, "Thread", "starting the admission thread: %s", strerror(rc));
    w->running = true;
    return true;
}

/* Without its configurations the webhook is of no use; anything else may pass, and kc_webhook_maintain tries again. */
static bool register_first(struct kc_webhook *w, struct kc_arena *a, const struct kc_webhook_keys *k,
                           struct kc_err *err)
{
    struct kc_err why = {0};
    bool ok = kc_registration_apply(a, w->kube, &w->endpoint, k->bundle, &why);
    atomic_store(&w->registered, ok);
    if (ok)
        return true;
    if (why.class == KC_NOT_FOUND) {
        if (err)
            *err = why;
        return false;
    }
    kc_log(KC_WARN, "webhook", "not registered yet", "error", why.message, NULL);
    return true;
}

static struct kc_strs names_of(struct kc_arena *a, const struct kc_endpoint *e, const struct kc_webhook_options *o)
{
    struct kc_strs names = kc_endpoint_names(a, e);
    if (!o->other)
        return names;
    const char **v = kc_arena_array(a, names.n + 1, sizeof *v);
    memcpy(v, names.v, names.n * sizeof *v);
    v[names.n] = kc_arena_printf(a, "%s.%s.svc", o->other, o->ns);
    return (struct kc_strs){.v = v, .n = names.n + 1};
}

struct kc_webhook *kc_webhook_start(const struct kc_webhook_options *o, struct kc_err *err)
{
    struct kc_webhook *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    KC_ARENA_SCOPE(a);
    struct kc_webhook_keys keys;
    w->settings = kc_arena_create();
    w->kube = kc_kube_ref(o->kube);
    pthread_mutex_init(&w->maintaining, NULL);
    pthread_mutex_init(&w->lock, NULL);
    if (!listen_on(w, o, err) ||
        !kc_endpoint_make(w->settings, o->url, w->port, kc_arena_strdup(w->settings, o->ns),
                          kc_arena_strdup(w->settings, kc_or(o->service, DEFAULT_SERVICE)), &w->endpoint, err))
        return kc_webhook_stop(w);
    w->names = names_of(w->settings, &w->endpoint, o);
    if (!load_keys(w, o, a, &keys, err) || !run(w, err) || !register_first(w, a, &keys, err))
        return kc_webhook_stop(w);
    return w;
}

struct kc_webhook *kc_webhook_stop(struct kc_webhook *w)
{
    if (!w)
        return NULL;
    if (w->running) {
        kc_loop_stop(w->loop);
        pthread_join(w->thread, NULL);
    }
    kc_httpd_destroy(w->httpd);
    kc_admitter_destroy(w->admitter);
    kc_loop_destroy(w->loop);
    kc_kube_unref(w->kube);
    pthread_mutex_destroy(&w->maintaining);
    pthread_mutex_destroy(&w->lock);
    kc_arena_destroy(w->settings);
    free(w->served);
    free(w->bundle);
    free(w->cert);
    free(w->key);
    free(w);
    return NULL;
}

uint16_t kc_webhook_port(const struct kc_webhook *w)
{
    return w->port;
}

struct kc_seal_key kc_webhook_seal_key(const struct kc_webhook *w)
{
    struct kc_webhook *m = (struct kc_webhook *)w; /* the lock is no part of its value */
    pthread_mutex_lock(&m->lock);
    struct kc_seal_key key = m->seal;
    pthread_mutex_unlock(&m->lock);
    return key;
}

bool kc_webhook_ready(const struct kc_webhook *w)
{
    return atomic_load(&w->registered);
}
