#include "controller/action/manifest_verb.h"

const struct kc_flag kc_apply_flags[] = {
    {.name = "server-side", .kind = KC_FLAG_BOOL},
    {.name = "force-conflicts", .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

bool kc_apply_validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    return kc_action_flag(act, "server-side") ||
           kc_fail(err, KC_INVALID, "MissingFlag",
                   "kubectl %s: without --server-side the change is computed from an annotation and overwrites what "
                   "others set unseen: write kubectl %s --server-side --filename=-",
                   act->verb->name, act->verb->name);
}

bool kc_apply_forces(const struct kc_action *act)
{
    return kc_action_flag(act, "force-conflicts") != NULL;
}

struct kc_api_request kc_apply_request_with(struct kc_arena *a, const struct kc_action *act, bool force)
{
    const char *query = kc_arena_printf(a, KC_STRICT "&force=%s", force ? "true" : "false");
    return kc_request_of(a, "PATCH", kc_target_path(a, &act->target, NULL), query, KC_APPLY_PATCH,
                         kc_manifest_body(a, act));
}

struct kc_api_request kc_apply_request(struct kc_arena *a, const struct kc_action *act)
{
    return kc_apply_request_with(a, act, kc_apply_forces(act));
}
