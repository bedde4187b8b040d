#include "controller/action/pod_template.h"

#include <string.h>

static const struct row {
    const char *group, *kind, *path;
    bool rolls_out;
} rows[] = {
    {"", "Pod", "spec", false},
    {"", "ReplicationController", "spec.template.spec", false},
    {"apps", "Deployment", "spec.template.spec", true},
    {"apps", "StatefulSet", "spec.template.spec", true},
    {"apps", "DaemonSet", "spec.template.spec", true},
    {"apps", "ReplicaSet", "spec.template.spec", false},
    {"batch", "Job", "spec.template.spec", false},
    {"batch", "CronJob", "spec.jobTemplate.spec.template.spec", false},
};

static const struct row *row_of(const char *group, const char *kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (KC_STREQ(rows[i].kind, kind) && KC_STREQ(rows[i].group, kc_or(group, "")))
            return &rows[i];
    return NULL;
}

bool kc_has_pod_spec(const struct kc_mapping *m)
{
    return row_of(m->group, m->kind) != NULL;
}

bool kc_has_rollouts(const struct kc_mapping *m)
{
    const struct row *row = row_of(m->group, m->kind);
    return row && row->rolls_out;
}

const char *kc_pod_spec_path(const struct kc_target *t)
{
    const struct row *row = row_of(t->group, t->kind);
    return row ? row->path : NULL;
}

/* path.Match of Go for * alone. */
static bool matches(const char *pattern, const char *name)
{
    if (*pattern == '*')
        return matches(pattern + 1, name) || (*name && matches(pattern, name + 1));
    return *pattern == *name && (!*name || matches(pattern + 1, name + 1));
}

static const char *const lists[] = {"containers", "initContainers"};

struct kc_containers kc_containers_of(struct kc_arena *a, const struct kc_target *t, const json_t *object,
                                      const char *pattern)
{
    const char *spec_path = kc_or(kc_pod_spec_path(t), "spec");
    const json_t *spec = kc_json_at(object, spec_path);
    struct kc_containers out = {0};
    size_t most = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        most += json_array_size(json_object_get(spec, lists[i]));
    out.v = kc_arena_array(a, most + 1, sizeof *out.v);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const json_t *list = json_object_get(spec, lists[i]);
        for (size_t j = 0; j < json_array_size(list); j++) {
            json_t *v = json_array_get(list, j);
            const char *name = kc_or(kc_json_str(v, "name"), "");
            if (strlen(pattern) < 64 && matches(pattern, name))
                out.v[out.n++] = (struct kc_container){lists[i], name, v,
                                                       kc_arena_printf(a, "%s.%s[name=%s]", spec_path, lists[i], name)};
        }
    }
    return out;
}

bool kc_no_such_container(struct kc_arena *a, const struct kc_target *t, const json_t *object, const char *pattern,
                          struct kc_err *err)
{
    struct kc_containers all = kc_containers_of(a, t, object, "*");
    KC_BUF_SCOPE names = {0};
    for (size_t i = 0; i < all.n; i++)
        kc_buf_printf(&names, "%s%s", i ? ", " : "", all.v[i].name);
    return kc_fail(err, KC_INVALID, "NoSuchContainer", "%s has no container \"%.64s\"; it has: %s",
                   kc_target_show(a, t), pattern, kc_or(kc_buf_str(&names), "none"));
}
