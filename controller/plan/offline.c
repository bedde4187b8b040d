/* The types of the offline command: what every cluster serves, and what the file's objects say of themselves. */
#include <ctype.h>
#include <string.h>

#include "controller/plan/inventory.h"

#define SHORT(...)                                                                                                     \
    {                                                                                                                  \
        .v = (const char *[]){__VA_ARGS__}, .n = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)                \
    }
#define ROW(g, ver, k, plural, one, in_ns, scales, ...)                                                                \
    {                                                                                                                  \
        .group = (g), .version = (ver), .kind = (k), .resource = (plural), .singular = (one), .namespaced = (in_ns),   \
        .scalable = (scales), .preferred = true, __VA_ARGS__                                                           \
    }

static const struct kc_mapping builtin[] = {
    ROW("", "v1", "Pod", "pods", "pod", true, false, .short_names = SHORT("po")),
    ROW("", "v1", "Service", "services", "service", true, false, .short_names = SHORT("svc")),
    ROW("", "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", true, true,
        .short_names = SHORT("rc")),
    ROW("", "v1", "Namespace", "namespaces", "namespace", false, false, .short_names = SHORT("ns")),
    ROW("", "v1", "Node", "nodes", "node", false, false, .short_names = SHORT("no")),
    ROW("", "v1", "ConfigMap", "configmaps", "configmap", true, false, .short_names = SHORT("cm")),
    ROW("", "v1", "Secret", "secrets", "secret", true, false),
    ROW("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", true, false, .short_names = SHORT("sa")),
    ROW("", "v1", "Endpoints", "endpoints", "endpoints", true, false, .short_names = SHORT("ep")),
    ROW("", "v1", "Event", "events", "event", true, false, .short_names = SHORT("ev")),
    ROW("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", true, false,
        .short_names = SHORT("pvc")),
    ROW("", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", false, false,
        .short_names = SHORT("pv")),
    ROW("apps", "v1", "Deployment", "deployments", "deployment", true, true, .short_names = SHORT("deploy"),
        .priority = 1),
    ROW("apps", "v1", "StatefulSet", "statefulsets", "statefulset", true, true, .short_names = SHORT("sts"),
        .priority = 1),
    ROW("apps", "v1", "ReplicaSet", "replicasets", "replicaset", true, true, .short_names = SHORT("rs"), .priority = 1),
    ROW("apps", "v1", "DaemonSet", "daemonsets", "daemonset", true, false, .short_names = SHORT("ds"), .priority = 1),
    ROW("batch", "v1", "Job", "jobs", "job", true, false, .priority = 2),
    ROW("batch", "v1", "CronJob", "cronjobs", "cronjob", true, false, .short_names = SHORT("cj"), .priority = 2),
    ROW("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler", true,
        false, .short_names = SHORT("hpa"), .priority = 3),
    ROW("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", true, false,
        .short_names = SHORT("pdb"), .priority = 4),
    ROW("networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", true, false, .short_names = SHORT("ing"),
        .priority = 5),
    ROW("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", true, false,
        .short_names = SHORT("netpol"), .priority = 5),
};
#define BUILTIN (sizeof builtin / sizeof *builtin)

#define PRIORITY_OTHERS 100

struct types {
    struct kc_mapping *v;
    size_t n, cap;
};

static struct kc_mapping *append(struct kc_arena *a, struct types *t)
{
    if (t->n == t->cap) {
        size_t cap = 2 * t->cap;
        struct kc_mapping *v = kc_arena_array(a, cap, sizeof *v);
        memcpy(v, t->v, t->n * sizeof *v);
        t->v = v;
        t->cap = cap;
    }
    return &t->v[t->n++];
}

static const char *lower(struct kc_arena *a, const char *s)
{
    char *out = kc_arena_strdup(a, s);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

/* As k8s.io/apimachinery meta.UnsafeGuessKindToResource does. */
static const char *guess_plural(struct kc_arena *a, const char *singular)
{
    size_t len = strlen(singular);
    if (kc_str_ends(singular, "endpoints"))
        return singular;
    if (kc_str_ends(singular, "s"))
        return kc_arena_printf(a, "%ses", singular);
    if (kc_str_ends(singular, "y"))
        return kc_arena_printf(a, "%.*sies", (int)len - 1, singular);
    return kc_arena_printf(a, "%ss", singular);
}

static bool has_kind(const struct types *t, const char *group, const char *kind)
{
    for (size_t i = 0; i < t->n; i++)
        if (KC_STREQ(t->v[i].group, group) && KC_STREQ(t->v[i].kind, kind))
            return true;
    return false;
}

static struct kc_mapping *find(struct types *t, const char *api_version, const char *kind)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct kc_mapping *m = &t->v[i];
        size_t group = strlen(m->group), skip = group ? group + 1 : 0;
        if (KC_STREQ(m->kind, kind) && strncmp(api_version, m->group, group) == 0 &&
            (!group || api_version[group] == '/') && KC_STREQ(api_version + skip, m->version))
            return &t->v[i];
    }
    return NULL;
}

/* One object tells that its type exists, and, if the type is not a built-in one, whether it lives in namespaces and
 * counts replicas. */
static void learn(struct kc_arena *a, struct types *t, const json_t *object, const char *api_version, const char *kind)
{
    struct kc_mapping *m = find(t, api_version, kind);
    const char *slash = strchr(api_version, '/');
    if (!m) {
        const char *group = slash ? kc_arena_strndup(a, api_version, (size_t)(slash - api_version)) : "";
        bool first = !has_kind(t, group, kind);
        m = append(a, t);
        *m = (struct kc_mapping){.group = group,
                                 .version = kc_arena_strdup(a, slash ? slash + 1 : api_version),
                                 .kind = kc_arena_strdup(a, kind),
                                 .singular = lower(a, kind),
                                 .preferred = first,
                                 .priority = PRIORITY_OTHERS};
        m->resource = guess_plural(a, m->singular);
    }
    if ((size_t)(m - t->v) < BUILTIN)
        return;
    m->namespaced |= kc_json_str(object, "metadata.namespace") != NULL;
    m->scalable |= json_is_integer(kc_json_at(object, "spec.replicas"));
}

static void walk(struct kc_arena *a, struct types *t, const json_t *v, const char *api_version, const char *kind)
{
    size_t i;
    json_t *item;
    const json_t *items = kc_json_at(v, "items");
    if (json_is_array(v)) {
        json_array_foreach(v, i, item) walk(a, t, item, NULL, NULL);
        return;
    }
    api_version = kc_or(kc_json_str(v, "apiVersion"), api_version);
    kind = kc_or(kc_json_str(v, "kind"), kind);
    if (json_is_array(items) && kc_str_ends(kc_or(kind, "List"), "List")) {
        size_t len = kind ? strlen(kind) - strlen("List") : 0;
        const char *of = len ? kc_arena_strndup(a, kind, len) : NULL;
        json_array_foreach(items, i, item) walk(a, t, item, of ? api_version : NULL, of);
    } else if (json_is_object(v) && *kc_or(api_version, "") && *kc_or(kind, "")) {
        learn(a, t, v, api_version, kind);
    }
}

const struct kc_restmap *kc_restmap_offline(struct kc_arena *a, const json_t *documents)
{
    struct types t = {.n = BUILTIN, .cap = 2 * BUILTIN};
    struct kc_restmap *ret = kc_arena_alloc(a, sizeof *ret);
    t.v = kc_arena_array(a, t.cap, sizeof *t.v);
    memcpy(t.v, builtin, sizeof builtin);
    walk(a, &t, documents, NULL, NULL);
    *ret = (struct kc_restmap){.v = t.v, .n = t.n};
    return ret;
}
