#include "controller/plan/inventory.h"

#include <string.h>

#include "controller/plan/facts.h"

/* "apps/v1" -> group and version; the core group has no slash. */
static void split_api_version(struct kc_arena *a, const char *api_version, const char **ret_group,
                              const char **ret_version)
{
    const char *slash = strchr(api_version, '/');
    *ret_group = slash ? kc_arena_strndup(a, api_version, (size_t)(slash - api_version)) : "";
    *ret_version = slash ? slash + 1 : api_version;
}

/* The row of the version that the object is written in, else the preferred one of its type. */
static const struct kc_mapping *mapping_of(struct kc_arena *a, const struct kc_restmap *map, const char *api_version,
                                           const char *kind)
{
    const char *group, *version;
    split_api_version(a, api_version, &group, &version);
    for (size_t i = 0; i < map->n; i++)
        if (KC_STREQ(map->v[i].kind, kind) && KC_STREQ(map->v[i].group, group) && KC_STREQ(map->v[i].version, version))
            return &map->v[i];
    return kc_restmap_kind(map, group, kind);
}

static void add_owner(struct kc_arena *a, const json_t *object, struct kc_object *ret)
{
    size_t i;
    json_t *ref;
    json_array_foreach(kc_json_at(object, "metadata.ownerReferences"), i, ref)
    {
        if (!kc_json_bool(ref, "controller", false))
            continue;
        ret->owner_kind = kc_arena_strdup(a, kc_or(kc_json_str(ref, "kind"), ""));
        ret->owner_name = kc_arena_strdup(a, kc_or(kc_json_str(ref, "name"), ""));
    }
}

/* The types whose API fills in 1 for a missing count. A custom type with a scale subresource may keep its count in
 * another field, so that nothing is known of one without spec.replicas. */
static bool defaults_to_one(const struct kc_mapping *m)
{
    static const char *const groups[] = {"", "apps", "extensions"};
    for (size_t i = 0; m->scalable && i < sizeof groups / sizeof *groups; i++)
        if (KC_STREQ(m->group, groups[i]))
            return true;
    return false;
}

static int32_t replicas_of(const json_t *object, const struct kc_mapping *m)
{
    const json_t *spec = kc_json_at(object, "spec");
    int64_t n = kc_json_int(spec, "replicas", -1);
    if (n >= 0 && n <= INT32_MAX)
        return (int32_t)n;
    return json_is_object(spec) && !kc_json_at(spec, "replicas") && defaults_to_one(m) ? 1 : -1;
}

struct kc_object *kc_inventory_extend(struct kc_arena *a, struct kc_inventory *inv, size_t n)
{
    if (n > inv->cap - inv->n) {
        size_t cap = 2 * inv->cap > inv->n + n ? 2 * inv->cap : inv->n + n;
        struct kc_object *v = kc_arena_array(a, cap < 64 ? 64 : cap, sizeof *v);
        if (inv->n)
            memcpy(v, inv->v, inv->n * sizeof *v);
        inv->v = v;
        inv->cap = cap < 64 ? 64 : cap;
    }
    inv->n += n;
    return inv->v + inv->n - n;
}

static bool add_one(struct kc_arena *a, struct kc_inventory *inv, const json_t *object, const struct kc_mapping *m,
                    struct kc_err *err)
{
    const char *name = kc_json_str(object, "metadata.name"), *ns = kc_json_str(object, "metadata.namespace");
    if (!*kc_or(name, ""))
        return kc_fail(err, KC_INVALID, "BadObject", "a %s has no metadata.name", m->kind);
    if (m->namespaced && !*kc_or(ns, ""))
        return kc_fail(err, KC_INVALID, "BadObject", "%s \"%.253s\" has no metadata.namespace", m->kind, name);
    struct kc_object *o = kc_inventory_extend(a, inv, 1);
    *o = (struct kc_object){.mapping = m,
                            .ns = m->namespaced ? kc_arena_strdup(a, ns) : "",
                            .name = kc_arena_strdup(a, name),
                            .uid = kc_arena_strdup(a, kc_or(kc_json_str(object, "metadata.uid"), "")),
                            .owner_kind = "",
                            .owner_name = "",
                            .replicas = replicas_of(object, m)};
    add_owner(a, object, o);
    kc_object_facts(a, object, o);
    return true;
}

/* What the items of a "DeploymentList" are, when they do not say so themselves. */
static const struct kc_mapping *items_of(struct kc_arena *a, const struct kc_restmap *map, const char *api_version,
                                         const char *list_kind)
{
    size_t len = strlen(list_kind) - strlen("List");
    return len ? mapping_of(a, map, api_version, kc_arena_strndup(a, list_kind, len)) : NULL;
}

bool kc_inventory_add(struct kc_arena *a, struct kc_inventory *inv, const json_t *object,
                      const struct kc_mapping *item_mapping, struct kc_err *err)
{
    const char *kind = kc_json_str(object, "kind"), *api_version = kc_json_str(object, "apiVersion");
    const json_t *items = kc_json_at(object, "items");
    if (!json_is_object(object))
        return kc_fail(err, KC_INVALID, "BadObject", "expected a Kubernetes object, found another type of value");
    if (json_is_array(items) && (!kind || kc_str_ends(kind, "List"))) {
        size_t i;
        json_t *item;
        const struct kc_mapping *of =
            item_mapping || !kind || !api_version ? item_mapping : items_of(a, inv->restmap, api_version, kind);
        json_array_foreach(items, i, item)
        {
            if (!kc_inventory_add(a, inv, item, of, err))
                return kc_wrap(err, "items[%zu]", i);
        }
        return true;
    }
    /* The metadata of an object says nothing of its type but through the list that it came in. */
    bool says_type = kind && api_version && !KC_STREQ(kind, "PartialObjectMetadata");
    if (!says_type && !item_mapping)
        return kc_fail(err, KC_INVALID, "BadObject", "%s is missing: not a Kubernetes object",
                       kind ? "apiVersion" : "kind");
    const struct kc_mapping *m = says_type ? mapping_of(a, inv->restmap, api_version, kind) : item_mapping;
    return !m || add_one(a, inv, object, m, err);
}
