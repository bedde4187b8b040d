/* kubectl apply --server-side -f -: one object as its author wants it; the server merges it with what others set.
 *
 * What was not there is made. Without --server-side kubectl would compute a patch of its own from an annotation that
 * it keeps on the object: refused, for the server's merge is the one that names whose fields it would take.
 */
#include "controller/action/manifest_verb.h"
#include "controller/action/verbs.h"

/* The object, and where conflicts are to be overridden, which ones there are. */
static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    if (so_far->n == 0)
        return kc_look_at_target(a, act, so_far, ret);
    if (so_far->n > 1 || !kc_apply_forces(act))
        return false;
    struct kc_api_request unforced = kc_apply_request_with(a, act, false);
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
    *ret = kc_apply_request(a, act);
    return true;
}

static const char *notice(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    if (!kc_apply_forces(act) || seen->n < 2 || !seen->v[1].text)
        return NULL;
    return kc_arena_printf(a, "--force-conflicts takes these fields over: %s", seen->v[1].text);
}

/* What was there has no command that is its opposite: its fields are put back (controller/plan/rollback.h). */
static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    return kc_seen_object(seen) ? KC_IRREVERSIBLE : kc_undo_create(a, act, seen, ret);
}

const struct kc_verb kc_verb_apply = {
    .name = "apply",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_MANIFEST,
    .input = KC_INPUT_OBJECT,
    .participle = "applied",
    .flags = kc_apply_flags,
    .validate = kc_apply_validate,
    .accepts_absent = true,
    .tolerates = tolerates,
    .look = look,
    .change = change,
    .on_conflict = "leave these fields out of the manifest, or take them over with --force-conflicts",
    .notice = notice,
    .rbac_verb = "patch",
    .sets = kc_manifest_sets,
    .undo = undo,
    .rolls_out = true,
};
