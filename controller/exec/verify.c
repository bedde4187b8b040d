#include "controller/exec/verify.h"

#include "controller/exec/object.h"

/* A count that controllers leave out when it is zero. */
static int64_t count(const json_t *object, const char *path)
{
    return kc_json_int(object, path, 0);
}

static enum kc_verification waiting(const char **ret, const char *message)
{
    *ret = message;
    return KC_VERIFY_WAITING;
}

/* The conditions of kubectl's polymorphichelpers.StatusViewer, from the counts that every scalable workload reports: a
 * Deployment and a StatefulSet say which replicas are updated and available, others only how many there are. */
enum kc_verification kc_rollout_judge(struct kc_arena *a, const json_t *object, const char **ret_message)
{
    int64_t want = kc_json_int(object, "spec.replicas", 1), have = count(object, "status.replicas");
    int64_t generation = kc_json_int(object, "metadata.generation", 0);
    int64_t observed = kc_json_int(object, "status.observedGeneration", generation);
    const json_t *updated = kc_json_at(object, "status.updatedReplicas");

    if (observed < generation)
        return waiting(ret_message, "waiting for the workload's controller to observe the change");
    if (updated && json_integer_value(updated) < want)
        return waiting(ret_message, kc_arena_printf(a, "%lld of %lld replicas updated",
                                                    (long long)json_integer_value(updated), (long long)want));
    if (have != want)
        return waiting(ret_message,
                       kc_arena_printf(a, "%lld of %lld replicas exist", (long long)have, (long long)want));
    int64_t ready = count(object, "status.readyReplicas");
    int64_t available = kc_json_int(object, "status.availableReplicas", ready);
    if (available < want)
        return waiting(ret_message,
                       kc_arena_printf(a, "%lld of %lld replicas available", (long long)available, (long long)want));
    *ret_message = kc_arena_printf(a, "%lld of %lld replicas available", (long long)available, (long long)want);
    return KC_VERIFY_HOLDS;
}

static bool broken(enum kc_verification *ret, const char **ret_message, const char *message)
{
    *ret = KC_VERIFY_BROKEN;
    *ret_message = message;
    return true;
}

bool kc_verify_step(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                    struct kc_arena *a, enum kc_verification *ret, const char **ret_message, struct kc_err *err)
{
    const struct kc_action *act = &step->action;
    const char *shown = kc_target_show(a, &act->target);
    struct kc_mapping m = kc_target_mapping(&act->target);
    struct kc_call call = {.as = who};
    struct kc_api_request req;
    struct kc_set_field *sets;
    struct kc_err e = {0};
    json_t *changed, *object;

    act->verb->read(a, act, &req);
    if (!kc_object_read(c, who, &req, a, &changed, &e) ||
        !kc_kube_get(c->kube, kc_resource_path(a, &m, act->target.ns, act->target.name, NULL), NULL, &call, a, &object,
                     &e)) {
        if (e.class == KC_NOT_FOUND)
            return broken(ret, ret_message, kc_arena_printf(a, "%s is gone", shown));
        *err = e;
        return kc_wrap(err, "verification of %s", step->command);
    }
    size_t n = act->verb->sets(a, act, &sets);
    for (size_t i = 0; i < n; i++) {
        const char *is = kc_object_field(a, changed, sets[i].path);
        if (!KC_STREQ(is, sets[i].value))
            return broken(ret, ret_message,
                          kc_arena_printf(a, "%s: %s is %s, it was set to %s: somebody changed it again", shown,
                                          sets[i].path, kc_or(is, "(none)"), sets[i].value));
    }
    *ret = kc_rollout_judge(a, object, ret_message);
    *ret_message = kc_arena_printf(a, "%s: %s", shown, *ret_message);
    return true;
}
