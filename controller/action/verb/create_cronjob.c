/* kubectl create cronjob NAME --image=IMAGE --schedule='0 3 * * *' [-- COMMAND...] */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

#define MAX_NAME 52 /* its Jobs' names are eleven characters longer */

static const struct kc_flag flags[] = {
    {.name = "image", .kind = KC_FLAG_STRING, .required = true},
    {.name = "schedule", .kind = KC_FLAG_STRING, .required = true},
    {.name = "restart", .kind = KC_FLAG_STRING, .dflt = "OnFailure", .one_of = "|OnFailure|Never|"},
    {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    if (strlen(act->target.name) > MAX_NAME)
        return kc_fail(err, KC_INVALID, "BadTarget", "\"%.64s\" is not a name for a new CronJob: at most %d characters",
                       act->target.name, MAX_NAME);
    return kc_image_check(act, err) && kc_new_name(act, err);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    const char *name = act->target.name;
    json_t *pod =
        json_pack("{s:[o], s:s}", "containers", kc_new_container(name, kc_action_flag(act, "image"), act, "command"),
                  "restartPolicy", kc_or(kc_action_flag(act, "restart"), "OnFailure"));
    json_t *job = json_pack("{s:{s:s}, s:{s:{s:o}}}", "metadata", "name", name, "spec", "template", "spec", pod);
    (void)seen, (void)err;
    *ret = kc_create_object(
        a, act, KC_STRICT,
        json_pack("{s:{s:s, s:o}}", "spec", "schedule", kc_action_flag(act, "schedule"), "jobTemplate", job));
    return true;
}

const struct kc_verb kc_verb_create_cronjob = {
    KC_CREATES,       .name = "create cronjob", .aliases = "|create cj|",        .type = "cronjobs.batch",
    .flags = flags,   .operands = "COMMAND",    .takes_command = KC_MAY_COMMAND, .validate = validate,
    .change = change,
};
