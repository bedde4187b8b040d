#include "controller/action/strategic.h"

#include <stdio.h>

#include "controller/base/text.h"

/* patchMergeKey of the types in k8s.io/api; the names are the same wherever they occur in what verbs here alter. */
static const struct {
    const char *list, *key;
} keys[] = {
    {"containers", "name"},          {"initContainers", "name"},
    {"ephemeralContainers", "name"}, {"env", "name"},
    {"ports", "containerPort"},      {"volumes", "name"},
    {"volumeMounts", "mountPath"},   {"volumeDevices", "devicePath"},
    {"imagePullSecrets", "name"},
};

const char *kc_merge_key(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (KC_STREQ(keys[i].list, name))
            return keys[i].key;
    return NULL;
}

static const json_t *find(const json_t *list, const char *key, const json_t *like)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_object_get(json_array_get(list, i), key), json_object_get(like, key)))
            return json_array_get(list, i);
    return NULL;
}

static json_t *shared(const json_t *v)
{
    return json_incref((json_t *)(uintptr_t)v); /* jansson counts references of const values too */
}

static json_t *only_key(const json_t *item, const char *key)
{
    json_t *out = json_object();
    json_object_set_new(out, key, shared(json_object_get(item, key)));
    return out;
}

static void differ_list(json_t *out, const char *name, const char *key, const json_t *before, const json_t *after)
{
    char order_name[64];
    json_t *items = json_array(), *order = json_array();
    for (size_t i = 0; i < json_array_size(after); i++) {
        const json_t *item = json_array_get(after, i), *was = find(before, key, item);
        json_t *patch = was ? kc_strategic_difference(was, item) : shared(item);
        json_array_append_new(order, only_key(item, key));
        if (was && json_object_size(patch))
            json_object_set_new(patch, key, shared(json_object_get(item, key)));
        if (json_object_size(patch))
            json_array_append(items, patch);
        json_decref(patch);
    }
    for (size_t i = 0; i < json_array_size(before); i++) {
        const json_t *item = json_array_get(before, i);
        if (find(after, key, item))
            continue;
        json_t *gone = only_key(item, key);
        json_object_set_new(gone, "$patch", json_string("delete"));
        json_array_append_new(items, gone);
    }
    if (json_array_size(items)) {
        snprintf(order_name, sizeof order_name, "$setElementOrder/%s", name);
        json_object_set(out, order_name, order);
        json_object_set(out, name, items);
    }
    json_decref(items);
    json_decref(order);
}

static void differ_member(json_t *out, const char *name, const json_t *before, const json_t *after)
{
    const char *key = json_is_array(before) && json_is_array(after) ? kc_merge_key(name) : NULL;
    if (json_equal(before, after))
        return;
    if (key)
        differ_list(out, name, key, before, after);
    else if (json_is_object(before) && json_is_object(after))
        json_object_set_new(out, name, kc_strategic_difference(before, after));
    else
        json_object_set_new(out, name, shared(after));
}

json_t *kc_strategic_difference(const json_t *before, const json_t *after)
{
    json_t *out = json_object(), *x = (json_t *)(uintptr_t)before, *y = (json_t *)(uintptr_t)after, *v;
    const char *name;
    json_object_foreach(x, name, v) if (!json_object_get(y, name)) json_object_set_new(out, name, json_null());
    json_object_foreach(y, name, v) differ_member(out, name, json_object_get(x, name), v);
    return out;
}
