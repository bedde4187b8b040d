#include "controller/exec/access.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/base/map.h"

#define GOOD_MS     (10 * KC_SECOND_MS)
#define ENTRIES_MAX 4096
#define REVIEWS     "/apis/authorization.k8s.io/v1/"

/* What is known of one person in one namespace: bits of kinds in their table's order. */
struct known {
    uint64_t asked, allowed;
    bool no_rules; /* the rules review was incomplete or refused */
    int64_t until_ms;
};

struct kc_access {
    pthread_mutex_t lock;
    struct kc_map *entries; /* key_of to struct known */
};

struct kc_access *kc_access_create(void)
{
    struct kc_access *x = calloc(1, sizeof *x);

    if (!x)
        abort();
    pthread_mutex_init(&x->lock, NULL);
    x->entries = kc_map_create(free);
    return x;
}

struct kc_access *kc_access_destroy(struct kc_access *x)
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

static struct known recall(struct kc_access *x, const char *key)
{
    struct known found = {0};

    if (!x)
        return found;
    pthread_mutex_lock(&x->lock);
    const struct known *k = kc_map_get(x->entries, key);
    if (k && kc_mono_ms() < k->until_ms)
        found = *k;
    pthread_mutex_unlock(&x->lock);
    return found;
}

/* Forgets what is too old, or everything when that is not enough. */
static void make_room(struct kc_access *x)
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

static void remember(struct kc_access *x, const char *key, const struct known *known)
{
    if (!x)
        return;
    struct known *copy = malloc(sizeof *copy);
    if (!copy)
        abort();
    *copy = *known;
    pthread_mutex_lock(&x->lock);
    if (kc_map_count(x->entries) >= ENTRIES_MAX)
        make_room(x);
    kc_map_put(x->entries, key, copy);
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

bool kc_access_rules_allow(const json_t *status, const struct kc_kind *k, bool *ret_complete)
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
                      a, &answer, err))
        return kc_wrap(err, "asking what %s may list", kc_or(who->username, "we"));
    *ret_status = kc_json_at(answer, "status");
    return true;
}

/* All kinds at once, if the API server can tell. False only for what is worth trying again. */
static bool ask_rules(struct kc_kube *kube, const struct kc_identity *who, const char *ns, struct kc_arena *a,
                      struct known *known, struct kc_err *err)
{
    const json_t *status;
    struct kc_err e = {0};

    known->no_rules = true;
    if (!review(kube, who, "selfsubjectrulesreviews", json_pack("{s:s}", "namespace", ns), a, &status, &e)) {
        if (e.class != KC_RETRY && e.class != KC_UNAVAILABLE)
            return true;
        *err = e;
        return false;
    }
    for (size_t i = 0; i < kc_n_kinds; i++) {
        bool complete, allowed = kc_access_rules_allow(status, &kc_kinds[i], &complete);
        if (!complete)
            return true;
        known->asked |= UINT64_C(1) << i;
        known->allowed |= (uint64_t)allowed << i;
    }
    known->no_rules = false;
    return true;
}

static bool ask_kind(struct kc_kube *kube, const struct kc_identity *who, const char *ns, const struct kc_kind *k,
                     struct kc_arena *a, bool *ret, struct kc_err *err)
{
    const json_t *status;
    json_t *spec = json_pack("{s:{s:s, s:s, s:s, s:s}}", "resourceAttributes", "namespace", ns, "verb", "list", "group",
                             k->group, "resource", k->resource);

    if (!review(kube, who, "selfsubjectaccessreviews", spec, a, &status, err))
        return false;
    *ret = kc_json_bool(status, "allowed", false);
    return true;
}

bool kc_access_may_list(struct kc_access *x, struct kc_kube *kube, const struct kc_identity *who, const char *ns,
                        const struct kc_kind *k, bool *ret, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *key = key_of(a, who, ns);
    struct known known = recall(x, key);
    uint64_t bit = UINT64_C(1) << (k - kc_kinds);

    if (!(known.asked & bit)) {
        if (known.until_ms == 0)
            known.until_ms = kc_mono_ms() + GOOD_MS;
        if (*ns && !known.no_rules && !ask_rules(kube, who, ns, a, &known, err))
            return false;
        if (!(known.asked & bit)) {
            bool allowed;
            if (!ask_kind(kube, who, ns, k, a, &allowed, err))
                return false;
            known.asked |= bit;
            known.allowed |= allowed ? bit : 0;
        }
        remember(x, key, &known);
    }
    *ret = (known.allowed & bit) != 0;
    return true;
}
