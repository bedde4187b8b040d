#include "webhook/vault.h"

#define ROUNDS 5 /* how often another replica may write first */

static void release(void *v)
{
    json_decref(v);
}

static json_t *empty_secret(struct kc_arena *a, const char *ns)
{
    json_t *v = json_pack("{s:s,s:s,s:{s:s,s:s,s:{s:s,s:s}},s:s}", "apiVersion", "v1", "kind", "Secret", "metadata",
                          "name", KC_WEBHOOK_SECRET, "namespace", ns, "labels", "app.kubernetes.io/name", "kubechat",
                          "app.kubernetes.io/managed-by", "kubechat", "type", "Opaque");
    kc_arena_defer(a, release, v);
    return v;
}

static bool explain(const char *ns, struct kc_err *err)
{
    if (err->class == KC_FORBIDDEN)
        return kc_wrap(err,
                       "secret %s/" KC_WEBHOOK_SECRET
                       ": the manager needs get, update and create on secrets there (the "
                       "chart's Role kubechat-manager grants it)",
                       ns);
    if (err->class == KC_NOT_FOUND)
        return kc_wrap(err, "secret %s/" KC_WEBHOOK_SECRET ": install the Helm chart into namespace \"%s\" first", ns,
                       ns);
    return kc_wrap(err, "secret %s/" KC_WEBHOOK_SECRET, ns);
}

/* *ret_secret NULL: there is none. */
static bool read_secret(struct kc_arena *a, struct kc_kube *kube, const char *path, json_t **ret_secret,
                        struct kc_err *err)
{
    struct kc_call call = {0};
    json_t *secret = NULL;
    if (!kc_kube_get(kube, path, NULL, &call, a, &secret, err)) {
        if (err->class != KC_NOT_FOUND)
            return false;
        kc_err_clear(err);
    }
    *ret_secret = secret;
    return true;
}

static bool write_secret(struct kc_arena *a, struct kc_kube *kube, const char *ns, const char *path,
                         const struct kc_webhook_keys *k, json_t *secret, struct kc_err *err)
{
    struct kc_call call = {0};
    json_t *next = secret ? secret : empty_secret(a, ns);
    kc_webhook_keys_encode(a, k, next);
    return secret ? kc_kube_send(kube, "PUT", path, NULL, "application/json", next, &call, a, NULL, err)
                  : kc_kube_send(kube, "POST", kc_arena_printf(a, "/api/v1/namespaces/%s/secrets", ns), NULL,
                                 "application/json", next, &call, a, NULL, err);
}

/* One round: what is there, made good, written if need be. */
static bool sync_once(struct kc_arena *a, struct kc_kube *kube, const char *ns, const struct kc_strs *names,
                      const struct kc_seal_key *seal, int64_t now, struct kc_webhook_keys *k, struct kc_err *err)
{
    const char *path = kc_arena_printf(a, "/api/v1/namespaces/%s/secrets/" KC_WEBHOOK_SECRET, ns);
    json_t *secret;
    if (!read_secret(a, kube, path, &secret, err) || !kc_webhook_keys_decode(a, secret, k, err))
        return false;
    bool lost = !k->has_seal, changed;
    if (lost && seal) {
        k->seal = *seal;
        k->has_seal = true;
    }
    if (!kc_webhook_keys_renew(a, k, names, now, &changed, err))
        return false;
    return !(lost || changed) || write_secret(a, kube, ns, path, k, secret, err);
}

bool kc_vault_sync(struct kc_arena *a, struct kc_kube *kube, const char *ns, const struct kc_strs *names,
                   const struct kc_seal_key *seal, int64_t now, struct kc_webhook_keys *ret, struct kc_err *err)
{
    struct kc_err why = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct kc_webhook_keys k;
        kc_err_clear(&why);
        if (sync_once(a, kube, ns, names, seal, now, &k, &why)) {
            *ret = k;
            return true;
        }
        if (why.class != KC_CONFLICT)
            break;
    }
    explain(ns, &why);
    if (err)
        *err = why;
    return false;
}
