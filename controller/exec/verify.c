#include "controller/exec/verify.h"

#include "controller/exec/evidence.h"
#include "controller/exec/look.h"
#include "controller/exec/surroundings.h"

/* Kinds whose status we know: a count that is missing from it is zero (the API server leaves zeros out). Of any other
 * kind only what it reports is asked for. */
static const struct workload {
    const char *api_version, *kind;
    bool updates; /* replaces its pods when the template changes */
} workloads[] = {
    {"apps/v1", "Deployment", true},
    {"apps/v1", "StatefulSet", true},
    {"apps/v1", "ReplicaSet", false},
    {"v1", "ReplicationController", false},
};

static const struct workload *workload_of(const json_t *object)
{
    const char *version = kc_or(kc_json_str(object, "apiVersion"), ""), *kind = kc_or(kc_json_str(object, "kind"), "");

    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++)
        if (KC_STREQ(workloads[i].api_version, version) && KC_STREQ(workloads[i].kind, kind))
            return &workloads[i];
    return NULL;
}

/* How many have to be of the newest template: a StatefulSet may hold some back, or leave it to whoever deletes pods. */
static int64_t wanted_updates(const json_t *object, int64_t want)
{
    if (KC_STREQ(kc_or(kc_json_str(object, "spec.updateStrategy.type"), ""), "OnDelete"))
        return 0;
    return want - kc_json_int(object, "spec.updateStrategy.rollingUpdate.partition", 0);
}

static bool enough(struct kc_arena *a, int64_t have, int64_t want, const char *what, const char **ret_message)
{
    *ret_message = kc_arena_printf(a, "%lld of %lld replicas %s", (long long)have, (long long)want, what);
    return have >= want;
}

static bool is(const json_t *object, const char *api_version, const char *kind)
{
    return KC_STREQ(kc_or(kc_json_str(object, "apiVersion"), ""), api_version) &&
           KC_STREQ(kc_or(kc_json_str(object, "kind"), ""), kind);
}

/* One pod a node, counted in numbers of its own. */
static enum kc_verification judge_daemonset(struct kc_arena *a, const json_t *object, const char **ret_message)
{
    int64_t want = kc_json_int(object, "status.desiredNumberScheduled", 0);
    bool by_hand = KC_STREQ(kc_or(kc_json_str(object, "spec.updateStrategy.type"), ""), "OnDelete");

    if (kc_json_int(object, "status.observedGeneration", 0) < kc_json_int(object, "metadata.generation", 0)) {
        *ret_message = "waiting for the workload's controller to observe the change";
        return KC_VERIFY_WAITING;
    }
    if (!enough(a, kc_json_int(object, "status.updatedNumberScheduled", 0), by_hand ? 0 : want, "updated",
                ret_message) ||
        !enough(a, kc_json_int(object, "status.numberAvailable", 0), want, "available", ret_message))
        return KC_VERIFY_WAITING;
    return KC_VERIFY_HOLDS;
}

/* The Deployment's controller has given the rollout up: what it says of it; NULL: it has not. */
static const char *given_up(const json_t *object)
{
    const json_t *conditions = kc_json_at(object, "status.conditions");

    for (size_t i = 0; i < json_array_size(conditions); i++) {
        const json_t *c = json_array_get(conditions, i);
        if (KC_STREQ(kc_or(kc_json_str(c, "reason"), ""), "ProgressDeadlineExceeded"))
            return kc_or(kc_json_str(c, "message"), "the rollout passed its progress deadline");
    }
    return NULL;
}

/* What has no rollout to wait for, or none now; NULL: it has. */
static const char *nothing_to_wait_for(const json_t *object)
{
    if (is(object, "apps/v1", "Deployment") && kc_json_bool(object, "spec.paused", false))
        return "it is paused: its pods follow when it is resumed";
    /* A kind of which no controller has ever said anything tells of no rollout either. */
    if (!workload_of(object) && !kc_json_at(object, "status.replicas") &&
        (!kc_json_at(object, "spec.replicas") || json_object_size(kc_json_at(object, "status")) == 0))
        return "as it was set";
    return NULL;
}

/* The conditions of kubectl's polymorphichelpers.StatusViewer. */
enum kc_verification kc_rollout_judge(struct kc_arena *a, const json_t *object, const char **ret_message)
{
    if (is(object, "apps/v1", "DaemonSet"))
        return judge_daemonset(a, object, ret_message);
    *ret_message = nothing_to_wait_for(object);
    if (*ret_message)
        return KC_VERIFY_HOLDS;
    const struct workload *known = workload_of(object);
    int64_t want = kc_json_int(object, "spec.replicas", 1), have = kc_json_int(object, "status.replicas", 0);
    int64_t generation = kc_json_int(object, "metadata.generation", 0);
    int64_t ready = kc_json_int(object, "status.readyReplicas", have);

    if (kc_json_int(object, "status.observedGeneration", known ? 0 : generation) < generation) {
        *ret_message = "waiting for the workload's controller to observe the change";
        return KC_VERIFY_WAITING;
    }
    const char *failed = is(object, "apps/v1", "Deployment") ? given_up(object) : NULL;
    if (failed) {
        *ret_message = kc_arena_strdup(a, failed);
        return KC_VERIFY_BROKEN;
    }
    if (have > want) {
        *ret_message =
            kc_arena_printf(a, "%lld replica%s, %lld wanted", (long long)have, have == 1 ? "" : "s", (long long)want);
        return KC_VERIFY_WAITING;
    }
    if (!enough(a, have, want, "exist", ret_message))
        return KC_VERIFY_WAITING;
    int64_t to_update = known && !known->updates ? 0 : wanted_updates(object, want);
    if (!enough(a, kc_json_int(object, "status.updatedReplicas", known ? 0 : have), to_update, "updated",
                ret_message) ||
        !enough(a, kc_json_int(object, "status.availableReplicas", known ? 0 : ready), want, "available", ret_message))
        return KC_VERIFY_WAITING;
    return KC_VERIFY_HOLDS;
}

static bool broken(enum kc_verification *ret, const char **ret_message, const char *message)
{
    *ret = KC_VERIFY_BROKEN;
    *ret_message = message;
    return true;
}

/* What was deleted is gone, finalizers included, or its name belongs to another object. */
static bool verify_gone(struct kc_arena *a, const struct kc_record_step *step, const struct kc_object_meta *meta,
                        enum kc_verification *ret, const char **ret_message)
{
    const char *shown = kc_action_show(a, &step->action);

    *ret = KC_VERIFY_HOLDS;
    *ret_message = kc_arena_printf(a, "%s is gone", shown);
    if (!meta || !KC_STREQ(meta->uid, step->uid))
        return true;
    if (!meta->being_deleted)
        return broken(ret, ret_message, kc_arena_printf(a, "%s is still there", shown));
    *ret = KC_VERIFY_WAITING;
    *ret_message = kc_arena_printf(a, "%s is being deleted", shown);
    return true;
}

static const char *first_difference(struct kc_arena *a, const struct kc_record_step *step, const json_t *changed)
{
    for (size_t i = 0; i < step->n_sets; i++) {
        const char *is = kc_object_field(a, changed, step->sets[i].path);
        if (!KC_STREQ(is, step->sets[i].value))
            return kc_arena_printf(a, "%s is %s, it was set to %s", step->sets[i].path, kc_or(is, "(none)"),
                                   kc_or(step->sets[i].value, "(none)"));
    }
    return NULL;
}

static bool not_found(struct kc_arena *a, const struct kc_record_step *step, const struct kc_err *e,
                      enum kc_verification *ret, const char **ret_message, struct kc_err *err)
{
    const char *shown = kc_action_show(a, &step->action);

    if (e->class == KC_NOT_FOUND && step->action.verb->deed == KC_DEED_DELETE)
        return verify_gone(a, step, NULL, ret, ret_message);
    if (e->class == KC_NOT_FOUND)
        return broken(ret, ret_message, kc_arena_printf(a, "%s is gone", shown));
    if (e->http_status == 403) /* whoever asked may no longer look: nobody else looks for them */
        return broken(ret, ret_message, kc_arena_printf(a, "%s cannot be looked at: %s", shown, e->message));
    *err = *e;
    return kc_wrap(err, "verification of %s", step->command);
}

static bool only_metadata(const struct kc_record_step *step)
{
    for (size_t i = 0; i < step->n_changes; i++)
        if (!kc_str_starts(step->changes[i].path, "metadata."))
            return false;
    return step->n_changes > 0;
}

/* What spec.replicas means to a kind that is not known is its controller's affair, but where it was asked for. */
static bool waits_for_rollout(const struct kc_record_step *step)
{
    const struct kc_target *t = &step->action.target;

    if (!step->action.verb->rolls_out || only_metadata(step))
        return false;
    if (KC_STREQ(t->group, "apps") && KC_STREQ(t->kind, "DaemonSet"))
        return true;
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++)
        if (KC_STREQ(workloads[i].kind, t->kind) && (KC_STREQ(t->group, "apps") || !*t->group))
            return true;
    return KC_STREQ(step->action.verb->name, "scale");
}

static const struct kc_health *take_health(const struct kc_cluster *c, const struct kc_identity *who,
                                           const struct kc_record_step *step, const char *uid,
                                           const struct kc_health *before, struct kc_arena *a)
{
    struct kc_surroundings around;
    struct kc_health *h = kc_arena_alloc(a, sizeof *h);

    if (!waits_for_rollout(step) || !c->fleet)
        return NULL;
    kc_surroundings_of(c, who, &step->action.target, a, &around);
    return kc_health_of(a, step, uid, &around, before, h) ? h : NULL;
}

const struct kc_health *kc_verify_baseline(const struct kc_cluster *c, const struct kc_identity *who,
                                           const struct kc_record_step *step, const char *uid, struct kc_arena *a)
{
    return take_health(c, who, step, uid, NULL, a);
}

/* What is known of a pod that does not start, asked of the API server as the requester: who may not is not told its
 * name either. */
static const char *why_ill(const struct kc_cluster *c, const struct kc_identity *who, const char *ns,
                           const struct kc_ill_pod *ill, struct kc_arena *a)
{
    struct kc_api_request req = {.method = "GET",
                                 .path = kc_arena_printf(a, "/api/v1/namespaces/%s/pods/%s", ns, ill->name)};
    const char *evidence = "";
    struct kc_err e = {0};
    json_t *pod;

    if (!ill->named)
        return kc_arena_printf(a, "a pod of it that was not so before is in %s", ill->why);
    if (kc_object_read(c, who, &req, a, &pod, &e) && KC_STREQ(kc_or(kc_json_str(pod, "metadata.uid"), ""), ill->uid))
        evidence = kc_pod_evidence(a, pod);
    return kc_arena_printf(a, "pod/%s does not start: %s", ill->name, *evidence ? evidence : ill->why);
}

/* What the change has done to pods and services. ret comes in as what the workload's own account says. */
static void compare_health(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                           const struct kc_health *before, const json_t *object, struct kc_arena *a,
                           enum kc_verification *ret, const char **ret_message)
{
    const char *uid = kc_or(kc_json_str(object, "metadata.uid"), "");
    const struct kc_health *now = before ? take_health(c, who, step, uid, before, a) : NULL;
    bool daemonset = is(object, "apps/v1", "DaemonSet");
    int64_t want =
        daemonset ? kc_json_int(object, "status.desiredNumberScheduled", 0) : kc_json_int(object, "spec.replicas", 1);

    if (!now || *ret == KC_VERIFY_BROKEN)
        return;
    const struct kc_ill_pod *ill = kc_health_worse(before, now);
    if (ill) {
        *ret = KC_VERIFY_BROKEN;
        *ret_message = why_ill(c, who, step->action.target.ns, ill, a);
        return;
    }
    const char *missing = *ret == KC_VERIFY_HOLDS ? kc_health_missing(a, before, now, want) : NULL;
    if (missing) {
        *ret = KC_VERIFY_WAITING;
        *ret_message = missing;
    }
}

bool kc_verify_step(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                    const struct kc_health *before, struct kc_arena *a, enum kc_verification *ret,
                    const char **ret_message, struct kc_err *err)
{
    const struct kc_verb *verb = step->action.verb;
    const char *shown = kc_action_show(a, &step->action), *differs;
    struct kc_target_seen now;
    struct kc_err e = {0};
    json_t *object;

    if (!kc_target_look(c, who, &step->action, KC_META_LAST, a, &now, &e))
        return not_found(a, step, &e, ret, ret_message, err);
    if (verb->deed == KC_DEED_DELETE)
        return verify_gone(a, step, &now.meta, ret, ret_message);
    differs = first_difference(a, step, now.object);
    if (differs)
        return broken(ret, ret_message, kc_arena_printf(a, "%s: %s: somebody changed it again", shown, differs));
    *ret = KC_VERIFY_HOLDS;
    *ret_message = kc_step_deed(step) == KC_DEED_CREATE ? "created" : "as it was set";
    if (waits_for_rollout(step)) {
        struct kc_api_request req = {.method = "GET", .path = kc_target_path(a, &step->action.target, NULL)};
        if (!kc_object_read(c, who, &req, a, &object, &e))
            return not_found(a, step, &e, ret, ret_message, err);
        *ret = kc_rollout_judge(a, object, ret_message);
        compare_health(c, who, step, before, object, a, ret, ret_message);
    }
    const char *awaited = verb->awaits ? verb->awaits(a, &step->action, now.object) : NULL;
    if (awaited) {
        *ret = KC_VERIFY_WAITING;
        *ret_message = awaited;
    }
    *ret_message = kc_arena_printf(a, "%s: %s", shown, *ret_message);
    return true;
}
