/* kubectl delete: one object, with what its kind's finalizers and --cascade say of what depends on it.
 *
 * --grace-period=0 without --force is 1 to kubectl, and --now is the same; with --force it is 0, said or not. Whether
 * anybody may say --force is the guard's matter.
 */
#include "controller/action/object_verb.h"
#include "controller/action/pod_choice.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"

enum { FLAG_CASCADE, FLAG_GRACE_PERIOD, FLAG_NOW, FLAG_FORCE, FLAGS };

static const struct kc_flag flags[] = {
    [FLAG_CASCADE] = {.name = "cascade",
                      .kind = KC_FLAG_STRING,
                      .bare = "background",
                      .dflt = "background",
                      .one_of = "|background|foreground|orphan|"},
    [FLAG_GRACE_PERIOD] = {.name = "grace-period", .kind = KC_FLAG_INT},
    [FLAG_NOW] = {.name = "now", .kind = KC_FLAG_BOOL},
    [FLAG_FORCE] = {.name = "force", .kind = KC_FLAG_BOOL},
    [FLAGS] = {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *now = kc_action_flag(act, "now"), *grace = kc_action_flag(act, "grace-period");
    bool force = kc_action_flag(act, "force") != NULL;
    if (now && grace)
        return kc_fail(err, KC_INVALID, "BadFlag", "--now and --grace-period=%s: which one is meant?", grace);
    if (force && (now || (grace && !KC_STREQ(grace, "0"))))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--force and --%s%s: --force leaves no time at all; which one is meant?",
                       now ? "now" : "grace-period=", kc_or(grace, ""));
    if (force && grace) {
        const char **values = kc_flags_copy(a, act);
        values[FLAG_GRACE_PERIOD] = NULL;
        act->flags = values;
    }
    return true;
}

/* Seconds; -1: as the object says. */
static int64_t grace_of(const struct kc_action *act)
{
    int64_t grace = kc_action_flag(act, "now") ? 1 : kc_action_int(act, "grace-period", -1);
    if (kc_action_flag(act, "force"))
        return 0;
    return grace ? grace : 1;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    static const struct {
        const char *flag, *policy;
    } policies[] = {{"background", "Background"}, {"foreground", "Foreground"}, {"orphan", "Orphan"}};
    const char *cascade = kc_or(kc_action_flag(act, "cascade"), "background");
    int64_t grace = grace_of(act);
    json_t *body = json_object();
    (void)seen, (void)err;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (KC_STREQ(policies[i].flag, cascade))
            json_object_set_new(body, "propagationPolicy", json_string(policies[i].policy));
    if (grace >= 0)
        json_object_set_new(body, "gracePeriodSeconds", json_integer(grace));
    *ret = kc_request_of(a, "DELETE", kc_target_path(a, &act->target, NULL), NULL, KC_JSON_TYPE, body);
    return true;
}

static const char *notice(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    (void)a, (void)seen;
    return kc_action_flag(act, "force") && kc_is_pod(&act->target)
               ? "--force: nobody waits until its containers have stopped: they may go on running, for ever if the "
                 "node "
                 "is gone"
               : NULL;
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
    .notice = notice,
    .rbac_verb = "delete",
};
