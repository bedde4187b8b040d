/* kubectl set selector: the labels by which a Service finds its pods, all of them. */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

static bool applies(const struct kc_mapping *m)
{
    return KC_STREQ(m->kind, "Service") && !*kc_or(m->group, "");
}

/* LABEL=VALUE,LABEL=VALUE; NULL with INVALID. */
static json_t *labels_of(struct kc_arena *a, const struct kc_action *act, struct kc_err *err)
{
    json_t *labels = json_object();
    for (const char *p = act->operands.v[0];; p++) {
        const char *one = kc_arena_strndup(a, p, strcspn(p, ",")), *value = "", *key = kc_split_pair(a, one, &value);
        if (!key || key[strcspn(key, "!() ")] || value[strcspn(value, "=!() ")]) {
            json_decref(labels);
            kc_fail(err, KC_INVALID, "BadOperand", "%.64s: expected LABEL=VALUE, with commas between",
                    act->operands.v[0]);
            return NULL;
        }
        json_object_set_new(labels, key, json_string(value));
        p += strlen(one);
        if (!*p)
            return labels;
    }
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    KC_JSON_SCOPE *labels = labels_of(a, act, err);
    return labels != NULL;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *after = json_deep_copy(kc_seen_object(seen));
    json_t *labels = labels_of(a, act, err);
    if (!labels)
        return false;
    json_object_set_new(kc_json_at(after, "spec"), "selector", labels);
    return kc_patch_difference(a, act, seen, after, ret, err);
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    struct kc_err err = {0};
    KC_JSON_SCOPE *labels = labels_of(a, act, &err);
    json_t *value;
    const char *key;
    (void)seen;
    json_object_foreach(labels, key, value)
        kc_set_add(a, &list, kc_path_member(a, "spec.selector", key), kc_scalar_show(a, value));
    *ret = list.v;
    return list.n;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    KC_BUF_SCOPE was = {0};
    json_t *value;
    const char *key;
    json_object_foreach(kc_json_at(kc_seen_object(seen), "spec.selector"), key, value)
        kc_buf_printf(&was, "%s%s=%s", was.len ? "," : "", key, kc_or(json_string_value(value), ""));
    const char *operand = kc_arena_strdup(a, kc_buf_str(&was));
    return kc_undo_with(a, act, "set selector", NULL, 0, &(struct kc_strs){&operand, 1}, ret);
}

const struct kc_verb kc_verb_set_selector = {
    .name = "set selector",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .applies = applies,
    .participle = "given a selector",
    .operands = "LABEL=VALUE",
    .last_operands = 1,
    .validate = validate,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
};
