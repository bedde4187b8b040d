/* kubectl apply --server-side -f -: one object as its author wants it; the server merges it with what others set.
 *
 * What was not there is made. Without --server-side kubectl would compute a patch of its own from an annotation that
 * it keeps on the object: refused, for the server's merge is the one that names whose fields it would take.
 */
#include <string.h>

#include "controller/action/manifest_verb.h"
#include "controller/action/verbs.h"

enum { FLAG_SERVER_SIDE, FLAG_FORCE_CONFLICTS };

static const struct kc_flag flags[] = {
    [FLAG_SERVER_SIDE] = {.name = "server-side", .kind = KC_FLAG_BOOL},
    [FLAG_FORCE_CONFLICTS] = {.name = "force-conflicts", .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    return kc_action_flag(act, "server-side") ||
           kc_fail(err, KC_INVALID, "MissingFlag",
                   "kubectl apply: without --server-side the change is computed from an annotation and overwrites what "
                   "others set unseen: write kubectl apply --server-side --filename=-");
}

static struct kc_api_request apply(struct kc_arena *a, const struct kc_action *act, bool force)
{
    const char *query = kc_arena_printf(a, KC_STRICT "&force=%s", force ? "true" : "false");
    return kc_request_of(a, "PATCH", kc_target_path(a, &act->target, NULL), query, KC_APPLY_PATCH,
                         kc_manifest_body(a, act));
}

static bool forces(const struct kc_action *act)
{
    return kc_action_flag(act, "force-conflicts") != NULL;
}

/* The object, and where conflicts are to be overridden, which ones there are. */
static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    if (so_far->n == 0)
        return kc_look_at_target(a, act, so_far, ret);
    if (so_far->n > 1 || !forces(act))
        return false;
    struct kc_api_request unforced = apply(a, act, false);
    struct kc_err err = {0};
    return kc_request_prepare(a, &unforced, NULL, true, ret, &err);
}

static bool tolerates(const struct kc_looked *so_far, int http_status)
{
    return so_far->n == 1 && http_status == 409;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    (void)seen, (void)err;
    *ret = apply(a, act, forces(act));
    return true;
}

static const char *notice(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    if (!forces(act) || seen->n < 2 || !seen->v[1].text)
        return NULL;
    return kc_arena_printf(a, "--force-conflicts takes these fields over: %s", seen->v[1].text);
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    return kc_seen_object(seen) ? kc_undo_replace(a, act, seen, ret) : kc_undo_create(a, act, seen, ret);
}

const struct kc_verb kc_verb_apply = {
    .name = "apply",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_MANIFEST,
    .input = KC_INPUT_OBJECT,
    .participle = "applied",
    .flags = flags,
    .validate = validate,
    .accepts_absent = true,
    .tolerates = tolerates,
    .look = look,
    .change = change,
    .notice = notice,
    .rbac_verb = "patch",
    .sets = kc_manifest_sets,
    .undo = undo,
    .rolls_out = true,
};
