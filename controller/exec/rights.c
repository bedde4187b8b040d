#include "controller/exec/rights.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/base/map.h"

#define GOOD_MS     (10 * KC_SECOND_MS)
#define ENTRIES_MAX 4096
#define REVIEWS     "/apis/authorization.k8s.io/v1/"

/* What is known of one person in one namespace. */
struct known {
    uint64_t listable;
    int64_t until_ms;
};

struct kc_rights {
    pthread_mutex_t lock;
    struct kc_map *entries; /* key_of to struct known */
};

struct kc_rights *kc_rights_create(void)
{
    struct kc_rights *x = calloc(1, sizeof *x);

    if (!x)
        abort();
    pthread_mutex_init(&x->lock, NULL);
    x->entries = kc_map_create(free);
    return x;
}

struct kc_rights *kc_rights_destroy(struct kc_rights *x)
{
    if (!x)
        return NULL;
    kc_map_destroy(x->entries);
    pthread_mutex_destroy(&x->lock);
    free(x);
    return NULL;
}

static void add(struct kc_buf *b, const char *s)
{
    size_t len = s ? strlen(s) : 0;

    kc_buf_printf(b, "%zu:", len);
    kc_buf_add(b, s, len);
}

static void add_all(struct kc_buf *b, const struct kc_strs *v)
{
    kc_buf_printf(b, "%zu;", v->n);
    for (size_t i = 0; i < v->n; i++)
        add(b, v->v[i]);
}

/* Everything that an authorizer decides by, each with its length before it, so that no two people share a key. */
static const char *key_of(struct kc_arena *a, const struct kc_identity *who, const char *ns)
{
    KC_BUF_SCOPE b = {0};

    add(&b, who->username);
    add(&b, who->uid);
    add_all(&b, &who->groups);
    kc_buf_printf(&b, "%zu;", who->n_extras);
    for (size_t i = 0; i < who->n_extras; i++) {
        add(&b, who->extras[i].key);
        add_all(&b, &who->extras[i].values);
    }
    add(&b, ns);
    return kc_digest_string(a, b.data, b.len);
}

static bool recall(struct kc_rights *x, const char *key, uint64_t *ret)
{
    if (!x)
        return false;
    pthread_mutex_lock(&x->lock);
    const struct known *k = kc_map_get(x->entries, key);
    bool good = k && kc_mono_ms() < k->until_ms;
    if (good)
        *ret = k->listable;
    pthread_mutex_unlock(&x->lock);
    return good;
}

/* Forgets what is too old, or everything when that is not enough. */
static void make_room(struct kc_rights *x)
{
    struct kc_map *fresh = kc_map_create(free);
    int64_t now = kc_mono_ms();
    const char *key;
    void *value;

    for (size_t i = 0; kc_map_next(x->entries, &i, &key, &value);) {
        const struct known *k = value;
        if (now >= k->until_ms || kc_map_count(fresh) >= ENTRIES_MAX / 2)
            continue;
        struct known *copy = malloc(sizeof *copy);
        if (!copy)
            abort();
        *copy = *k;
        kc_map_put(fresh, key, copy);
    }
    kc_map_destroy(x->entries);
    x->entries = fresh;
}

static void remember(struct kc_rights *x, const char *key, uint64_t listable, int64_t until_ms)
{
    if (!x)
        return;
    struct known *known = malloc(sizeof *known);
    if (!known)
        abort();
    *known = (struct known){listable, until_ms};
    pthread_mutex_lock(&x->lock);
    if (kc_map_count(x->entries) >= ENTRIES_MAX)
        make_room(x);
    kc_map_put(x->entries, key, known);
    pthread_mutex_unlock(&x->lock);
}

static bool has(const json_t *list, const char *what)
{
    size_t i;
    json_t *s;

    json_array_foreach((json_t *)list, i, s)
    {
        const char *v = json_string_value(s);
        if (v && (KC_STREQ(v, what) || KC_STREQ(v, "*")))
            return true;
    }
    return false;
}

bool kc_rights_rules_allow(const json_t *status, const struct kc_kind *k, bool *ret_complete)
{
    size_t i;
    json_t *rule;

    *ret_complete = json_is_array(kc_json_at(status, "resourceRules")) && !kc_json_bool(status, "incomplete", true);
    json_array_foreach(kc_json_at(status, "resourceRules"), i, rule)
    {
        /* A right to objects of certain names is no right to list all. */
        if (json_array_size(kc_json_at(rule, "resourceNames")) == 0 && has(kc_json_at(rule, "verbs"), "list") &&
            has(kc_json_at(rule, "apiGroups"), k->group) && has(kc_json_at(rule, "resources"), k->resource))
            return true;
    }
    return false;
}

static bool review(struct kc_kube *kube, const struct kc_identity *who, const char *resource, json_t *spec,
                   struct kc_arena *a, const json_t **ret_status, struct kc_err *err)
{
    struct kc_call call = {.as = who};
    KC_JSON_SCOPE *body = json_pack("{s:s, s:o}", "apiVersion", "authorization.k8s.io/v1", "spec", spec);
    json_t *answer;

    if (!kc_kube_send(kube, "POST", kc_arena_printf(a, REVIEWS "%s", resource), NULL, "application/json", body, &call,
                      a, &answer, err)) {
        kc_wrap(err, "asking what %s may list", kc_or(who->username, "we"));
        return false;
    }
    *ret_status = kc_json_at(answer, "status");
    return true;
}

/* All kinds at once, if the API server can tell: *ret_told. False only for what is worth trying again. */
static bool ask_rules(struct kc_kube *kube, const struct kc_identity *who, const char *ns, struct kc_arena *a,
                      uint64_t *ret, bool *ret_told, struct kc_err *err)
{
    const json_t *status = NULL;
    struct kc_err e = {0};

    *ret_told = false;
    if (!review(kube, who, "selfsubjectrulesreviews", json_pack("{s:s}", "namespace", ns), a, &status, &e)) {
        if (e.class != KC_RETRY && e.class != KC_UNAVAILABLE)
            return true;
        *err = e;
        return false;
    }
    for (size_t i = 0; i < kc_n_kinds; i++)
        if (kc_kinds[i].namespaced && kc_rights_rules_allow(status, &kc_kinds[i], ret_told))
            *ret |= UINT64_C(1) << i;
    return true;
}

static bool ask_kind(struct kc_kube *kube, const struct kc_identity *who, const char *ns, const struct kc_kind *k,
                     struct kc_arena *a, bool *ret, struct kc_err *err)
{
    const json_t *status = NULL;
    json_t *spec = json_pack("{s:{s:s, s:s, s:s, s:s}}", "resourceAttributes", "namespace", ns, "verb", "list", "group",
                             k->group, "resource", k->resource);

    if (!review(kube, who, "selfsubjectaccessreviews", spec, a, &status, err))
        return false;
    *ret = kc_json_bool(status, "allowed", false);
    return true;
}

static bool ask(struct kc_kube *kube, const struct kc_identity *who, const char *ns, struct kc_arena *a, uint64_t *ret,
                struct kc_err *err)
{
    bool told = false;

    *ret = 0;
    if (*ns && !ask_rules(kube, who, ns, a, ret, &told, err))
        return false;
    if (told)
        return true;
    *ret = 0;
    for (size_t i = 0; i < kc_n_kinds; i++) {
        bool allowed;
        if (kc_kinds[i].namespaced != (*ns != '\0'))
            continue;
        if (!ask_kind(kube, who, ns, &kc_kinds[i], a, &allowed, err))
            return false;
        *ret |= (uint64_t)allowed << i;
    }
    return true;
}

bool kc_rights_listable(struct kc_rights *x, struct kc_kube *kube, const struct kc_identity *who, const char *ns,
                        uint64_t *ret, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *key = key_of(a, who, ns);
    int64_t now = kc_mono_ms();
    uint64_t listable;

    if (!recall(x, key, &listable)) {
        if (!ask(kube, who, ns, a, &listable, err))
            return false;
        remember(x, key, listable, now + GOOD_MS);
    }
    *ret = listable;
    return true;
}
