/* kubectl taint: KEY[=VALUE]:EFFECT and KEY[:EFFECT]- on nodes. kubectl sends the whole list, the new ones first. */
#include <string.h>

#include "controller/action/object_verb.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "overwrite", .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

static bool applies(const struct kc_mapping *m)
{
    return KC_STREQ(m->kind, "Node") && !*kc_or(m->group, "");
}

struct taint {
    const char *key, *value, *effect; /* value and effect "": none */
    bool gone;
};

static struct taint taint_of(struct kc_arena *a, const char *operand)
{
    size_t len = strlen(operand);
    struct taint t = {.value = "", .effect = "", .gone = len && operand[len - 1] == '-'};
    char *text = kc_arena_strndup(a, operand, t.gone ? len - 1 : len), *colon = strrchr(text, ':'), *equals;
    if (colon) {
        t.effect = colon + 1;
        *colon = '\0';
    }
    equals = strchr(text, '=');
    if (equals) {
        t.value = equals + 1;
        *equals = '\0';
    }
    t.key = text;
    return t;
}

static bool effect_valid(const char *s)
{
    return KC_STREQ(s, "NoSchedule") || KC_STREQ(s, "PreferNoSchedule") || KC_STREQ(s, "NoExecute");
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    for (size_t i = 0; i < act->operands.n; i++) {
        struct taint t = taint_of(a, act->operands.v[i]);
        if (!*t.key || (t.gone ? *t.effect && !effect_valid(t.effect) : !effect_valid(t.effect)) ||
            (t.gone && *t.value))
            return kc_fail(err, KC_INVALID, "BadOperand",
                           "%.64s: expected KEY=VALUE:EFFECT, or KEY:EFFECT- to remove it; effects: NoSchedule, "
                           "PreferNoSchedule, NoExecute",
                           act->operands.v[i]);
        for (size_t j = 0; j < i; j++) {
            struct taint other = taint_of(a, act->operands.v[j]);
            if (KC_STREQ(other.key, t.key) && (KC_STREQ(other.effect, t.effect) || !*t.effect || !*other.effect))
                return kc_fail(err, KC_INVALID, "BadOperand", "taint %.64s is named twice: what should it be?", t.key);
        }
    }
    return true;
}

/* Pods that do not tolerate it are evicted at once. */
static enum kc_effect effect_of(const struct kc_action *act)
{
    for (size_t i = 0; i < act->operands.n; i++)
        if (strstr(act->operands.v[i], ":NoExecute") && !kc_str_ends(act->operands.v[i], "-"))
            return KC_DESTRUCTIVE;
    return KC_MUTATING;
}

static bool fits(const struct taint *t, const json_t *item)
{
    return KC_STREQ(kc_or(kc_json_str(item, "key"), ""), t->key) &&
           (!*t->effect || KC_STREQ(kc_or(kc_json_str(item, "effect"), ""), t->effect));
}

static const json_t *find(const json_t *taints, const struct taint *t)
{
    for (size_t i = 0; i < json_array_size(taints); i++)
        if (fits(t, json_array_get(taints, i)))
            return json_array_get(taints, i);
    return NULL;
}

static const json_t *taints_of(const struct kc_looked *seen)
{
    return kc_json_at(kc_seen_object(seen), "spec.taints");
}

static bool check(const struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < act->operands.n; i++) {
        struct taint t = taint_of(a, act->operands.v[i]);
        const json_t *now = find(taints_of(seen), &t);
        if (t.gone && !now)
            return kc_fail(err, KC_INVALID, "NothingToChange", "node %s has no taint %.64s", act->target.name,
                           act->operands.v[i]);
        if (!t.gone && now && !kc_action_flag(act, "overwrite"))
            return kc_fail(err, KC_INVALID, "WouldOverwrite",
                           "node %s already has %s=%.64s:%s: add --overwrite to change it", act->target.name, t.key,
                           kc_or(kc_json_str(now, "value"), ""), t.effect);
    }
    return true;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    json_t *list = json_array();
    const json_t *old = taints_of(seen);
    struct taint *t = kc_arena_array(a, act->operands.n, sizeof *t);
    (void)err;
    for (size_t i = 0; i < act->operands.n; i++) {
        t[i] = taint_of(a, act->operands.v[i]);
        if (t[i].gone)
            continue;
        json_t *item = json_pack("{s:s, s:s}", "key", t[i].key, "effect", t[i].effect);
        if (*t[i].value)
            json_object_set_new(item, "value", json_string(t[i].value));
        json_array_append_new(list, item);
    }
    for (size_t i = 0; i < json_array_size(old); i++) {
        bool stays = true;
        for (size_t j = 0; j < act->operands.n; j++)
            stays = stays && !fits(&t[j], json_array_get(old, i));
        if (stays)
            json_array_append(list, json_array_get(old, i));
    }
    if (!json_array_size(list)) {
        json_decref(list);
        list = json_null();
    }
    *ret = kc_patch_target(a, act, KC_STRATEGIC_PATCH, json_pack("{s:{s:o}}", "spec", "taints", list));
    ret->query = KC_STRICT;
    return true;
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};
    (void)seen;
    for (size_t i = 0; i < act->operands.n; i++) {
        struct taint t = taint_of(a, act->operands.v[i]);
        if (!*t.effect)
            continue;
        const char *path = kc_arena_printf(a, "spec.taints[key=%s,effect=%s]", t.key, t.effect);
        kc_set_add(a, &list, kc_arena_printf(a, "%s.effect", path), t.gone ? "" : t.effect);
        kc_set_add(a, &list, kc_arena_printf(a, "%s.value", path), t.gone ? "" : t.value);
    }
    *ret = list.v;
    return list.n;
}

static const char *as_operand(struct kc_arena *a, const json_t *item)
{
    const char *value = kc_or(kc_json_str(item, "value"), "");
    return kc_arena_printf(a, "%s%s%s:%s", kc_or(kc_json_str(item, "key"), ""), *value ? "=" : "", value,
                           kc_or(kc_json_str(item, "effect"), ""));
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    static const struct kc_flag_value overwrite = {"overwrite", "true"};
    const json_t *old = taints_of(seen);
    struct kc_strs back = {.v = kc_arena_array(a, act->operands.n + json_array_size(old) + 1, sizeof *back.v)};
    for (size_t i = 0; i < act->operands.n; i++) {
        struct taint t = taint_of(a, act->operands.v[i]);
        if (!t.gone && !find(old, &t))
            back.v[back.n++] = kc_arena_printf(a, "%s:%s-", t.key, t.effect);
        for (size_t j = 0; j < json_array_size(old); j++)
            if (fits(&t, json_array_get(old, j)))
                back.v[back.n++] = as_operand(a, json_array_get(old, j));
    }
    return kc_undo_with(a, act, "taint", &overwrite, 1, &back, ret);
}

const struct kc_verb kc_verb_taint = {
    .name = "taint",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .effect_of = effect_of,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_ALL,
    .name_apart = true,
    .applies = applies,
    .participle = "tainted",
    .flags = flags,
    .operands = "KEY=VALUE:EFFECT or KEY:EFFECT-",
    .operand_marks = "=:",
    .validate = validate,
    .look = kc_look_at_target,
    .check = check,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
};
