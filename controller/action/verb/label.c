/* kubectl label and annotate: KEY=VALUE and KEY- in metadata, as a merge patch. Without --overwrite a key that has
 * another value is refused, as kubectl does. */
#include <string.h>

#include "controller/action/object_verb.h"
#include "controller/action/verbs.h"

#define MAX_LABEL 63

enum { FLAG_OVERWRITE };

static const struct kc_flag flags[] = {
    [FLAG_OVERWRITE] = {.name = "overwrite", .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

static const char *field_of(const struct kc_action *act)
{
    return act->verb == &kc_verb_label ? "labels" : "annotations";
}

static bool name_part_valid(const char *s)
{
    size_t len = strlen(s);
    static const char ends[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return len && len <= MAX_LABEL && !s[strspn(s, inside)] && strchr(ends, s[0]) && strchr(ends, s[len - 1]);
}

/* apimachinery's IsQualifiedName: [prefix/]name. */
static bool key_valid(struct kc_arena *a, const char *key)
{
    const char *slash = strchr(key, '/');
    return slash ? kc_dns_subdomain_valid(kc_arena_strndup(a, key, (size_t)(slash - key))) && name_part_valid(slash + 1)
                 : name_part_valid(key);
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *what = act->verb == &kc_verb_label ? "label" : "annotation";
    for (size_t i = 0; i < act->operands.n; i++) {
        struct kc_pair p = kc_pair_of(a, act->operands.v[i]);
        if (!key_valid(a, p.key))
            return kc_fail(err, KC_INVALID, "BadOperand",
                           "%.64s: \"%.64s\" is no %s's key: [PREFIX/]NAME of letters, digits, -, _ and .",
                           act->operands.v[i], p.key, what);
        if (p.value && *p.value && act->verb == &kc_verb_label && !name_part_valid(p.value))
            return kc_fail(
                err, KC_INVALID, "BadOperand",
                "%.64s: \"%.64s\" is no label's value: at most 63 letters, digits, -, _ and ., with a letter "
                "or digit at both ends",
                act->operands.v[i], p.value);
        for (size_t j = 0; j < i; j++)
            if (KC_STREQ(kc_pair_of(a, act->operands.v[j]).key, p.key))
                return kc_fail(err, KC_INVALID, "BadOperand", "%s %.64s is named twice: what should it be?", what,
                               p.key);
    }
    return true;
}

static const char *value_now(const struct kc_action *act, const struct kc_looked *seen, const char *key)
{
    const json_t *map = json_object_get(kc_json_at(kc_seen_object(seen), "metadata"), field_of(act));
    return json_string_value(json_object_get(map, key));
}

static bool check(const struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < act->operands.n; i++) {
        struct kc_pair p = kc_pair_of(a, act->operands.v[i]);
        const char *now = value_now(act, seen, p.key);
        if (p.value && now && !KC_STREQ(now, p.value) && !(act->flags && act->flags[FLAG_OVERWRITE]))
            return kc_fail(err, KC_INVALID, "WouldOverwrite", "%s already has %s=%.128s: add --overwrite to change it",
                           act->target.name, p.key, now);
    }
    return true;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    json_t *map = json_object();
    for (size_t i = 0; i < act->operands.n; i++) {
        struct kc_pair p = kc_pair_of(a, act->operands.v[i]);
        const char *now = value_now(act, seen, p.key);
        if (p.value ? now && KC_STREQ(now, p.value) : !now)
            continue;
        json_object_set_new(map, p.key, p.value ? json_string(p.value) : json_null());
    }
    if (!json_object_size(map)) {
        json_decref(map);
        return kc_nothing_to_change(act, err);
    }
    *ret = kc_patch_target(a, act, KC_MERGE_PATCH, json_pack("{s:{s:o}}", "metadata", field_of(act), map));
    return true;
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    const char *map = kc_arena_printf(a, "metadata.%s", field_of(act));
    (void)seen;
    for (size_t i = 0; i < act->operands.n; i++) {
        struct kc_pair p = kc_pair_of(a, act->operands.v[i]);
        kc_set_add(a, &list, kc_path_member(a, map, p.key), kc_or(p.value, ""));
    }
    *ret = list.v;
    return list.n;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    static const struct kc_flag_value overwrite = {"overwrite", "true"};
    struct kc_strs back = {.v = kc_arena_array(a, act->operands.n + 1, sizeof *back.v)};
    for (size_t i = 0; i < act->operands.n; i++) {
        struct kc_pair p = kc_pair_of(a, act->operands.v[i]);
        const char *now = value_now(act, seen, p.key);
        if (now && p.value && KC_STREQ(now, p.value))
            continue;
        if (!now && !p.value)
            continue;
        back.v[back.n++] = now ? kc_arena_printf(a, "%s=%s", p.key, now) : kc_arena_printf(a, "%s-", p.key);
    }
    return kc_undo_with(a, act, act->verb->name, &overwrite, 1, &back, ret);
}

const struct kc_verb kc_verb_label = {
    .name = "label",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_FIELDS | KC_SELECTS_ALL | KC_SELECTS_EVERYWHERE,
    .participle = "labelled",
    .flags = flags,
    .operands = "KEY=VALUE or KEY-",
    .validate = validate,
    .look = kc_look_at_target,
    .check = check,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
};

const struct kc_verb kc_verb_annotate = {
    .name = "annotate",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_FIELDS | KC_SELECTS_ALL | KC_SELECTS_EVERYWHERE,
    .participle = "annotated",
    .flags = flags,
    .operands = "KEY=VALUE or KEY-",
    .validate = validate,
    .look = kc_look_at_target,
    .check = check,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
};
