/* kubectl delete: one object, with what its kind's finalizers and --cascade say of what depends on it.
 *
 * --grace-period=0 without --force is 1 to kubectl, and --now is the same.
 */
#include "controller/action/object_verb.h"
#include "controller/action/verbs.h"

enum { FLAG_CASCADE, FLAG_GRACE_PERIOD, FLAG_NOW, FLAGS };

static const struct kc_flag flags[] = {
    [FLAG_CASCADE] = {.name = "cascade",
                      .kind = KC_FLAG_STRING,
                      .bare = "background",
                      .dflt = "background",
                      .one_of = "|background|foreground|orphan|"},
    [FLAG_GRACE_PERIOD] = {.name = "grace-period", .kind = KC_FLAG_INT},
    [FLAG_NOW] = {.name = "now", .kind = KC_FLAG_BOOL},
    [FLAGS] = {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    return !act->flags || !act->flags[FLAG_NOW] || !act->flags[FLAG_GRACE_PERIOD] ||
           kc_fail(err, KC_INVALID, "BadFlag", "--now and --grace-period=%s: which one is meant?",
                   act->flags[FLAG_GRACE_PERIOD]);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    static const struct {
        const char *flag, *policy;
    } policies[] = {{"background", "Background"}, {"foreground", "Foreground"}, {"orphan", "Orphan"}};
    const char *cascade = kc_or(kc_action_flag(act, "cascade"), "background");
    int64_t grace = kc_action_flag(act, "now") ? 1 : kc_action_int(act, "grace-period", -1);
    json_t *body = json_object();
    (void)seen, (void)err;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (KC_STREQ(policies[i].flag, cascade))
            json_object_set_new(body, "propagationPolicy", json_string(policies[i].policy));
    if (grace >= 0)
        json_object_set_new(body, "gracePeriodSeconds", json_integer(grace ? grace : 1));
    *ret = kc_request_of(a, "DELETE", kc_target_path(a, &act->target, NULL), NULL, KC_JSON_TYPE, body);
    return true;
}

const struct kc_verb kc_verb_delete = {
    .name = "delete",
    .deed = KC_DEED_DELETE,
    .effect = KC_DESTRUCTIVE,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_FIELDS | KC_SELECTS_ALL | KC_SELECTS_EVERYWHERE,
    .input = KC_INPUT_NAMES,
    .participle = "deleted",
    .flags = flags,
    .validate = validate,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "delete",
};
