/* kubectl scale: the replica count of one object, through its scale subresource (autoscaling/v1 Scale).
 *
 * kubectl sends {"spec":{"replicas":N}} as a merge patch, and GET and PUT when --current-replicas is given. Ours is
 * always the merge patch: the resourceVersion read right before it goes along as a precondition, which holds for every
 * field, and --current-replicas is checked on the same read.
 */
#include "controller/action/kubectl.h"
#include "controller/action/request.h"
#include "controller/action/verbs.h"

enum { FLAG_REPLICAS, FLAG_CURRENT_REPLICAS, FLAGS };

static const struct kc_flag flags[] = {
    [FLAG_REPLICAS] = {.name = "replicas", .kind = KC_FLAG_INT, .required = true},
    [FLAG_CURRENT_REPLICAS] = {.name = "current-replicas", .kind = KC_FLAG_INT},
    [FLAGS] = {.name = NULL},
};

static bool applies(const struct kc_mapping *m)
{
    return m->scalable;
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    *ret = (struct kc_api_request){.method = "GET", .path = kc_target_path(a, &act->target, "scale")};
    return so_far->n == 0;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    (void)seen, (void)err;
    *ret = kc_request_of(a, "PATCH", kc_target_path(a, &act->target, "scale"), KC_FIELD_MANAGER, KC_MERGE_PATCH,
                         json_pack("{s:{s:I}}", "spec", "replicas", (json_int_t)kc_action_int(act, "replicas", 0)));
    return true;
}

/* The API server leaves a zero out of the Scale. */
static int64_t replicas_of(const struct kc_looked *seen)
{
    return kc_json_int(seen->v[0].json, "spec.replicas", 0);
}

static bool check(const struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    int64_t now = replicas_of(seen), wanted = kc_action_int(act, "current-replicas", now);
    return now == wanted || kc_fail(err, KC_INVALID, "CurrentReplicasDiffer",
                                    "%s has %lld replicas, not %lld as --current-replicas says: look again, then ask "
                                    "with the number that it has",
                                    act->target.name, (long long)now, (long long)wanted);
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    (void)seen;
    *ret = kc_arena_array(a, 1, sizeof **ret);
    **ret = (struct kc_set_field){.path = "spec.replicas", .value = act->flags[FLAG_REPLICAS]};
    return 1;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    int64_t was = replicas_of(seen);
    const char **values = kc_arena_array(a, FLAGS, sizeof *values);
    if (was < 0 || was > INT32_MAX)
        return KC_IRREVERSIBLE;
    values[FLAG_REPLICAS] = kc_arena_printf(a, "%lld", (long long)was);
    *ret = *act;
    ret->flags = values;
    return KC_REVERSIBLE;
}

const struct kc_verb kc_verb_scale = {
    .name = "scale",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_ALL,
    .applies = applies,
    .participle = "scaled",
    .flags = flags,
    .look = look,
    .check = check,
    .change = change,
    .rbac_verb = "patch",
    .rbac_subresource = "scale",
    .sets = sets,
    .undo = undo,
    .rolls_out = true,
};
