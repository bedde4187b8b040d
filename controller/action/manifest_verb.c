#include "controller/action/manifest_verb.h"

json_t *kc_manifest_body(struct kc_arena *a, const struct kc_action *act)
{
    const json_t *object = kc_action_object_of(a, act);
    return object ? json_copy((json_t *)(uintptr_t)object) : json_object();
}

/* They say which object it is, or the server writes them. */
static bool says_nothing(const char *path)
{
    static const char *const paths[] = {
        "apiVersion", "kind", "status", "metadata.name", "metadata.namespace", "metadata.creationTimestamp"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (KC_STREQ(paths[i], path))
            return true;
    return false;
}

static void collect(struct kc_arena *a, const char *path, const json_t *v, struct kc_set_list *list);

static void collect_items(struct kc_arena *a, const char *path, const json_t *v, struct kc_set_list *list)
{
    struct kc_list_key key;
    bool keyed = kc_list_key_of(path, v, v, &key);
    size_t i;
    json_t *item;
    json_array_foreach(v, i, item)
    {
        collect(a,
                keyed ? kc_arena_printf(a, "%s[%s]", path, kc_list_key_show(a, &key, item))
                      : kc_arena_printf(a, "%s[%zu]", path, i),
                item, list);
    }
}

static void collect(struct kc_arena *a, const char *path, const json_t *v, struct kc_set_list *list)
{
    const char *name;
    json_t *member;
    if (json_is_null(v) || says_nothing(path))
        return;
    if (json_array_size(v))
        collect_items(a, path, v, list);
    else if (!json_object_size(v))
        kc_set_add(a, list, path, kc_scalar_show(a, v));
    json_object_foreach((json_t *)(uintptr_t)v, name, member) collect(a, kc_path_member(a, path, name), member, list);
}

size_t kc_manifest_sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                        struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    (void)seen;
    collect(a, "", kc_action_object_of(a, act), &list);
    *ret = list.v;
    return list.n;
}
