#include <string.h>

#include "controller/base/map.h"
#include "controller/kube/discovery.h"

enum { MAPPINGS_MAX = 20000 };

/* The map under construction. */
struct building {
    struct kc_arena *arena;
    struct kc_mapping *v;
    size_t n;
    unsigned priority; /* of the group at hand */
};

static struct kc_strs copy_strs(struct kc_arena *a, const json_t *list)
{
    struct kc_strs out = {.v = kc_arena_array(a, json_array_size(list) + 1, sizeof(*out.v))};
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (json_is_string(item))
            out.v[out.n++] = kc_arena_strdup(a, json_string_value(item));
    }
    return out;
}

static bool has_scale(const json_t *resource)
{
    size_t i;
    json_t *sub;
    json_array_foreach(json_object_get(resource, "subresources"), i, sub)
    {
        const char *name = kc_json_str(sub, "subresource");
        if (name && KC_STREQ(name, "scale"))
            return true;
    }
    return false;
}

/* Entries without a kind or verbs only carry subresources: there is nothing to get. */
static void add(struct building *b, const char *group, const char *version, bool preferred, const json_t *resource)
{
    const char *name = kc_json_str(resource, "resource"), *kind = kc_json_str(resource, "responseKind.kind"),
               *scope = kc_json_str(resource, "scope");
    if (!name || !*name || !kind || !*kind || !scope || !json_array_size(json_object_get(resource, "verbs")))
        return;
    b->v[b->n++] = (struct kc_mapping){
        .group = group,
        .version = version,
        .kind = kc_arena_strdup(b->arena, kind),
        .resource = kc_arena_strdup(b->arena, name),
        .singular = kc_arena_strdup(b->arena, kc_or(kc_json_str(resource, "singularResource"), "")),
        .short_names = copy_strs(b->arena, json_object_get(resource, "shortNames")),
        .categories = copy_strs(b->arena, json_object_get(resource, "categories")),
        .namespaced = KC_STREQ(scope, "Namespaced"),
        .scalable = has_scale(resource),
        .preferred = preferred,
        .priority = b->priority,
    };
}

/* A group lists its versions in its order of preference; a resource's preferred version is the first that has it. */
static void add_version(struct building *b, const char *group, const json_t *version, struct kc_map *seen)
{
    const char *name = kc_json_str(version, "version");
    size_t i;
    json_t *resource;
    if (!name || !*name)
        return;
    name = kc_arena_strdup(b->arena, name);
    json_array_foreach(json_object_get(version, "resources"), i, resource)
    {
        const char *plural = kc_or(kc_json_str(resource, "resource"), "");
        add(b, group, name, !kc_map_get(seen, plural), resource);
        kc_map_put(seen, plural, resource);
    }
}

static void add_group(struct building *b, const json_t *item)
{
    const char *group = kc_arena_strdup(b->arena, kc_or(kc_json_str(item, "metadata.name"), ""));
    struct kc_map *seen = kc_map_create(NULL);
    size_t i;
    json_t *version;
    json_array_foreach(json_object_get(item, "versions"), i, version)
    {
        add_version(b, group, version, seen);
    }
    kc_map_destroy(seen);
    b->priority++;
}

static size_t count(const json_t *list)
{
    size_t n = 0, i, j;
    json_t *group, *version;
    json_array_foreach(json_object_get(list, "items"), i, group)
    {
        json_array_foreach(json_object_get(group, "versions"), j, version)
        {
            n += json_array_size(json_object_get(version, "resources"));
        }
    }
    return n;
}

static bool check(const json_t *list, const char *path, struct kc_err *err)
{
    const char *kind = kc_json_str(list, "kind"), *version = kc_json_str(list, "apiVersion");
    if (kind && version && KC_STREQ(kind, "APIGroupDiscoveryList") && KC_STREQ(version, "apidiscovery.k8s.io/v2"))
        return true;
    return kc_fail(err, KC_INVALID, "Discovery",
                   "%s: the API server answered with %s instead of an APIGroupDiscoveryList of apidiscovery.k8s.io/v2, "
                   "which Kubernetes has since 1.30; update the cluster",
                   path, kc_or(kind, "something unknown"));
}

bool kc_discovery_parse(struct kc_arena *a, const json_t *core, const json_t *groups, struct kc_restmap *ret,
                        struct kc_err *err)
{
    const json_t *lists[] = {core, groups};
    size_t n = count(core) + count(groups), i;
    json_t *item;
    if (!check(core, "/api", err) || !check(groups, "/apis", err))
        return false;
    if (n > MAPPINGS_MAX)
        return kc_fail(err, KC_INVALID, "Discovery", "the API server serves %zu resource types; %d are the limit", n,
                       MAPPINGS_MAX);
    struct building b = {.arena = a, .v = kc_arena_array(a, n + 1, sizeof(*b.v))};
    for (size_t l = 0; l < 2; l++) {
        json_array_foreach(json_object_get(lists[l], "items"), i, item)
        {
            add_group(&b, item);
        }
    }
    *ret = (struct kc_restmap){.v = b.v, .n = b.n};
    return true;
}
