/* kubectl replace -f -: the whole object as the manifest says; what it leaves out goes away or back to its default. */
#include "controller/action/kubectl.h"
#include "controller/action/manifest_verb.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "force", .kind = KC_FLAG_BOOL}, /* to be refused with a reason */
    {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    return !kc_action_flag(act, "force") ||
           kc_fail(err, KC_INVALID, "ForbiddenFlag",
                   "--force: kubectl replace would delete the object and make another one, which cannot be previewed "
                   "while the first is there: leave it out, or ask for kubectl delete first and for kubectl create "
                   "when it is gone");
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    (void)seen, (void)err;
    *ret = kc_request_of(a, "PUT", kc_target_path(a, &act->target, NULL), KC_STRICT, KC_JSON_TYPE,
                         kc_manifest_body(a, act));
    return true;
}

const struct kc_verb kc_verb_replace = {
    .name = "replace",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_MANIFEST,
    .input = KC_INPUT_OBJECT,
    .participle = "replaced",
    .flags = flags,
    .validate = validate,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "update",
    .sets = kc_manifest_sets,
    .rolls_out = true,
};
