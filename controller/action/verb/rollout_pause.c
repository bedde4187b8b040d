/* kubectl rollout pause and resume: whether a Deployment's controller follows changes of the template. */
#include "controller/action/object_verb.h"
#include "controller/action/verbs.h"

static bool applies(const struct kc_mapping *m)
{
    return KC_STREQ(m->kind, "Deployment") && KC_STREQ(kc_or(m->group, ""), "apps");
}

static bool pauses(const struct kc_action *act)
{
    return act->verb == &kc_verb_rollout_pause;
}

static bool check(const struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    bool paused = kc_json_bool(kc_seen_object(seen), "spec.paused", false);
    return paused != pauses(act) || kc_fail(err, KC_INVALID, "NothingToChange", "deployment %s is %s", act->target.name,
                                            paused ? "already paused" : "not paused");
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    (void)seen, (void)err;
    json_t *body = json_pack("{s:{s:o}}", "spec", "paused", pauses(act) ? json_true() : json_null());
    *ret = kc_patch_target(a, act, KC_STRATEGIC_PATCH, body);
    return true;
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    (void)seen;
    kc_set_add(a, &list, "spec.paused", pauses(act) ? "true" : "");
    *ret = list.v;
    return list.n;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    (void)seen;
    return kc_undo_with(a, act, pauses(act) ? "rollout resume" : "rollout pause", NULL, 0, NULL, ret);
}

const struct kc_verb kc_verb_rollout_pause = {
    .name = "rollout pause",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_BARE,
    .applies = applies,
    .participle = "paused",
    .look = kc_look_at_target,
    .check = check,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
};

const struct kc_verb kc_verb_rollout_resume = {
    .name = "rollout resume",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_BARE,
    .applies = applies,
    .participle = "resumed",
    .look = kc_look_at_target,
    .check = check,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
    .rolls_out = true,
};
