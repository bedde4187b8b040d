#include "controller/reconcile/aiprovider.h"

#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"

#define LOOK_EVERY_MS KC_MINUTE_MS
#define MAX_OBJECT    ((size_t)8 << 20)

static bool decode(const struct kc_record *r, struct kc_arena *a, struct kc_aiprovider *ret, struct kc_err *err)
{
    const char *text = r->data;
    const json_t *object = kc_json_parse_in(a, text, strlen(text), MAX_OBJECT, r->key, err);

    return object && kc_aiprovider_decode(a, object, false, ret, err);
}

/* By name, so that of several defaults every replica takes the same. */
static bool find_default(struct kc_providers *p, struct kc_arena *a, struct kc_aiprovider *ret, struct kc_err *err)
{
    size_t n;
    const struct kc_record **records = kc_store_list(p->store, &n);
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        struct kc_aiprovider cr;
        if (decode(records[i], a, &cr, err) && cr.spec.is_default &&
            (!found || strcmp(cr.meta.name, ret->meta.name) < 0)) {
            *ret = cr;
            found = true;
        }
        kc_record_unref(records[i]);
    }
    free(records);
    return found;
}

bool kc_providers_find(struct kc_providers *p, const char *name, struct kc_arena *a, struct kc_aiprovider *ret,
                       bool *ret_found, struct kc_err *err)
{
    struct kc_err ignored = {0}; /* a default that cannot be read is none; its own status says why */

    if (!*name) {
        *ret_found = find_default(p, a, ret, &ignored);
        return true;
    }
    const struct kc_record *r = kc_store_get(p->store, name);
    *ret_found = r != NULL;
    bool ok = !r || decode(r, a, ret, err);
    kc_record_unref(r);
    return ok;
}

/* *ret_key "": the spec names no Secret. */
static bool read_key(struct kc_providers *p, const struct kc_aiprovider_spec *s, struct kc_arena *a,
                     const char **ret_key, struct kc_err *err)
{
    struct kc_call as_ourselves = {.timeout_ms = 4 * KC_SECOND_MS};
    json_t *secret;
    size_t len;

    *ret_key = "";
    if (!*s->secret_name)
        return true;
    if (!kc_dns_subdomain_valid(s->secret_name))
        return kc_fail(err, KC_INVALID, "BadSecretRef", "spec.secretRef.name: \"%s\" is no name of a Secret",
                       s->secret_name);
    if (!kc_kube_get(p->kube, kc_arena_printf(a, "/api/v1/namespaces/%s/secrets/%s", p->ns, s->secret_name), NULL,
                     &as_ourselves, a, &secret, err))
        return kc_wrap(err, "spec.secretRef: secret %s/%s", p->ns, s->secret_name);
    const char *entry = kc_or(s->secret_key, "key"), *encoded = kc_json_map_get(secret, "data", entry);
    const uint8_t *bytes = encoded ? kc_unbase64(a, encoded, strlen(encoded), &len) : NULL;
    if (!bytes || !len)
        return kc_fail(err, KC_INVALID, "KeyMissing", "spec.secretRef: secret %s/%s has no entry \"%s\"", p->ns,
                       s->secret_name, entry);
    while (len && strchr(" \t\r\n", bytes[len - 1])) /* a file's last line end */
        len--;
    *ret_key = kc_arena_strndup(a, (const char *)bytes, len);
    return true;
}

bool kc_providers_open(struct kc_providers *p, const struct kc_aiprovider *cr, struct kc_arena *a,
                       struct kc_ai_provider *ret, struct kc_err *err)
{
    const char *key;

    return read_key(p, &cr->spec, a, &key, err) && kc_ai_provider_open(a, cr, key, p->domain, ret, err);
}

struct look {
    struct kc_strs models;
    int64_t latency_ms;
};

static bool look(struct kc_providers *p, const struct kc_aiprovider *cr, struct kc_arena *a, struct look *ret,
                 struct kc_err *err)
{
    struct kc_ai_provider provider;
    struct kc_http_request req;
    struct kc_http_response res;
    int64_t began = kc_mono_ms();

    if (!kc_providers_open(p, cr, a, &provider, err))
        return false;
    kc_ai_provider_models(a, &provider, &req);
    if (!kc_http_do(p->http, &req, a, &res, err))
        return false;
    ret->latency_ms = kc_mono_ms() - began;
    if (res.status == 401 || res.status == 403)
        return kc_fail(err, KC_FORBIDDEN, "KeyRefused", "the server refuses the key (HTTP %d): check spec.secretRef",
                       res.status);
    if (res.status != 200)
        return kc_fail(err, KC_RETRY, res.status == 503 ? "Loading" : "BadAnswer", "GET %s: the server answers HTTP %d",
                       req.path, res.status);
    const json_t *body = kc_json_parse_in(a, res.body, res.body_len, MAX_OBJECT, req.path, err);
    if (!body)
        return false;
    ret->models = provider.protocol->models(a, body);
    if (ret->models.n && !kc_strs_has(&ret->models, cr->spec.model))
        return kc_fail(err, KC_INVALID, "ModelMissing", "spec.model: the server has no \"%.100s\"; it has %.100s%s",
                       cr->spec.model, ret->models.v[0], ret->models.n > 1 ? " and others: see status.models" : "");
    return true;
}

static bool same_models(const struct kc_strs *x, const struct kc_strs *y)
{
    for (size_t i = 0; x->n == y->n && i < x->n; i++)
        if (!KC_STREQ(x->v[i], y->v[i]))
            return false;
    return x->n == y->n;
}

/* False: the status says what it said before. Latency differs every time: by itself it is not worth a write. */
static bool judge(struct kc_providers *p, struct kc_aiprovider *cr, struct kc_arena *a)
{
    struct kc_strs before = cr->status.models;
    struct kc_err e = {0};
    struct look seen = {0};

    if (KC_STREQ(cr->spec.type, KC_AI_BUILTIN))
        return !kc_aiprovider_ready(a, cr, KC_TRUE, "BuiltIn", "the built-in planner is always ready", kc_unix_ms());
    bool ok = look(p, cr, a, &seen, &e), same;
    cr->status.models = seen.models;
    cr->status.latency = seen.latency_ms ? kc_arena_printf(a, "%lldms", (long long)seen.latency_ms) : "";
    if (ok)
        same = kc_aiprovider_ready(a, cr, KC_TRUE, "Answers", "the server answers and has the model", kc_unix_ms());
    else
        same = kc_aiprovider_ready(a, cr, KC_FALSE, kc_arena_strdup(a, kc_or(e.reason, "Unreachable")),
                                   kc_arena_strdup(a, e.message), kc_unix_ms());
    return !same || !same_models(&before, &seen.models);
}

bool kc_aiprovider_reconcile(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err)
{
    struct kc_providers *p = arg;
    const struct kc_record *r = kc_store_get(p->store, key);
    struct kc_call as_ourselves = {0};
    struct kc_aiprovider cr;
    json_t *answer;

    *again_ms = -1;
    if (!r)
        return true;
    bool ok = decode(r, a, &cr, err);
    kc_record_unref(r);
    if (!ok)
        return false;
    *again_ms = LOOK_EVERY_MS;
    if (!judge(p, &cr, a))
        return true;
    KC_JSON_SCOPE *body = kc_aiprovider_encode(&cr);
    const char *path = kc_resource_path(a, &kc_aiprovider_mapping, NULL, cr.meta.name, "status");
    return kc_kube_send(p->kube, "PUT", path, "fieldManager=kubechat", "application/json", body, &as_ourselves, a,
                        &answer, err) ||
           kc_wrap(err, "status of aiprovider/%s", cr.meta.name);
}
