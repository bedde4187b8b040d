#include "controller/kube/config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/kube/auth.h"
#include "controller/kube/config_dir.h"
#include "controller/kube/file.h"

/* Targets that were current once: borrowed pointers to them stay good. One a certificate that a plugin gave. */
struct old_target {
    struct old_target *next;
    struct kc_http_target *target;
};

struct kc_config {
    atomic_int refs;
    struct kc_arena *arena; /* of all strings; written while loading and in on_certificate */
    const char *server, *context, *namespace;
    struct kc_http_tls tls;
    struct kc_identity as;
    struct kc_auth *auth;
    pthread_mutex_t mutex; /* guards the rest */
    struct kc_http_target *target;
    struct old_target *old;
};

static struct kc_config *create(void)
{
    struct kc_config *c = calloc(1, sizeof(*c));
    if (!c)
        abort();
    atomic_init(&c->refs, 1);
    c->arena = kc_arena_create();
    pthread_mutex_init(&c->mutex, NULL);
    return c;
}

struct kc_config *kc_config_ref(struct kc_config *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

struct kc_config *kc_config_unref(struct kc_config *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return NULL;
    while (c->old) {
        struct old_target *o = c->old;
        c->old = o->next;
        kc_http_target_unref(o->target);
        free(o);
    }
    kc_http_target_unref(c->target);
    kc_auth_destroy(c->auth);
    pthread_mutex_destroy(&c->mutex);
    kc_arena_destroy(c->arena);
    free(c);
    return NULL;
}

static void replace_target(struct kc_config *c, struct kc_http_target *t)
{
    pthread_mutex_lock(&c->mutex);
    if (c->target) {
        struct old_target *o = malloc(sizeof(*o));
        if (!o)
            abort();
        *o = (struct old_target){.next = c->old, .target = c->target};
        c->old = o;
    }
    c->target = t;
    pthread_mutex_unlock(&c->mutex);
}

/* Called with each answer of a plugin, one at a time. */
static bool on_certificate(void *arg, const char *cert_pem, const char *key_pem, struct kc_err *err)
{
    struct kc_config *c = arg;
    if (c->tls.cert_pem && KC_STREQ(c->tls.cert_pem, cert_pem) && KC_STREQ(c->tls.key_pem, key_pem))
        return true;
    struct kc_http_tls tls = c->tls;
    tls.cert_pem = kc_arena_strdup(c->arena, cert_pem);
    tls.key_pem = kc_arena_strdup(c->arena, key_pem);
    struct kc_http_target *t = kc_http_target_create(c->server, &tls, err);
    if (!t)
        return false;
    c->tls = tls;
    replace_target(c, t);
    return true;
}

static bool finish(struct kc_config *c, struct kc_auth_options *auth, struct kc_err *err)
{
    if (!(c->target = kc_http_target_create(c->server, &c->tls, err)))
        return false;
    auth->on_certificate = on_certificate;
    auth->arg = c;
    c->auth = kc_auth_create(auth);
    return true;
}

static bool read_cluster(struct kc_config *c, const struct kc_kubeconfig_entry *e, struct kc_err *err)
{
    if (!kc_kubeconfig_str(e, "server", &c->server, err) ||
        !kc_kubeconfig_str(e, "tls-server-name", &c->tls.server_name, err) ||
        !kc_kubeconfig_str(e, "proxy-url", &c->tls.proxy_url, err) ||
        !kc_kubeconfig_bool(e, "insecure-skip-tls-verify", &c->tls.insecure, err) ||
        !kc_kubeconfig_pem(c->arena, e, "certificate-authority", &c->tls.ca_pem, err))
        return false;
    if (!*c->server)
        return kc_fail(err, KC_INVALID, "Kubeconfig", "%s.server: is needed", e->where);
    if (c->tls.insecure && c->tls.ca_pem)
        return kc_fail(err, KC_INVALID, "Kubeconfig",
                       "%s: insecure-skip-tls-verify and a certificate authority exclude each other; remove one",
                       e->where);
    return true;
}

/* Fields that older clients knew. Ignoring them would call the API as nobody. */
static bool refuse_unsupported(const struct kc_kubeconfig_entry *e, struct kc_err *err)
{
    static const struct {
        const char *field, *instead;
    } fields[] = {
        {"auth-provider", "it was removed from Kubernetes 1.26; use the provider's exec plugin"},
        {"username",
         "the API server has no basic authentication any more; use a token, a certificate or an exec plugin"},
        {"password",
         "the API server has no basic authentication any more; use a token, a certificate or an exec plugin"},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        const json_t *v = json_object_get(e->object, fields[i].field);
        if (v && !json_is_null(v))
            return kc_fail(err, KC_INVALID, "Kubeconfig", "%s.%s: is not supported: %s", e->where, fields[i].field,
                           fields[i].instead);
    }
    return true;
}

static bool read_extras(struct kc_config *c, const struct kc_kubeconfig_entry *e, struct kc_err *err)
{
    json_t *extras = json_object_get(e->object, "as-user-extra"), *v;
    struct kc_kubeconfig_entry at = {extras, e->dir, kc_arena_printf(c->arena, "%s.as-user-extra", e->where)};
    const char *key;
    if (!extras || json_is_null(extras))
        return true;
    if (!json_is_object(extras))
        return kc_fail(err, KC_INVALID, "Kubeconfig", "%s: a mapping is needed", at.where);
    struct kc_extra *out = kc_arena_array(c->arena, json_object_size(extras) + 1, sizeof(*out));
    json_object_foreach(extras, key, v)
    {
        json_t *one = json_object(); /* keys have dots: not for the accessors */
        json_object_set(one, "values", v);
        struct kc_kubeconfig_entry entry = {one, e->dir, kc_arena_printf(c->arena, "%s[%s]", at.where, key)};
        bool fine = kc_kubeconfig_strs(c->arena, &entry, "values", &out[c->as.n_extras].values, err);
        json_decref(one);
        if (!fine)
            return false;
        out[c->as.n_extras++].key = key;
    }
    c->as.extras = out;
    return true;
}

static bool read_identity(struct kc_config *c, const struct kc_kubeconfig_entry *e, struct kc_err *err)
{
    if (!kc_kubeconfig_str(e, "as", &c->as.username, err) || !kc_kubeconfig_str(e, "as-uid", &c->as.uid, err) ||
        !kc_kubeconfig_strs(c->arena, e, "as-groups", &c->as.groups, err) || !read_extras(c, e, err))
        return false;
    if (!*c->as.username && (*c->as.uid || c->as.groups.n || c->as.n_extras))
        return kc_fail(err, KC_INVALID, "Kubeconfig", "%s.as: is needed beside as-uid, as-groups and as-user-extra",
                       e->where);
    return true;
}

static bool read_user(struct kc_config *c, const struct kc_kubeconfig *k, struct kc_auth_options *auth,
                      struct kc_err *err)
{
    const struct kc_kubeconfig_entry *e = &k->user;
    struct kc_plugin *plugin = NULL;
    if (!e->object)
        return true;
    if (!refuse_unsupported(e, err) || !kc_kubeconfig_pem(c->arena, e, "client-certificate", &c->tls.cert_pem, err) ||
        !kc_kubeconfig_pem(c->arena, e, "client-key", &c->tls.key_pem, err) ||
        !kc_kubeconfig_str(e, "token", &auth->token, err) ||
        !kc_kubeconfig_str(e, "tokenFile", &auth->token_file, err) ||
        !kc_plugin_read(c->arena, e, &k->cluster, &plugin, err) || !read_identity(c, e, err))
        return false;
    auth->token_file = *auth->token_file ? kc_kubeconfig_path(c->arena, e, auth->token_file) : NULL;
    auth->plugin = *auth->token || auth->token_file ? NULL : plugin; /* as in client-go: a token given goes first */
    return true;
}

struct kc_config *kc_config_load(const char *path, const char *context, struct kc_err *err)
{
    struct kc_config *c = create();
    struct kc_kubeconfig k;
    struct kc_auth_options auth = {0};
    if (!kc_kubeconfig_read(c->arena, path, context, &k, err) || !read_cluster(c, &k.cluster, err) ||
        !read_user(c, &k, &auth, err))
        return kc_config_unref(c);
    c->context = kc_arena_strdup(c->arena, k.context);
    c->namespace = kc_or(k.namespace, "default");
    if (!finish(c, &auth, err)) {
        kc_wrap(err, "context \"%s\": %s", k.context, k.cluster.where);
        return kc_config_unref(c);
    }
    return c;
}

struct kc_config *kc_config_in_cluster_from(const char *dir, const char *host, const char *port, struct kc_err *err)
{
    struct kc_config *c = create();
    struct kc_arena *a = c->arena;
    struct kc_err none = {0};
    struct kc_auth_options auth = {.token_file = kc_arena_printf(a, "%s/token", dir)};
    if (!kc_or(host, NULL) || !kc_or(port, NULL)) {
        kc_fail(err, KC_NOT_FOUND, "NotInCluster",
                "this process is not in a pod (KUBERNETES_SERVICE_HOST and _PORT are not set); name a kubeconfig file");
        return kc_config_unref(c);
    }
    c->tls.ca_pem = kc_file_read(a, kc_arena_printf(a, "%s/ca.crt", dir), 1 << 20, err);
    if (!c->tls.ca_pem || !kc_file_read(a, auth.token_file, 1 << 20, err)) {
        kc_wrap(err, "service account");
        return kc_config_unref(c);
    }
    const char *ns = kc_file_read(a, kc_arena_printf(a, "%s/namespace", dir), 1024, &none);
    c->namespace = ns ? kc_arena_strndup(a, ns, strcspn(ns, " \r\n")) : "";
    c->namespace = kc_or(c->namespace, "default");
    c->context = "in-cluster";
    c->server = kc_arena_printf(a, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
    if (!finish(c, &auth, err)) {
        kc_wrap(err, "service account");
        return kc_config_unref(c);
    }
    return c;
}

struct kc_config *kc_config_in_cluster(struct kc_err *err)
{
    return kc_config_in_cluster_from("/var/run/secrets/kubernetes.io/serviceaccount", getenv("KUBERNETES_SERVICE_HOST"),
                                     getenv("KUBERNETES_SERVICE_PORT"), err);
}

const char *kc_config_server(const struct kc_config *c)
{
    return c->server;
}

const char *kc_config_context(const struct kc_config *c)
{
    return c->context;
}

const char *kc_config_namespace(const struct kc_config *c)
{
    return c->namespace;
}

const struct kc_identity *kc_config_as(const struct kc_config *c)
{
    return &c->as;
}

struct kc_http_target *kc_config_target(struct kc_config *c)
{
    pthread_mutex_lock(&c->mutex);
    struct kc_http_target *t = c->target;
    pthread_mutex_unlock(&c->mutex);
    return t;
}

bool kc_config_renewable(const struct kc_config *c)
{
    return kc_auth_renewable(c->auth);
}

bool kc_config_token(struct kc_config *c, bool refresh, struct kc_arena *a, const char **ret, struct kc_err *err)
{
    return kc_auth_token(c->auth, refresh, a, ret, err);
}
