/* kubectl create namespace, serviceaccount and configmap (of --from-literal values). */
#include <ctype.h>
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

static const struct kc_flag literals[] = {
    {.name = "from-literal", .kind = KC_FLAG_LIST},
    {.name = NULL},
};

static bool name_valid(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    bool label = act->verb == &kc_verb_create_namespace, empty = !*act->target.name;
    if (empty || (label ? kc_dns_label_valid(act->target.name) : kc_dns_subdomain_valid(act->target.name)))
        return true;
    return kc_fail(err, KC_INVALID, "BadTarget",
                   "\"%.64s\" is not a name for a new %s: lower-case letters, digits%s and -", act->target.name,
                   act->target.kind, label ? "" : ", .");
}

static bool key_valid(const char *key)
{
    if (!*key || strlen(key) > 253 || KC_STREQ(key, ".") || kc_str_starts(key, ".."))
        return false;
    for (; *key; key++)
        if (!isalnum((unsigned char)*key) && !strchr("-._", *key))
            return false;
    return true;
}

/* KEY=VALUE of each --from-literal into data. */
static bool read_literals(struct kc_arena *a, const struct kc_action *act, json_t *data, struct kc_err *err)
{
    const char *all = kc_action_flag(act, "from-literal");
    for (const char *p = all; p; p = strstr(p, KC_LIST_SEPARATOR) ? strstr(p, KC_LIST_SEPARATOR) + 1 : NULL) {
        const char *one = kc_arena_strndup(a, p, strcspn(p, KC_LIST_SEPARATOR)), *equals = strchr(one, '=');
        const char *key = kc_arena_strndup(a, one, equals ? (size_t)(equals - one) : 0);
        if (!equals || !key_valid(key))
            return kc_fail(err, KC_INVALID, "BadFlag",
                           "--from-literal=%.64s: expected KEY=VALUE, the key of letters, digits, -, _ and .", one);
        if (json_object_get(data, key))
            return kc_fail(err, KC_INVALID, "BadFlag", "--from-literal: %.64s is given twice: which value is meant?",
                           key);
        json_object_set_new(data, key, json_string(equals + 1));
    }
    return true;
}

static bool validate_configmap(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    KC_JSON_SCOPE *data = json_object();
    return name_valid(a, act, err) && read_literals(a, act, data, err);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    json_t *body = json_object(), *data = json_object();
    bool ok = act->verb != &kc_verb_create_configmap || read_literals(a, act, data, err);
    (void)seen;
    if (json_object_size(data))
        json_object_set(body, "data", data);
    json_decref(data);
    if (ok)
        *ret = kc_create_object(a, act, KC_STRICT, body);
    else
        json_decref(body);
    return ok;
}

const struct kc_verb kc_verb_create_namespace = {
    .name = "create namespace",
    .aliases = "|create ns|",
    .deed = KC_DEED_CREATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_NEW,
    .type = "namespaces",
    .participle = "created",
    .validate = name_valid,
    .change = change,
    .rbac_verb = "create",
    .undo = kc_undo_create,
};

const struct kc_verb kc_verb_create_serviceaccount = {
    .name = "create serviceaccount",
    .aliases = "|create sa|",
    .deed = KC_DEED_CREATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_NEW,
    .type = "serviceaccounts",
    .participle = "created",
    .validate = name_valid,
    .change = change,
    .rbac_verb = "create",
    .undo = kc_undo_create,
};

const struct kc_verb kc_verb_create_configmap = {
    .name = "create configmap",
    .aliases = "|create cm|",
    .deed = KC_DEED_CREATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_NEW,
    .type = "configmaps",
    .participle = "created",
    .flags = literals,
    .validate = validate_configmap,
    .change = change,
    .rbac_verb = "create",
    .undo = kc_undo_create,
};
