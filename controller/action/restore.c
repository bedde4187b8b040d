#include "controller/action/restore.h"

#include <stdlib.h>
#include <string.h>

#include "controller/action/changes.h"

struct merge {
    struct kc_arena *a;
    const struct kc_strs *paths;
};

static json_t *shared(const json_t *v)
{
    return json_incref((json_t *)(uintptr_t)v); /* jansson counts references of const values too */
}

static bool ours(const struct merge *m, const char *path)
{
    return kc_strs_has(m->paths, path);
}

/* Whether a path of ours lies below this one. */
static bool ours_below(const struct merge *m, const char *path)
{
    size_t len = strlen(path);
    for (size_t i = 0; i < m->paths->n; i++) {
        const char *p = m->paths->v[i];
        if (len == 0 || (strncmp(p, path, len) == 0 && (p[len] == '.' || p[len] == '[')))
            return true;
    }
    return false;
}

static bool is_parent(const json_t *v)
{
    return json_object_size(v) > 0 || json_array_size(v) > 0;
}

static json_t *restore(const struct merge *m, const char *path, const json_t *was, const json_t *now);

static json_t *restore_members(const struct merge *m, const char *path, const json_t *was, const json_t *now)
{
    json_t *out = json_object(), *x = (json_t *)(uintptr_t)was, *y = (json_t *)(uintptr_t)now, *v;
    const char *key;
    json_object_foreach(y, key, v)
    {
        json_t *back = restore(m, kc_path_member(m->a, path, key), json_object_get(was, key), v);
        if (back)
            json_object_set_new(out, key, back);
    }
    json_object_foreach(x, key, v)
    {
        json_t *back = json_object_get(now, key) ? NULL : restore(m, kc_path_member(m->a, path, key), v, NULL);
        if (back)
            json_object_set_new(out, key, back);
    }
    return out;
}

static json_t *restore_item(const struct merge *m, const char *path, const struct kc_list_key *k, const json_t *item,
                            const json_t *was, const json_t *now)
{
    return restore(m, kc_arena_printf(m->a, "%s[%s]", path, kc_list_key_show(m->a, k, item)),
                   kc_list_key_find(k, was, item), kc_list_key_find(k, now, item));
}

/* Where in out the item belongs that stands at i in list: behind the one that it follows there. */
static size_t place_of(const struct kc_list_key *k, const json_t *out, const json_t *list, size_t i)
{
    const json_t *before = i ? kc_list_key_find(k, out, json_array_get(list, i - 1)) : NULL;
    for (size_t j = 0; before && j < json_array_size(out); j++)
        if (json_array_get(out, j) == before)
            return j + 1;
    return i ? json_array_size(out) : 0;
}

/* In the order of now, where items that come back find their old places; or, when we had changed the order itself, in
 * that of was. */
static json_t *restore_by_key(const struct merge *m, const char *path, const struct kc_list_key *k, const json_t *was,
                              const json_t *now)
{
    const json_t *first = ours(m, path) ? was : now, *second = ours(m, path) ? now : was;
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(first); i++) {
        json_t *back = restore_item(m, path, k, json_array_get(first, i), was, now);
        if (back)
            json_array_append_new(out, back);
    }
    for (size_t i = 0; i < json_array_size(second); i++) {
        const json_t *item = json_array_get(second, i);
        json_t *back = kc_list_key_find(k, first, item) ? NULL : restore_item(m, path, k, item, was, now);
        if (back)
            json_array_insert_new(out, place_of(k, out, second, i), back);
    }
    return out;
}

/* NULL: absent. */
static json_t *restore(const struct merge *m, const char *path, const json_t *was, const json_t *now)
{
    struct kc_list_key key;
    bool lists = (!was || json_is_array(was)) && (!now || json_is_array(now));
    bool objects = (!was || json_is_object(was)) && (!now || json_is_object(now));
    json_t *out = NULL;
    if (json_equal(was, now))
        return now ? shared(now) : NULL;
    if (!is_parent(was) && !is_parent(now))
        return ours(m, path) ? (was ? shared(was) : NULL) : now ? shared(now) : NULL;
    if (!ours(m, path) && !ours_below(m, path))
        return now ? shared(now) : NULL;
    if (objects)
        out = restore_members(m, path, was, now);
    else if (lists && kc_list_key_of(path, was, now, &key))
        out = restore_by_key(m, path, &key, was, now);
    else
        return was ? shared(was) : NULL;
    /* An object or list that we brought goes with the last that was in it. */
    if (!was && !is_parent(out)) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static const json_t *kept(struct kc_arena *a, json_t *v)
{
    if (v)
        kc_arena_defer(a, (void (*)(void *))json_decref, v);
    return v;
}

const json_t *kc_object_restore(struct kc_arena *a, const json_t *captured, const json_t *now,
                                const struct kc_strs *paths)
{
    const struct merge m = {a, paths};
    return kept(a, restore(&m, "", captured, now));
}

/* RFC 7386; *ret_lists: a list differs, which it could only replace. */
static json_t *merge_patch(const json_t *now, const json_t *want, bool *ret_lists)
{
    json_t *out = json_object(), *x = (json_t *)(uintptr_t)now, *y = (json_t *)(uintptr_t)want, *v;
    const char *key;
    json_object_foreach(x, key, v) if (!json_object_get(want, key)) json_object_set_new(out, key, json_null());
    json_object_foreach(y, key, v)
    {
        const json_t *old = json_object_get(now, key);
        if (json_equal(old, v))
            continue;
        *ret_lists |= json_is_array(old) && json_is_array(v);
        json_object_set_new(out, key,
                            json_is_object(old) && json_is_object(v) ? merge_patch(old, v, ret_lists) : shared(v));
    }
    return out;
}

/* RFC 6901. */
static const char *pointer(struct kc_arena *a, const char *at, const char *name)
{
    KC_BUF_SCOPE b = {0};
    for (; *name; name++)
        if (*name == '~' || *name == '/')
            kc_buf_puts(&b, *name == '~' ? "~0" : "~1");
        else
            kc_buf_putc(&b, *name);
    return kc_arena_printf(a, "%s/%s", at, kc_buf_str(&b));
}

static void operation(json_t *out, const char *op, const char *path, const json_t *value)
{
    json_t *o = json_pack("{s:s, s:s}", "op", op, "path", path);
    if (value)
        json_object_set_new(o, "value", shared(value));
    json_array_append_new(out, o);
}

static void json_patch(struct kc_arena *a, json_t *out, const char *at, const json_t *now, const json_t *want)
{
    json_t *x = (json_t *)(uintptr_t)now, *y = (json_t *)(uintptr_t)want, *v;
    const char *key;
    if (json_equal(now, want))
        return;
    if (json_is_object(now) && json_is_object(want)) {
        json_object_foreach(x, key, v) if (!json_object_get(want, key))
            operation(out, "remove", pointer(a, at, key), NULL);
        json_object_foreach(y, key, v)
        {
            if (json_object_get(now, key))
                json_patch(a, out, pointer(a, at, key), json_object_get(now, key), v);
            else
                operation(out, "add", pointer(a, at, key), v);
        }
    } else if (json_is_array(now) && json_is_array(want) && json_array_size(now) == json_array_size(want)) {
        for (size_t i = 0; i < json_array_size(want); i++)
            json_patch(a, out, kc_arena_printf(a, "%s/%zu", at, i), json_array_get(now, i), json_array_get(want, i));
    } else {
        operation(out, "replace", at, want);
    }
}

static const char *text_of(struct kc_arena *a, json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    const char *copy = kc_arena_strdup(a, kc_or(text, ""));
    free(text);
    json_decref(v);
    return copy;
}

const char *kc_object_patch(struct kc_arena *a, const json_t *now, const json_t *want, const char **ret_type)
{
    bool lists = false;
    json_t *patch = merge_patch(now, want, &lists);
    if (!json_object_size(patch)) {
        json_decref(patch);
        return NULL;
    }
    *ret_type = lists ? "json" : "merge";
    if (lists) {
        json_decref(patch);
        patch = json_array();
        json_patch(a, patch, "", now, want);
    }
    return text_of(a, patch);
}

/* What the API server fills in, by kind ("": every one) and parent. */
static const struct {
    const char *kind, *parent, *field;
} server_owned[] = {
    {"", "", "status"},
    {"", "metadata", "uid"},
    {"", "metadata", "resourceVersion"},
    {"", "metadata", "generation"},
    {"", "metadata", "creationTimestamp"},
    {"", "metadata", "deletionTimestamp"},
    {"", "metadata", "deletionGracePeriodSeconds"},
    {"", "metadata", "managedFields"},
    {"", "metadata", "selfLink"},
    {"", "metadata", "ownerReferences"}, /* by uid: an owner that was deleted too would take the new object with it */
    {"Service", "spec", "clusterIP"},
    {"Service", "spec", "clusterIPs"},
    {"Pod", "spec", "nodeName"},
    {"Namespace", "spec", "finalizers"},
    {"Job", "spec", "selector"},
    {"PersistentVolume", "spec", "claimRef"},
};

/* Of a Job: labels that the API server makes of its uid. */
static const char *const uid_labels[] = {"controller-uid", "batch.kubernetes.io/controller-uid"};

const json_t *kc_object_manifest(struct kc_arena *a, const json_t *captured)
{
    const char *kind = kc_or(kc_json_str(captured, "kind"), "");
    json_t *out = json_deep_copy(captured);
    bool headless = KC_STREQ(kc_or(kc_json_str(captured, "spec.clusterIP"), ""), "None");
    for (size_t i = 0; i < sizeof server_owned / sizeof *server_owned; i++) {
        bool cluster_ip = kc_str_starts(server_owned[i].field, "clusterIP");
        if ((!*server_owned[i].kind || KC_STREQ(server_owned[i].kind, kind)) && !(cluster_ip && headless))
            json_object_del(kc_json_at(out, server_owned[i].parent), server_owned[i].field);
    }
    for (size_t i = 0; KC_STREQ(kind, "Job") && i < sizeof uid_labels / sizeof *uid_labels; i++) {
        json_object_del(kc_json_at(out, "metadata.labels"), uid_labels[i]);
        json_object_del(kc_json_at(out, "spec.template.metadata.labels"), uid_labels[i]);
    }
    return kept(a, out);
}
