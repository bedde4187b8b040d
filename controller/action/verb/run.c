/* kubectl run NAME --image=IMAGE [-- ARGUMENT...]: one pod. What needs somebody at a terminal (-i, -t, --attach, --rm)
 * is left to kubectl itself. */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "image", .kind = KC_FLAG_STRING, .required = true},
    {.name = "image-pull-policy", .kind = KC_FLAG_STRING, .one_of = "|Always|IfNotPresent|Never|"},
    {.name = "port", .kind = KC_FLAG_INT, .min = 1, .max = 65535},
    {.name = "env", .kind = KC_FLAG_LIST},
    {.name = "labels", .letter = 'l', .kind = KC_FLAG_STRING},
    {.name = "annotations", .kind = KC_FLAG_LIST},
    {.name = "restart", .kind = KC_FLAG_STRING, .dflt = "Always", .one_of = "|Always|OnFailure|Never|"},
    {.name = "command", .kind = KC_FLAG_BOOL},
    {.name = "privileged", .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

/* What "KEY=VALUE,KEY=VALUE" or a list of KEY=VALUE comes to; NULL with INVALID. */
static json_t *pairs_of(struct kc_arena *a, const struct kc_action *act, const char *flag, bool commas,
                        struct kc_err *err)
{
    json_t *out = json_object();
    struct kc_strs all = kc_action_list(a, act, flag, commas);
    for (size_t i = 0; i < all.n; i++) {
        const char *value, *key = kc_split_pair(a, all.v[i], &value);
        if (!key || (commas && strchr(value, '='))) {
            json_decref(out);
            kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.64s: expected KEY=VALUE", flag, all.v[i]);
            return NULL;
        }
        json_object_set_new(out, key, json_string(value));
    }
    return out;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    struct kc_strs env = kc_action_list(a, act, "env", false);
    for (size_t i = 0; i < env.n; i++) {
        const char *value, *key = kc_split_pair(a, env.v[i], &value);
        if (!key || !kc_variable_valid(key))
            return kc_fail(err, KC_INVALID, "BadFlag", "--env=%.64s: expected VARIABLE=VALUE", env.v[i]);
    }
    if (kc_action_flag(act, "command") && !act->operands.n)
        return kc_fail(err, KC_INVALID, "BadFlag", "--command: the command is missing: write it behind --");
    KC_JSON_SCOPE *labels = pairs_of(a, act, "labels", true, err);
    KC_JSON_SCOPE *annotations = labels ? pairs_of(a, act, "annotations", false, err) : NULL;
    return annotations && kc_image_check(act, err) && kc_new_name(act, err);
}

static json_t *container_of(struct kc_arena *a, const struct kc_action *act)
{
    const char *policy = kc_action_flag(act, "image-pull-policy");
    struct kc_strs env = kc_action_list(a, act, "env", false);
    json_t *container = kc_new_container(act->target.name, kc_action_flag(act, "image"), act,
                                         kc_action_flag(act, "command") ? "command" : "args");
    json_t *variables = json_array();
    for (size_t i = 0; i < env.n; i++) {
        const char *value = "", *key = kc_split_pair(a, env.v[i], &value);
        json_t *variable = json_pack("{s:s}", "name", kc_or(key, ""));
        if (*value) /* as Go leaves out what is empty */
            json_object_set_new(variable, "value", json_string(value));
        json_array_append_new(variables, variable);
    }
    if (env.n)
        json_object_set(container, "env", variables);
    json_decref(variables);
    if (policy)
        json_object_set_new(container, "imagePullPolicy", json_string(policy));
    if (kc_action_flag(act, "port"))
        json_object_set_new(container, "ports",
                            json_pack("[{s:I}]", "containerPort", (json_int_t)kc_action_int(act, "port", 0)));
    if (kc_action_flag(act, "privileged"))
        json_object_set_new(container, "securityContext", json_pack("{s:b}", "privileged", 1));
    return container;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *labels = pairs_of(a, act, "labels", true, err);
    KC_JSON_SCOPE *annotations = labels ? pairs_of(a, act, "annotations", false, err) : NULL;
    (void)seen;
    if (!annotations)
        return false;
    if (!json_object_size(labels))
        json_object_set_new(labels, "run", json_string(act->target.name));
    json_t *meta = json_pack("{s:O}", "labels", labels);
    if (json_object_size(annotations))
        json_object_set(meta, "annotations", annotations);
    json_t *spec = json_pack("{s:[o], s:s, s:s}", "containers", container_of(a, act), "dnsPolicy", "ClusterFirst",
                             "restartPolicy", kc_or(kc_action_flag(act, "restart"), "Always"));
    *ret = kc_create_object(a, act, KC_FIELD_MANAGER, json_pack("{s:o, s:o}", "metadata", meta, "spec", spec));
    return true;
}

const struct kc_verb kc_verb_run = {
    .name = "run",
    .deed = KC_DEED_CREATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_NEW,
    .type = "pods",
    .participle = "run",
    .flags = flags,
    .operands = "COMMAND",
    .takes_command = KC_MAY_COMMAND,
    .validate = validate,
    .change = change,
    .rbac_verb = "create",
    .undo = kc_undo_run,
};
