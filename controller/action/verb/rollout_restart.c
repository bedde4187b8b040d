/* kubectl rollout restart: the time of the restart as an annotation of the pod template, frozen at the preview. */
#include "controller/action/object_verb.h"
#include "controller/action/pod_template.h"
#include "controller/action/verbs.h"

#define RESTARTED_AT "kubectl.kubernetes.io/restartedAt"

static bool check(const struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    return !kc_json_bool(kc_seen_object(seen), "spec.paused", false) ||
           kc_fail(err, KC_INVALID, "Paused", "%s is paused: resume it first (kubectl rollout resume), then restart it",
                   act->target.name);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    (void)seen, (void)err;
    *ret = kc_patch_target(a, act, KC_STRATEGIC_PATCH,
                           json_pack("{s:{s:{s:{s:{s:s}}}}}", "spec", "template", "metadata", "annotations",
                                     RESTARTED_AT, kc_or(act->chosen, "")));
    return true;
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    (void)seen;
    kc_set_add(a, &list, "spec.template.metadata.annotations[" RESTARTED_AT "]", kc_or(act->chosen, ""));
    *ret = list.v;
    return list.n;
}

const struct kc_verb kc_verb_rollout_restart = {
    .name = "rollout restart",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_BARE,
    .applies = kc_has_rollouts,
    .participle = "restarted",
    .chooses_time = true,
    .look = kc_look_at_target,
    .check = check,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .rolls_out = true,
};
