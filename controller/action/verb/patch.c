/* kubectl patch: a patch of the author's own, of one of three types. Its text is JSON (kubectl takes YAML too), is
 * shown and recorded with the command, and so never holds a Secret's values. */
#include <string.h>

#include "controller/action/object_verb.h"
#include "controller/action/verbs.h"

#define MAX_PATCH 4096

enum { FLAG_TYPE, FLAG_PATCH, FLAG_SUBRESOURCE };

static const struct kc_flag flags[] = {
    [FLAG_TYPE] = {.name = "type", .kind = KC_FLAG_STRING, .dflt = "strategic", .one_of = "|strategic|merge|json|"},
    [FLAG_PATCH] = {.name = "patch", .letter = 'p', .kind = KC_FLAG_STRING, .required = true},
    [FLAG_SUBRESOURCE] = {.name = "subresource", .kind = KC_FLAG_STRING, .one_of = "|resize|scale|status|"},
    {.name = NULL},
};

static const struct type {
    const char *name, *content_type;
    bool list;
} types[] = {
    {"strategic", KC_STRATEGIC_PATCH, false},
    {"merge", KC_MERGE_PATCH, false},
    {"json", KC_JSON_PATCH, true},
};

static const struct type *type_of(const struct kc_action *act)
{
    const char *name = kc_or(kc_action_flag(act, "type"), "strategic");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (KC_STREQ(types[i].name, name))
            return &types[i];
    return &types[0];
}

static json_t *read_patch(const struct kc_action *act, struct kc_err *err)
{
    const char *text = kc_or(kc_action_flag(act, "patch"), "");
    json_t *patch = kc_json_parse(text, strlen(text), MAX_PATCH, "--patch", err);
    if (patch && json_is_array(patch) == type_of(act)->list)
        return patch;
    if (patch)
        kc_fail(err, KC_INVALID, "BadFlag", "--patch: a patch of --type=%s is %s", type_of(act)->name,
                type_of(act)->list ? "a JSON list of operations" : "a JSON object");
    json_decref(patch);
    return NULL;
}

static bool of_secret(const struct kc_action *act)
{
    return KC_STREQ(act->target.resource, "secrets") && !*act->target.group;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    KC_JSON_SCOPE *patch = read_patch(act, err);
    if (!patch)
        return false;
    if (of_secret(act))
        return kc_fail(
            err, KC_INVALID, "SecretValue",
            "secret %.64s: a patch stands in the request and in the audit log for all to read; change it with "
            "kubectl itself",
            act->target.name);
    /* The precondition is ours to send. */
    if (kc_json_at(patch, "metadata.resourceVersion") || kc_json_at(patch, "metadata.uid"))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--patch: metadata.resourceVersion and uid are sent as a precondition by themselves: leave them "
                       "out");
    return true;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    json_t *patch = read_patch(act, err);
    (void)seen;
    if (!patch)
        return false;
    *ret = kc_patch_target(a, act, type_of(act)->content_type, patch);
    ret->path = kc_target_path(a, &act->target, kc_action_flag(act, "subresource"));
    return true;
}

/* What the patch is answered with. */
static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    *ret = (struct kc_api_request){.method = "GET",
                                   .path = kc_target_path(a, &act->target, kc_action_flag(act, "subresource"))};
    return so_far->n == 0;
}

/* The scalars of an object patch outside of lists; $patch and the like are directives. */
static void collect(struct kc_arena *a, const char *path, const json_t *v, struct kc_set_list *list)
{
    json_t *object = (json_t *)(uintptr_t)v, *member;
    const char *key;
    json_object_foreach(object, key, member)
    {
        const char *at = kc_path_member(a, path, key);
        if (*key == '$')
            continue;
        if (json_is_object(member))
            collect(a, at, member, list);
        else if (!json_is_array(member))
            kc_set_add(a, list, at, kc_scalar_show(a, member));
    }
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    struct kc_err err = {0};
    KC_JSON_SCOPE *patch = read_patch(act, &err);
    (void)seen;
    collect(a, "", patch, &list);
    *ret = list.v;
    return list.n;
}

const struct kc_verb kc_verb_patch = {
    .name = "patch",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .participle = "patched",
    .flags = flags,
    .validate = validate,
    .look = look,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .rolls_out = true,
};
