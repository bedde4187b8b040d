/* kubectl create priorityclass NAME --value=N */
#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

#define DEFAULT_POLICY "PreemptLowerPriority"

static const struct kc_flag flags[] = {
    /* More than a thousand million is the system's own. */
    {.name = "value", .kind = KC_FLAG_INT, .required = true, .min = INT32_MIN, .max = 1000000000},
    {.name = "global-default", .kind = KC_FLAG_BOOL},
    {.name = "preemption-policy",
     .kind = KC_FLAG_STRING,
     .dflt = DEFAULT_POLICY,
     .one_of = "|" DEFAULT_POLICY "|Never|"},
    {.name = "description", .kind = KC_FLAG_STRING},
    {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    return kc_new_name(act, err);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    const char *description = kc_action_flag(act, "description");
    json_t *body = json_pack("{s:I, s:s}", "value", (json_int_t)kc_action_int(act, "value", 0), "preemptionPolicy",
                             kc_or(kc_action_flag(act, "preemption-policy"), DEFAULT_POLICY));
    (void)seen, (void)err;
    if (kc_action_flag(act, "global-default"))
        json_object_set_new(body, "globalDefault", json_true());
    if (description)
        json_object_set_new(body, "description", json_string(description));
    *ret = kc_create_object(a, act, KC_STRICT, body);
    return true;
}

const struct kc_verb kc_verb_create_priorityclass = {
    KC_CREATES,
    .name = "create priorityclass",
    .aliases = "|create pc|",
    .type = "priorityclasses.scheduling.k8s.io",
    .flags = flags,
    .validate = validate,
    .change = change,
};
