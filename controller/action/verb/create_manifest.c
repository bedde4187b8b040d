/* kubectl create -f -: one object that is not there yet, as the manifest says. */
#include "controller/action/manifest_verb.h"
#include "controller/action/verbs.h"

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    (void)seen, (void)err;
    *ret = kc_create_object(a, act, KC_STRICT, json_deep_copy(kc_action_object_of(a, act)));
    return true;
}

const struct kc_verb kc_verb_create = {
    .name = "create",
    .deed = KC_DEED_CREATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_MANIFEST,
    .input = KC_INPUT_OBJECT,
    .participle = "created",
    .change = change,
    .on_conflict = "kubectl apply --server-side changes what is there",
    .rbac_verb = "create",
    .sets = kc_manifest_sets,
    .undo = kc_undo_create,
    .rolls_out = true,
};
