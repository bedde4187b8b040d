/* kubectl create quota NAME --hard=pods=10,cpu=4 --scopes=NotTerminating */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"
#include "controller/show/quantity.h"

static const struct kc_flag flags[] = {
    {.name = "hard", .kind = KC_FLAG_STRING},
    {.name = "scopes", .kind = KC_FLAG_STRING},
    {.name = NULL},
};

static bool scopes_of(struct kc_arena *a, const struct kc_action *act, struct kc_strs *ret, struct kc_err *err)
{
    *ret = kc_action_list(a, act, "scopes", true);
    for (size_t i = 0; i < ret->n; i++)
        if (!*ret->v[i])
            return kc_fail(err, KC_INVALID, "BadFlag", "--scopes=%.64s: a scope is empty",
                           kc_action_flag(act, "scopes"));
    return true;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    struct kc_quantities hard;
    struct kc_strs scopes;
    return kc_quantities_read(a, "hard", kc_action_flag(act, "hard"), &hard, err) && scopes_of(a, act, &scopes, err) &&
           kc_new_name(act, err);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    struct kc_quantities hard;
    struct kc_strs scopes;
    (void)seen;
    if (!kc_quantities_read(a, "hard", kc_action_flag(act, "hard"), &hard, err) || !scopes_of(a, act, &scopes, err))
        return false;
    json_t *spec = json_object(), *limits = json_object();
    for (size_t i = 0; i < hard.n; i++)
        json_object_set_new(limits, hard.v[i].resource, json_string(hard.v[i].value));
    if (hard.n)
        json_object_set(spec, "hard", limits);
    json_decref(limits);
    if (scopes.n)
        json_object_set_new(spec, "scopes", kc_json_strings(&scopes));
    *ret = kc_create_object(a, act, KC_STRICT, json_pack("{s:o}", "spec", spec));
    return true;
}

const struct kc_verb kc_verb_create_quota = {
    KC_CREATES,
    .name = "create quota",
    .aliases = "|create resourcequota|",
    .type = "resourcequotas",
    .flags = flags,
    .validate = validate,
    .change = change,
};
