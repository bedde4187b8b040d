#include "controller/exec/gather.h"

#include "controller/kube/kind_list.h"

#define PAGE_QUERY "limit=500"
/* Reading more objects than this once more takes longer than a watch is behind: then the fleet counts as current. */
#define CURRENT_MAX 2000
#define NOT_ASKED   "NotAsked"

/* From its cache the API server gives the whole list at once, whatever the limit. */
static const char *const first_page[] = {[KC_LIST_CACHED] = "resourceVersion=0", [KC_LIST_CURRENT] = PAGE_QUERY};

/* One namespace, or "" for the cluster-scoped types. */
struct place {
    const char *ns;
    bool known; /* what who may list there */
    uint64_t listable;
};

struct gathering {
    const struct kc_cluster *c;
    const struct kc_identity *who;
    enum kc_listing listing;
    struct kc_arena *a;
    struct kc_inventory *inv;
};

/* A namespace in which nothing could be listed: say whether it exists at all, in the API server's words. */
static bool explain_empty(const struct gathering *g, const char *ns, struct kc_err *err)
{
    static const struct kc_mapping namespaces = {
        .group = "", .version = "v1", .kind = "Namespace", .resource = "namespaces"};
    struct kc_call call = {.as = g->who};
    json_t *object;

    if (!kc_kube_get(g->c->kube, kc_resource_path(g->a, &namespaces, NULL, ns, NULL), NULL, &call, g->a, &object, err))
        return kc_wrap(err, "context.namespaces: %s", ns);
    return true;
}

/* A type that the fleet does not know: what its JSON says. */
static bool list_type(const struct gathering *g, const struct kc_mapping *m, const char *ns, struct kc_err *err)
{
    struct kc_call call = {.as = g->who};
    const char *path = kc_resource_path(g->a, m, ns, NULL, NULL);
    const char *query = first_page[g->listing];

    for (;;) {
        json_t *list;
        if (!kc_kube_get(g->c->kube, path, query, &call, g->a, &list, err) ||
            !kc_inventory_add(g->a, g->inv, list, m, err))
            return false;
        const char *more = kc_json_str(list, "metadata.continue");
        if (!more || !*more)
            return true;
        query = kc_arena_printf(g->a, PAGE_QUERY "&continue=%s", more);
    }
}

/* Borrows from the records, which live as long as the arena. */
static void add_records(const struct gathering *g, const struct kc_mapping *m, const struct kc_record *const *v,
                        size_t n)
{
    struct kc_object *o = n ? kc_inventory_extend(g->a, g->inv, n) : NULL;

    for (size_t i = 0; i < n; i++, o++) {
        const struct kc_item *item = kc_item_of(v[i]);
        *o = (struct kc_object){.mapping = m,
                                .ns = item->ns,
                                .name = item->name,
                                .uid = v[i]->uid,
                                .owner_kind = item->owner_kind,
                                .owner_name = item->owner_name,
                                .replicas = item->replicas,
                                .ready = item->ready,
                                .restarts = item->restarts,
                                .status = item->status,
                                .node = item->node,
                                .unschedulable = item->unschedulable,
                                .paused = item->paused,
                                .created_ms = item->created_ms,
                                .containers = item->containers,
                                .n_containers = item->n_containers,
                                .labels = item->labels,
                                .n_labels = item->n_labels};
    }
}

static void unref_snapshot(void *snapshot)
{
    kc_snapshot_unref(snapshot);
}

static bool list_kind(const struct gathering *g, const struct kc_mapping *m, const struct kc_kind *k, const char *ns,
                      struct kc_err *err)
{
    struct kc_call call = {.as = g->who};
    struct kc_records records;

    if (!kc_kind_list(g->c->kube, k, ns, first_page[g->listing], &call, g->a, &records, err))
        return false;
    add_records(g, m, records.v, records.n);
    return true;
}

static bool from_fleet(const struct gathering *g, const struct kc_mapping *m, const struct kc_kind *k, const char *ns,
                       struct kc_err *err)
{
    const struct kc_snapshot *s = kc_fleet_list(g->c->fleet, k, ns);

    kc_arena_defer(g->a, unref_snapshot, (void *)(uintptr_t)s);
    if (g->listing == KC_LIST_CURRENT && s->n <= CURRENT_MAX)
        return list_kind(g, m, k, ns, err);
    add_records(g, m, s->v, s->n);
    return true;
}

/* One type, from wherever it is to be had. FORBIDDEN without a call for the type itself has the reason NOT_ASKED. */
static bool gather_type(const struct gathering *g, const struct kc_mapping *m, const struct place *p,
                        struct kc_err *err)
{
    const struct kc_kind *k = kc_kind_find(m->group, m->resource);

    if (!k)
        return list_type(g, m, p->ns, err);
    if (!p->known || !kc_fleet_has(g->c->fleet, k))
        return list_kind(g, m, k, p->ns, err);
    if (p->listable >> (k - kc_kinds) & 1)
        return from_fleet(g, m, k, p->ns, err);
    return kc_fail(err, KC_FORBIDDEN, NOT_ASKED, "may not list %s", k->resource);
}

/* Where who may not even ask, trying tells. False for other failures. */
static bool look_up(const struct gathering *g, const char *ns, struct place *ret, struct kc_err *err)
{
    struct kc_err e = {0};

    *ret = (struct place){.ns = ns};
    if (!g->c->fleet)
        return true;
    ret->known = kc_rights_listable(g->c->rights, g->c->kube, g->who, ns, &ret->listable, &e);
    if (ret->known || e.class == KC_FORBIDDEN)
        return true;
    *err = e;
    return false;
}

/* Each type once, in the version that the server prefers. */
static bool worth_listing(const struct kc_mapping *m)
{
    return m->preferred && (kc_kind_find(m->group, m->resource) || (m->scalable && m->namespaced));
}

/* What came of the types of a namespace. */
struct outcome {
    size_t listed;
    const struct kc_mapping *refused; /* the first one that may not be listed */
    struct kc_err refusal;
};

/* What may not be listed is left out. False for other failures. */
static bool try_type(const struct gathering *g, const struct kc_mapping *m, const struct place *p, struct outcome *o,
                     struct kc_err *err)
{
    struct kc_err e = {0};

    if (gather_type(g, m, p, &e)) {
        o->listed++;
        return true;
    }
    if (e.class != KC_FORBIDDEN && e.class != KC_NOT_FOUND) {
        *err = e;
        return false;
    }
    if (!o->refused) {
        o->refused = m;
        o->refusal = e;
    }
    return true;
}

/* Nothing may be listed: in the API server's words, which are asked for if that was not done yet. */
static bool explain_refusal(const struct gathering *g, const char *ns, const struct outcome *o, struct kc_err *err)
{
    struct kc_err e = o->refusal;

    if (KC_STREQ(e.reason, NOT_ASKED) && list_type(g, o->refused, ns, &e))
        return true; /* the right came just now: what there is comes with the next look */
    *err = e;
    return false;
}

static bool gather_namespace(const struct gathering *g, const char *ns, struct kc_err *err)
{
    const struct kc_restmap *map = g->inv->restmap;
    struct outcome o = {0};
    size_t before = g->inv->n;
    struct place p;

    if (!look_up(g, ns, &p, err))
        return false;
    for (size_t i = 0; i < map->n; i++)
        if (map->v[i].namespaced && worth_listing(&map->v[i]) && !try_type(g, &map->v[i], &p, &o, err))
            return false;
    if (o.listed == 0 && o.refused)
        return explain_refusal(g, ns, &o, err);
    return g->inv->n > before || explain_empty(g, ns, err);
}

bool kc_gather(const struct kc_cluster *c, const struct kc_restmap *restmap, const struct kc_identity *who,
               const struct kc_strs *namespaces, enum kc_listing listing, struct kc_arena *a, struct kc_inventory *ret,
               struct kc_err *err)
{
    const struct gathering g = {c, who, listing, a, ret};
    struct outcome ignored = {0};
    struct place p;

    *ret = (struct kc_inventory){.restmap = restmap};
    for (size_t i = 0; i < namespaces->n; i++)
        if (!gather_namespace(&g, namespaces->v[i], err))
            return false;
    if (!look_up(&g, "", &p, err))
        return false;
    for (size_t i = 0; i < restmap->n; i++)
        if (!restmap->v[i].namespaced && worth_listing(&restmap->v[i]) &&
            !try_type(&g, &restmap->v[i], &p, &ignored, err))
            return false;
    return true;
}
