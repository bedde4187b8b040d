/* What has a pod template: Deployments, StatefulSets, DaemonSets, ReplicaSets, as kubectl describe lays them out. */
#include <stdlib.h>
#include <string.h>

#include "controller/base/labels.h"
#include "controller/show/parts.h"

/* "3 desired | 3 updated | ...": which numbers a kind has, and where. */
struct count {
    const char *name, *path;
};
static const struct numbers {
    const char *kind, *title;
    struct count counts[6];
} numbers[] = {
    {"Deployment",
     "Replicas",
     {{"desired", "spec.replicas"},
      {"updated", "status.updatedReplicas"},
      {"total", "status.replicas"},
      {"available", "status.availableReplicas"},
      {"unavailable", "status.unavailableReplicas"}}},
    {"StatefulSet",
     "Replicas",
     {{"desired", "spec.replicas"},
      {"total", "status.replicas"},
      {"ready", "status.readyReplicas"},
      {"updated", "status.updatedReplicas"}}},
    {"ReplicaSet",
     "Replicas",
     {{"desired", "spec.replicas"}, {"current", "status.replicas"}, {"ready", "status.readyReplicas"}}},
    {"DaemonSet",
     "Nodes",
     {{"desired", "status.desiredNumberScheduled"},
      {"current", "status.currentNumberScheduled"},
      {"up to date", "status.updatedNumberScheduled"},
      {"available", "status.numberAvailable"},
      {"misscheduled", "status.numberMisscheduled"}}},
};

static void put_numbers(struct kc_arena *a, const json_t *object, struct kc_buf *out)
{
    const char *kind = kc_or(kc_json_str(object, "kind"), "");
    KC_BUF_SCOPE text = {0};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (!KC_STREQ(numbers[i].kind, kind))
            continue;
        for (const struct count *c = numbers[i].counts; c->name; c++)
            kc_buf_printf(&text, "%s%lld %s", text.len ? " | " : "", (long long)kc_json_int(object, c->path, 0),
                          c->name);
        kc_describe_field(out, 0, numbers[i].title, kc_arena_strdup(a, kc_buf_str(&text)));
    }
}

static void put_strategy(struct kc_arena *a, const json_t *object, struct kc_buf *out)
{
    const char *type = kc_json_str(object, "spec.strategy.type");
    const json_t *rolling = kc_json_at(object, "spec.strategy.rollingUpdate");

    if (type) {
        kc_describe_field(out, 0, "StrategyType", type);
        kc_describe_field(out, 0, "MinReadySeconds",
                          kc_arena_printf(a, "%lld", (long long)kc_json_int(object, "spec.minReadySeconds", 0)));
        if (rolling)
            kc_describe_field(out, 0, "RollingUpdateStrategy",
                              kc_arena_printf(a, "%s max unavailable, %s max surge",
                                              kc_describe_scalar(a, json_object_get(rolling, "maxUnavailable")),
                                              kc_describe_scalar(a, json_object_get(rolling, "maxSurge"))));
    } else if (kc_json_str(object, "spec.updateStrategy.type")) {
        kc_describe_field(out, 0, "Update Strategy", kc_json_str(object, "spec.updateStrategy.type"));
    }
    if (kc_json_bool(object, "spec.paused", false))
        kc_describe_field(out, 0, "Paused", "true");
}

static const char *const revision_annotation = "deployment.kubernetes.io/revision";

bool kc_controlled_by(const json_t *object, const char *uid)
{
    size_t i;
    json_t *owner;

    json_array_foreach(kc_json_at(object, "metadata.ownerReferences"), i, owner)
    {
        if (kc_json_bool(owner, "controller", false) && KC_STREQ(kc_or(kc_json_str(owner, "uid"), ""), uid))
            return true;
    }
    return false;
}

/* The ReplicaSet of the Deployment's own revision is the new one; of the others those that still have pods count. */
static void put_replica_sets(struct kc_arena *a, const json_t *deployment, const json_t *list, struct kc_buf *out)
{
    const char *uid = kc_or(kc_json_str(deployment, "metadata.uid"), "");
    const char *revision = kc_json_map_get(deployment, "metadata.annotations", revision_annotation);
    KC_BUF_SCOPE old = {0}, new = {0};
    size_t i;
    json_t *rs;

    json_array_foreach(json_object_get(list, "items"), i, rs)
    {
        const char *its = kc_json_map_get(rs, "metadata.annotations", revision_annotation);
        struct kc_buf *to = revision && its && KC_STREQ(revision, its) ? &new : &old;
        if (!kc_controlled_by(rs, uid))
            continue;
        kc_buf_printf(to, "%s%s (%lld/%lld replicas created)", to->len ? ", " : "",
                      kc_or(kc_json_str(rs, "metadata.name"), ""), (long long)kc_json_int(rs, "status.replicas", 0),
                      (long long)kc_json_int(rs, "spec.replicas", 0));
    }
    if (!old.len && !new.len)
        return;
    kc_describe_field(out, 0, "OldReplicaSets", old.len ? kc_arena_strdup(a, kc_buf_str(&old)) : "<none>");
    kc_describe_field(out, 0, "NewReplicaSet", new.len ? kc_arena_strdup(a, kc_buf_str(&new)) : "<none>");
}

void kc_show_workload(struct kc_arena *a, const json_t *object, const json_t *replica_sets, struct kc_buf *out)
{
    const char *owner = kc_describe_controller(a, object);

    kc_describe_head(a, object, true, out);
    kc_describe_field(out, 0, "Selector", kc_or(kc_selector_text(a, object), "<unset>"));
    if (owner)
        kc_describe_field(out, 0, "Controlled By", owner);
    put_numbers(a, object, out);
    put_strategy(a, object, out);
    kc_show_pod_template(a, kc_json_at(object, "spec.template"), out);
    kc_describe_conditions(a, kc_json_at(object, "status.conditions"), true, out);
    if (replica_sets)
        put_replica_sets(a, object, replica_sets, out);
}
