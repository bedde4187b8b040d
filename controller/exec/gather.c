#include "controller/exec/gather.h"

#define PAGE_QUERY "limit=500"

/* From its cache the API server gives the whole list at once, whatever the limit. */
static const char *const first_page[] = {[KC_LIST_CACHED] = "resourceVersion=0", [KC_LIST_CURRENT] = PAGE_QUERY};

/* A namespace in which nothing could be listed: say whether it exists at all, in the API server's words. */
static bool explain_empty(const struct kc_cluster *c, const struct kc_call *call, const char *ns, struct kc_arena *a,
                          struct kc_err *err)
{
    static const struct kc_mapping namespaces = {
        .group = "", .version = "v1", .kind = "Namespace", .resource = "namespaces"};
    json_t *object;

    if (!kc_kube_get(c->kube, kc_resource_path(a, &namespaces, NULL, ns, NULL), NULL, call, a, &object, err))
        return kc_wrap(err, "context.namespaces: %s", ns);
    return true;
}

static bool list_type(const struct kc_cluster *c, const struct kc_mapping *m, const struct kc_call *call,
                      const char *ns, enum kc_listing listing, struct kc_arena *a, struct kc_inventory *inv,
                      struct kc_err *err)
{
    const char *path = kc_resource_path(a, m, ns, NULL, NULL);
    const char *query = first_page[listing];

    for (;;) {
        json_t *list;
        if (!kc_kube_get(c->kube, path, query, call, a, &list, err) || !kc_inventory_add(a, inv, list, m, err))
            return false;
        const char *more = kc_json_str(list, "metadata.continue");
        if (!more || !*more)
            return true;
        query = kc_arena_printf(a, PAGE_QUERY "&continue=%s", more);
    }
}

/* Each type once, in the version that the server prefers. */
static bool worth_listing(const struct kc_mapping *m)
{
    return m->scalable && m->namespaced && m->preferred;
}

bool kc_gather(const struct kc_cluster *c, const struct kc_restmap *restmap, const struct kc_identity *who,
               const struct kc_strs *namespaces, enum kc_listing listing, struct kc_arena *a, struct kc_inventory *ret,
               struct kc_err *err)
{
    struct kc_call call = {.as = who};

    *ret = (struct kc_inventory){.restmap = restmap};
    for (size_t i = 0; i < namespaces->n; i++) {
        const char *ns = namespaces->v[i];
        struct kc_err refusal = {0};
        size_t before = ret->n, listed = 0;
        for (size_t j = 0; j < restmap->n; j++) {
            struct kc_err e = {0};
            if (!worth_listing(&restmap->v[j]))
                continue;
            if (list_type(c, &restmap->v[j], &call, ns, listing, a, ret, &e)) {
                listed++;
            } else if (e.class == KC_FORBIDDEN || e.class == KC_NOT_FOUND) {
                if (refusal.class == KC_NONE)
                    refusal = e;
            } else {
                *err = e;
                return false;
            }
        }
        if (listed == 0 && refusal.class != KC_NONE) {
            *err = refusal;
            return false;
        }
        if (ret->n == before && !explain_empty(c, &call, ns, a, err))
            return false;
    }
    return true;
}
