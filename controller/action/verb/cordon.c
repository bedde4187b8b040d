/* kubectl cordon and uncordon: whether new pods may come to a node. */
#include "controller/action/object_verb.h"
#include "controller/action/verbs.h"

static bool cordons(const struct kc_action *act)
{
    return act->verb == &kc_verb_cordon;
}

/* kubectl leaves a node alone that is already so. */
static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    if (kc_json_bool(kc_seen_object(seen), "spec.unschedulable", false) == cordons(act))
        return kc_nothing_to_change(act, err);
    json_t *body = json_pack("{s:{s:o}}", "spec", "unschedulable", cordons(act) ? json_true() : json_null());
    *ret = kc_patch_target(a, act, KC_STRATEGIC_PATCH, body);
    return true;
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    (void)seen;
    kc_set_add(a, &list, "spec.unschedulable", cordons(act) ? "true" : "");
    *ret = list.v;
    return list.n;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    (void)seen;
    return kc_undo_with(a, act, cordons(act) ? "uncordon" : "cordon", NULL, 0, NULL, ret);
}

const struct kc_verb kc_verb_cordon = {
    .name = "cordon",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_NAMES,
    .selects = KC_SELECTS_LABELS,
    .type = "nodes",
    .participle = "cordoned",
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
};

const struct kc_verb kc_verb_uncordon = {
    .name = "uncordon",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_NAMES,
    .selects = KC_SELECTS_LABELS,
    .type = "nodes",
    .participle = "uncordoned",
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
};
