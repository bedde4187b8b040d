#include "controller/exec/surroundings.h"

#include <stdlib.h>
#include <string.h>

static void unref_snapshot(void *snapshot)
{
    kc_snapshot_unref(snapshot);
}

static struct kc_near near_of(const struct kc_cluster *c, const struct kc_kind *k, const char *ns, bool named,
                              struct kc_arena *a)
{
    const struct kc_snapshot *s = kc_fleet_list(c->fleet, k, ns);

    kc_arena_defer(a, unref_snapshot, (void *)(uintptr_t)s);
    return (struct kc_near){.kind = k->kind, .plural = k->resource, .v = s->v, .n = s->n, .named = named};
}

/* All pods: of a node's they are only counted. */
static void around_node(const struct kc_cluster *c, struct kc_arena *a, struct kc_surroundings *ret)
{
    const struct kc_kind *pods = kc_kind_find("", "pods");
    char **namespaces = kc_fleet_namespaces(c->fleet, pods);
    struct kc_near *v;
    size_t n = 0;

    while (namespaces[n])
        n++;
    v = kc_arena_array(a, n + 1, sizeof *v);
    for (size_t i = 0; i < n; i++) {
        v[i] = near_of(c, pods, namespaces[i], false, a);
        free(namespaces[i]);
    }
    free(namespaces);
    *ret = (struct kc_surroundings){v, n, kc_fleet_has(c->fleet, pods)};
}

static void in_namespace(const struct kc_cluster *c, const struct kc_identity *who, const char *ns, struct kc_arena *a,
                         struct kc_surroundings *ret)
{
    struct kc_near *v = kc_arena_array(a, kc_n_kinds, sizeof *v);
    struct kc_err ignored = {0}; /* no right is told: nothing is named */
    uint64_t listable = 0;

    if (!kc_rights_listable(c->rights, c->kube, who, ns, &listable, &ignored))
        listable = 0;
    *ret = (struct kc_surroundings){.v = v, .complete = true};
    for (size_t i = 0; i < kc_n_kinds; i++) {
        if (!kc_kinds[i].namespaced)
            continue;
        if (kc_fleet_has(c->fleet, &kc_kinds[i]))
            v[ret->n++] = near_of(c, &kc_kinds[i], ns, listable >> i & 1, a);
        else
            ret->complete = false;
    }
}

void kc_surroundings_of(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_target *target,
                        struct kc_arena *a, struct kc_surroundings *ret)
{
    *ret = (struct kc_surroundings){.complete = !c->fleet};
    if (!c->fleet)
        return;
    if (*target->ns)
        in_namespace(c, who, target->ns, a, ret);
    else if (KC_STREQ(target->kind, "Namespace") && !*target->group)
        in_namespace(c, who, target->name, a, ret);
    else if (KC_STREQ(target->kind, "Node") && !*target->group)
        around_node(c, a, ret);
    else
        ret->complete = true;
}

/* Where kc_surroundings_of looks: a namespace; all pods; nowhere. */
static bool same_place(const struct kc_target *x, const struct kc_target *y)
{
    if (*x->ns || *y->ns)
        return KC_STREQ(x->ns, y->ns);
    return KC_STREQ(x->kind, y->kind) && KC_STREQ(x->group, y->group) &&
           (!KC_STREQ(x->kind, "Namespace") || KC_STREQ(x->name, y->name));
}

static void unite(struct kc_arena *a, struct kc_surroundings *all, const struct kc_surroundings *more)
{
    struct kc_near *v = kc_arena_array(a, all->n + more->n + 1, sizeof *v);

    if (all->n)
        memcpy(v, all->v, all->n * sizeof *v);
    if (more->n)
        memcpy(v + all->n, more->v, more->n * sizeof *v);
    *all = (struct kc_surroundings){v, all->n + more->n, all->complete && more->complete};
}

void kc_surroundings_of_all(const struct kc_cluster *c, const struct kc_identity *who,
                            const struct kc_target *const *targets, size_t n, struct kc_arena *a,
                            struct kc_surroundings *ret)
{
    *ret = (struct kc_surroundings){.complete = true};
    for (size_t i = 0; i < n; i++) {
        struct kc_surroundings one;
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = same_place(targets[i], targets[j]);
        if (seen)
            continue;
        kc_surroundings_of(c, who, targets[i], a, &one);
        unite(a, ret, &one);
    }
}

struct kc_near kc_surrounding_nodes(const struct kc_cluster *c, struct kc_arena *a)
{
    const struct kc_kind *nodes = kc_kind_find("", "nodes");

    return c->fleet && kc_fleet_has(c->fleet, nodes) ? near_of(c, nodes, "", false, a) : (struct kc_near){0};
}
