#include "controller/guard/policy_set.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/map.h"

struct labels {
    const struct kc_label *v;
    size_t n;
};

struct kc_policy_set {
    struct kc_arena *a; /* everything else lives in it */
    atomic_uint references;
    const struct kc_policy **v;
    size_t n, room;
    struct kc_map *namespaces; /* struct labels by name */
};

struct kc_policy_set *kc_policy_set_create(void)
{
    struct kc_arena *a = kc_arena_create();
    struct kc_policy_set *s = kc_arena_alloc(a, sizeof *s);
    s->a = a;
    s->namespaces = kc_map_create(NULL);
    atomic_init(&s->references, 1);
    return s;
}

/* Keeps the list sorted: policies are few, and their order is what people read. */
static void insert(struct kc_policy_set *s, const struct kc_policy *p)
{
    if (s->n == s->room) {
        size_t room = s->room ? 2 * s->room : 8;
        const struct kc_policy **more = kc_arena_array(s->a, room, sizeof *more);
        if (s->n)
            memcpy((void *)more, (const void *)s->v, s->n * sizeof *more);
        s->v = more;
        s->room = room;
    }
    size_t at = s->n++;
    while (at > 0 && strcmp(s->v[at - 1]->name, p->name) > 0) {
        s->v[at] = s->v[at - 1];
        at--;
    }
    s->v[at] = p;
}

static void spoil(struct kc_policy_set *s, struct kc_policy *p, enum kc_policy_fault fault, const char *why)
{
    p->fault = fault;
    p->why = kc_arena_strdup(s->a, why);
}

void kc_policy_set_add(struct kc_policy_set *s, const json_t *object)
{
    struct kc_policy *p = kc_arena_alloc(s->a, sizeof *p);
    struct kc_err err = {0};
    p->why = "";
    if (!kc_auditpolicy_decode(s->a, object, &p->decoded, &err)) {
        const char *version = kc_or(kc_json_str(object, "metadata.resourceVersion"), "");
        spoil(s, p, KC_POLICY_UNREADABLE, err.message);
        p->decoded.meta = (struct kc_meta){.resource_version = kc_arena_strdup(s->a, version),
                                           .generation = kc_json_int(object, "metadata.generation", 0)};
        if (!kc_auditpolicy_decode_status(s->a, object, &p->decoded.status, NULL))
            p->decoded.status = (struct kc_auditpolicy_status){0};
    } else if (!kc_label_selector_check(&p->decoded.spec.match.namespace_selector, &err)) {
        spoil(s, p, KC_POLICY_SELECTOR_INVALID, err.message);
    }
    p->name = kc_arena_strdup(s->a, kc_or(kc_json_str(object, "metadata.name"), "(without a name)"));
    insert(s, p);
}

void kc_policy_set_add_unreadable(struct kc_policy_set *s, const char *name, const char *why)
{
    struct kc_policy *p = kc_arena_alloc(s->a, sizeof *p);
    spoil(s, p, KC_POLICY_UNREADABLE, why);
    p->name = kc_arena_strdup(s->a, kc_or(name, "(without a name)"));
    p->decoded.meta.resource_version = "";
    insert(s, p);
}

static bool selects(const struct kc_label_selector *l)
{
    return l->n_labels + l->n_terms > 0;
}

bool kc_policy_set_asks_labels(const struct kc_policy_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i]->fault == KC_POLICY_SOUND && selects(&s->v[i]->decoded.spec.match.namespace_selector))
            return true;
    return false;
}

void kc_policy_set_add_namespace(struct kc_policy_set *s, const char *name, const struct kc_label *labels, size_t n)
{
    struct labels *l = kc_arena_alloc(s->a, sizeof *l);
    struct kc_label *copy = kc_arena_array(s->a, n + 1, sizeof *copy); /* a namespace without labels is known too */
    for (size_t i = 0; i < n; i++)
        copy[i] = (struct kc_label){kc_arena_strdup(s->a, labels[i].key), kc_arena_strdup(s->a, labels[i].value)};
    *l = (struct labels){copy, n};
    kc_map_put(s->namespaces, name, l);
}

const struct kc_policy_set *kc_policy_set_ref(const struct kc_policy_set *s)
{
    if (s)
        atomic_fetch_add(&((struct kc_policy_set *)s)->references, 1);
    return s;
}

const struct kc_policy_set *kc_policy_set_unref(const struct kc_policy_set *s)
{
    struct kc_policy_set *last = (struct kc_policy_set *)s; /* the counter is no part of its value */
    if (last && atomic_fetch_sub(&last->references, 1) == 1) {
        kc_map_destroy(last->namespaces);
        kc_arena_destroy(last->a);
    }
    return NULL;
}

const struct kc_policy *const *kc_policy_set_list(const struct kc_policy_set *s, size_t *ret_n)
{
    *ret_n = s->n;
    return s->v;
}

const struct kc_label *kc_policy_set_labels(const struct kc_policy_set *s, const char *ns, size_t *ret_n)
{
    const struct labels *l = kc_map_get(s->namespaces, ns);
    *ret_n = l ? l->n : 0;
    return l ? l->v : NULL;
}

enum kc_truth kc_policy_ready(struct kc_arena *a, const struct kc_policy *p, const char **ret_reason,
                              const char **ret_message)
{
    static const struct {
        const char *reason, *message;
    } ways[] = {
        [KC_ENFORCEMENT_ENFORCE] = {"Enforced", "the policy holds"},
        [KC_ENFORCEMENT_WARN] = {"Warns", "the policy warns and holds nothing up"},
        [KC_ENFORCEMENT_DRY_RUN] = {"DryRun", "the policy is noted in plans and holds nothing up"},
    };
    const struct kc_auditpolicy_spec *spec = &p->decoded.spec;
    if (p->fault == KC_POLICY_UNREADABLE) {
        *ret_reason = "Unreadable";
        *ret_message = kc_arena_printf(
            a, "%s: until this is mended nothing is changed anywhere, since the policy might forbid it", p->why);
        return KC_FALSE;
    }
    if (p->fault == KC_POLICY_SELECTOR_INVALID) {
        *ret_reason = "SelectorInvalid";
        *ret_message = kc_arena_printf(
            a, "spec.match.namespaceSelector.%s: until this is mended the policy is in force in every namespace",
            p->why);
        return KC_FALSE;
    }
    *ret_reason = ways[spec->enforcement].reason;
    *ret_message = ways[spec->enforcement].message;
    if (spec->suspend && spec->enforcement == KC_ENFORCEMENT_ENFORCE) {
        *ret_reason = "Suspends";
        *ret_message = "nothing changes where the policy matches, until suspend is lifted";
    }
    return KC_TRUE;
}
