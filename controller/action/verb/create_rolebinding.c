/* kubectl create rolebinding and clusterrolebinding: who has a role. */
#include <string.h>

#include "controller/action/command.h"
#include "controller/action/create_verb.h"
#include "controller/action/subjects.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "role", .kind = KC_FLAG_STRING},         {.name = "clusterrole", .kind = KC_FLAG_STRING},
    {.name = "user", .kind = KC_FLAG_LIST},           {.name = "group", .kind = KC_FLAG_LIST},
    {.name = "serviceaccount", .kind = KC_FLAG_LIST}, {.name = NULL},
};

static const struct kc_flag cluster_flags[] = {
    {.name = "clusterrole", .kind = KC_FLAG_STRING, .required = true},
    {.name = "user", .kind = KC_FLAG_LIST},
    {.name = "group", .kind = KC_FLAG_LIST},
    {.name = "serviceaccount", .kind = KC_FLAG_LIST},
    {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *role = kc_action_flag(act, "role"), *cluster_role = kc_action_flag(act, "clusterrole");
    const char *named = kc_or(role, kc_or(cluster_role, ""));
    KC_JSON_SCOPE *subjects = json_array();
    if (!role == !cluster_role)
        return kc_fail(err, KC_INVALID, "BadFlag", "kubectl %s: say which role: --role or --clusterrole",
                       act->verb->name);
    if (!kc_object_name_valid(named))
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.64s: not a role's name", role ? "role" : "clusterrole",
                       named);
    return kc_subjects_read(a, act, subjects, err);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    const char *role = kc_action_flag(act, "role");
    KC_JSON_SCOPE *subjects = json_array();
    (void)seen;
    if (!kc_subjects_read(a, act, subjects, err))
        return false;
    json_t *body = json_pack("{s:{s:s, s:s, s:s}}", "roleRef", "apiGroup", KC_RBAC_GROUP, "kind",
                             role ? "Role" : "ClusterRole", "name", role ? role : kc_action_flag(act, "clusterrole"));
    if (json_array_size(subjects))
        json_object_set(body, "subjects", subjects);
    *ret = kc_create_object(a, act, KC_STRICT, body);
    return true;
}

const struct kc_verb kc_verb_create_rolebinding = {
    KC_CREATES,     .name = "create rolebinding", .type = "rolebindings." KC_RBAC_GROUP,
    .flags = flags, .validate = validate,         .change = change,
};

const struct kc_verb kc_verb_create_clusterrolebinding = {
    KC_CREATES,
    .name = "create clusterrolebinding",
    .type = "clusterrolebindings." KC_RBAC_GROUP,
    .flags = cluster_flags,
    .validate = validate,
    .change = change,
};
