#include "controller/kube/kubeconfig.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/base/yaml.h"

enum { FILES_MAX = 32, FILE_MAX = 1 << 20 };

static void drop(void *json)
{
    json_decref(json);
}

static bool read_one(struct kc_arena *a, const char *path, struct kc_kubeconfig_file *ret, struct kc_err *err)
{
    ret->path = path;
    json_t *documents = kc_yaml_read_file(path, FILE_MAX, err);
    if (!documents)
        return kc_wrap(err, "kubeconfig");
    kc_arena_defer(a, drop, documents);
    ret->root = json_array_size(documents) ? json_array_get(documents, 0) : json_object();
    if (!json_array_size(documents))
        kc_arena_defer(a, drop, (void *)(uintptr_t)ret->root);
    if (json_array_size(documents) > 1 || !json_is_object(ret->root))
        return kc_fail(err, KC_INVALID, "Kubeconfig", "kubeconfig %s: one YAML mapping is needed", path);
    return true;
}

/* $KUBECONFIG's files. One that is not there is skipped, as kubectl does. */
static bool read_list(struct kc_arena *a, const char *list, struct kc_kubeconfig_file *files, size_t *ret_n,
                      struct kc_err *err)
{
    char *rest = kc_arena_strdup(a, list), *path;
    *ret_n = 0;
    while ((path = strsep(&rest, ":"))) {
        if (!*path || access(path, F_OK) != 0)
            continue;
        if (*ret_n == FILES_MAX)
            return kc_fail(err, KC_INVALID, "Kubeconfig", "$KUBECONFIG names more than %d files", FILES_MAX);
        if (!read_one(a, path, &files[*ret_n], err))
            return false;
        ++*ret_n;
    }
    if (*ret_n)
        return true;
    kc_fail(err, KC_NOT_FOUND, "Kubeconfig", "none of the files in $KUBECONFIG (%s) exists", list);
    return false;
}

bool kc_kubeconfig_read(struct kc_arena *a, const char *path, const char *context, struct kc_kubeconfig *ret,
                        struct kc_err *err)
{
    struct kc_kubeconfig_file files[FILES_MAX] = {0};
    size_t n = 1;
    const char *list = kc_or(getenv("KUBECONFIG"), NULL), *home = kc_or(getenv("HOME"), NULL);
    bool fine;
    if (path)
        fine = read_one(a, path, files, err);
    else if (list)
        fine = read_list(a, list, files, &n, err);
    else if (home)
        fine = read_one(a, kc_arena_printf(a, "%s/.kube/config", home), files, err);
    else
        return kc_fail(err, KC_NOT_FOUND, "Kubeconfig", "neither $KUBECONFIG nor $HOME is set; name a kubeconfig file");
    return fine && kc_kubeconfig_choose(a, files, n, context, ret, err);
}

/* lists: "clusters", "users", "contexts"; member: what an entry keeps its object under. */
static const struct list_kind {
    const char *list, *member, *noun;
} clusters = {"clusters", "cluster", "cluster"}, users = {"users", "user", "user"},
  contexts = {"contexts", "context", "context"};

static bool find_in(struct kc_arena *a, const struct kc_kubeconfig_file *f, const struct list_kind *k, const char *name,
                    struct kc_kubeconfig_entry *ret, struct kc_err *err)
{
    const json_t *list = json_object_get(f->root, k->list);
    size_t i;
    json_t *entry;
    if (list && !json_is_array(list) && !json_is_null(list))
        return kc_fail(err, KC_INVALID, "Kubeconfig", "kubeconfig %s: %s must be a list", f->path, k->list);
    json_array_foreach(list, i, entry)
    {
        const char *its_name = kc_json_str(entry, "name");
        const json_t *object = json_object_get(entry, k->member);
        if (!its_name)
            return kc_fail(err, KC_INVALID, "Kubeconfig", "kubeconfig %s: %s[%zu].name: a string is needed", f->path,
                           k->list, i);
        if (!KC_STREQ(its_name, name))
            continue;
        if (ret->object)
            return kc_fail(err, KC_INVALID, "Kubeconfig", "kubeconfig %s: %s[%s] stands there twice", f->path, k->list,
                           name);
        if (!json_is_object(object))
            return kc_fail(err, KC_INVALID, "Kubeconfig", "kubeconfig %s: %s[%s].%s: a mapping is needed", f->path,
                           k->list, name, k->member);
        const char *slash = strrchr(f->path, '/');
        *ret = (struct kc_kubeconfig_entry){
            .object = object,
            .dir = slash ? kc_arena_strndup(a, f->path, (size_t)(slash - f->path + 1)) : "",
            .where = kc_arena_printf(a, "kubeconfig %s: %s[%s].%s", f->path, k->list, name, k->member)};
    }
    return true;
}

static bool find(struct kc_arena *a, const struct kc_kubeconfig_file *files, size_t n, const struct list_kind *k,
                 const char *name, struct kc_kubeconfig_entry *ret, struct kc_err *err)
{
    *ret = (struct kc_kubeconfig_entry){0};
    for (size_t i = 0; i < n && !ret->object; i++)
        if (!find_in(a, &files[i], k, name, ret, err))
            return false;
    return ret->object || kc_fail(err, KC_NOT_FOUND, "Kubeconfig", "kubeconfig %s: there is no %s \"%s\"",
                                  n ? files[0].path : "(none)", k->noun, name);
}

static const char *current_context(const struct kc_kubeconfig_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = kc_json_str(files[i].root, "current-context");
        if (name && *name)
            return name;
    }
    return NULL;
}

bool kc_kubeconfig_choose(struct kc_arena *a, const struct kc_kubeconfig_file *files, size_t n, const char *context,
                          struct kc_kubeconfig *ret, struct kc_err *err)
{
    struct kc_kubeconfig_entry at;
    const char *cluster, *user;
    *ret = (struct kc_kubeconfig){.context = kc_or(context, current_context(files, n)), .namespace = ""};
    if (!ret->context)
        return kc_fail(err, KC_INVALID, "Kubeconfig",
                       "kubeconfig %s: current-context is not set; name a context, or run: kubectl config use-context",
                       n ? files[0].path : "(none)");
    if (!find(a, files, n, &contexts, ret->context, &at, err) || !kc_kubeconfig_str(&at, "cluster", &cluster, err) ||
        !kc_kubeconfig_str(&at, "user", &user, err) || !kc_kubeconfig_str(&at, "namespace", &ret->namespace, err))
        return false;
    if (!*cluster)
        return kc_fail(err, KC_INVALID, "Kubeconfig", "%s.cluster: is needed", at.where);
    if (!find(a, files, n, &clusters, cluster, &ret->cluster, err))
        return kc_wrap(err, "context \"%s\"", ret->context);
    if (*user && !find(a, files, n, &users, user, &ret->user, err))
        return kc_wrap(err, "context \"%s\"", ret->context);
    return true;
}

static bool wrong_type(const struct kc_kubeconfig_entry *e, const char *field, const char *need, struct kc_err *err)
{
    return kc_fail(err, KC_INVALID, "Kubeconfig", "%s.%s: %s is needed", e->where, field, need);
}

bool kc_kubeconfig_str(const struct kc_kubeconfig_entry *e, const char *field, const char **ret, struct kc_err *err)
{
    const json_t *v = kc_json_at(e->object, field);
    *ret = "";
    if (!v || json_is_null(v))
        return true;
    if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
        return wrong_type(e, field, "a string (in quotes, if it looks like a number)", err);
    *ret = json_string_value(v);
    return true;
}

bool kc_kubeconfig_bool(const struct kc_kubeconfig_entry *e, const char *field, bool *ret, struct kc_err *err)
{
    const json_t *v = kc_json_at(e->object, field);
    *ret = json_is_true(v);
    return !v || json_is_null(v) || json_is_boolean(v) || wrong_type(e, field, "true or false", err);
}

bool kc_kubeconfig_strs(struct kc_arena *a, const struct kc_kubeconfig_entry *e, const char *field, struct kc_strs *ret,
                        struct kc_err *err)
{
    const json_t *v = kc_json_at(e->object, field);
    size_t i;
    json_t *item;
    *ret = (struct kc_strs){0};
    if (!v || json_is_null(v))
        return true;
    if (!json_is_array(v))
        return wrong_type(e, field, "a list of strings", err);
    ret->v = kc_arena_array(a, json_array_size(v) + 1, sizeof(*ret->v));
    json_array_foreach(v, i, item)
    {
        if (!json_is_string(item))
            return wrong_type(e, field, "a list of strings", err);
        ret->v[ret->n++] = kc_arena_strdup(a, json_string_value(item));
    }
    return true;
}

const char *kc_kubeconfig_path(struct kc_arena *a, const struct kc_kubeconfig_entry *e, const char *path)
{
    return path[0] == '/' ? path : kc_arena_printf(a, "%s%s", e->dir, path);
}
