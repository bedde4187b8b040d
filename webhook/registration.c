#include "webhook/registration.h"

#define ROUNDS 5 /* how often somebody else may write first */

static const struct configuration {
    const char *kind, *resource, *handler;
} configurations[] = {
    {"MutatingWebhookConfiguration", "mutatingwebhookconfigurations", KC_MUTATE_PATH},
    {"ValidatingWebhookConfiguration", "validatingwebhookconfigurations", KC_VALIDATE_PATH},
};

bool kc_registration_set(struct kc_arena *a, json_t *configuration, const struct kc_endpoint *e, const char *path,
                         const char *ca_bundle)
{
    bool changed = false;
    size_t i;
    json_t *webhook;
    json_array_foreach(json_object_get(configuration, "webhooks"), i, webhook)
    {
        KC_JSON_SCOPE *config = kc_endpoint_client_config(a, e, path, ca_bundle);
        if (json_equal(json_object_get(webhook, "clientConfig"), config))
            continue;
        json_object_set(webhook, "clientConfig", config);
        changed = true;
    }
    return changed;
}

static bool explain(const struct configuration *c, struct kc_err *err)
{
    if (err->class == KC_NOT_FOUND)
        return kc_wrap(err,
                       "%s \"" KC_WEBHOOK_CONFIGURATION "\" is missing: install the Helm chart (charts/kubechat) first",
                       c->kind);
    if (err->class == KC_FORBIDDEN)
        return kc_wrap(err,
                       "%s \"" KC_WEBHOOK_CONFIGURATION "\": the manager needs get and update on "
                       "%s.admissionregistration.k8s.io (the chart's ClusterRole kubechat-manager grants it)",
                       c->kind, c->resource);
    return kc_wrap(err, "%s \"" KC_WEBHOOK_CONFIGURATION "\"", c->kind);
}

static bool apply_once(struct kc_arena *a, struct kc_kube *kube, const struct configuration *c,
                       const struct kc_endpoint *e, const char *ca_bundle, struct kc_err *err)
{
    const char *path =
        kc_arena_printf(a, "/apis/admissionregistration.k8s.io/v1/%s/" KC_WEBHOOK_CONFIGURATION, c->resource);
    struct kc_call call = {0};
    json_t *live;
    return kc_kube_get(kube, path, NULL, &call, a, &live, err) &&
           (!kc_registration_set(a, live, e, c->handler, ca_bundle) ||
            kc_kube_send(kube, "PUT", path, NULL, "application/json", live, &call, a, NULL, err));
}

static bool apply(struct kc_arena *a, struct kc_kube *kube, const struct configuration *c, const struct kc_endpoint *e,
                  const char *ca_bundle, struct kc_err *err)
{
    struct kc_err why = {0};
    for (int i = 0; i < ROUNDS; i++) {
        kc_err_clear(&why);
        if (apply_once(a, kube, c, e, ca_bundle, &why))
            return true;
        if (why.class != KC_CONFLICT)
            break;
    }
    explain(c, &why);
    if (err)
        *err = why;
    return false;
}

bool kc_registration_apply(struct kc_arena *a, struct kc_kube *kube, const struct kc_endpoint *e, const char *ca_bundle,
                           struct kc_err *err)
{
    for (size_t i = 0; i < sizeof configurations / sizeof *configurations; i++)
        if (!apply(a, kube, &configurations[i], e, ca_bundle, err))
            return false;
    return true;
}
