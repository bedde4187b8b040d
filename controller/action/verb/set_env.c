/* kubectl set env: KEY=VALUE and KEY- in the containers that -c names, as one strategic merge patch. */
#include <ctype.h>
#include <string.h>

#include "controller/action/object_verb.h"
#include "controller/action/pod_template.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "containers", .letter = 'c', .kind = KC_FLAG_STRING, .dflt = "*"},
    {.name = NULL},
};

/* apimachinery's IsEnvVarName. */
static bool name_valid(const char *s)
{
    if (!*s || isdigit((unsigned char)*s) || KC_STREQ(s, ".") || kc_str_starts(s, ".."))
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr("-._", *s))
            return false;
    return true;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    for (size_t i = 0; i < act->operands.n; i++) {
        struct kc_pair p = kc_pair_of(a, act->operands.v[i]);
        if (!name_valid(p.key))
            return kc_fail(err, KC_INVALID, "BadOperand",
                           "%.64s: \"%.64s\" is no variable's name: letters, digits, -, _ and ., no digit first",
                           act->operands.v[i], p.key);
        for (size_t j = 0; j < i; j++)
            if (KC_STREQ(kc_pair_of(a, act->operands.v[j]).key, p.key))
                return kc_fail(err, KC_INVALID, "BadOperand", "%.64s is named twice: what should it be?", p.key);
    }
    return true;
}

static const char *pattern_of(const struct kc_action *act)
{
    return kc_or(kc_action_flag(act, "containers"), "*");
}

static size_t find(const json_t *env, const char *key)
{
    size_t i = 0;
    while (i < json_array_size(env) && !KC_STREQ(kc_or(kc_json_str(json_array_get(env, i), "name"), ""), key))
        i++;
    return i;
}

static void put(json_t *container, const struct kc_pair *p)
{
    json_t *env = json_object_get(container, "env");
    if (!env) {
        json_object_set_new(container, "env", json_array());
        env = json_object_get(container, "env");
    }
    size_t at = find(env, p->key);
    json_t *item = json_array_get(env, at);
    if (!item) {
        item = json_object();
        json_object_set_new(item, "name", json_string(p->key));
        json_array_append_new(env, item);
    }
    json_object_del(item, "valueFrom");
    json_object_del(item, "value");
    if (*p->value) /* Kubernetes leaves an empty one out */
        json_object_set_new(item, "value", json_string(p->value));
}

static void take_away(json_t *container, const struct kc_pair *p)
{
    json_t *env = json_object_get(container, "env");
    json_array_remove(env, find(env, p->key));
    if (!json_array_size(env))
        json_object_del(container, "env");
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *after = json_deep_copy(kc_seen_object(seen));
    struct kc_containers c = kc_containers_of(a, &act->target, after, pattern_of(act));
    if (!c.n)
        return kc_no_such_container(a, &act->target, after, pattern_of(act), err);
    for (size_t i = 0; i < c.n; i++)
        for (size_t j = 0; j < act->operands.n; j++) {
            struct kc_pair p = kc_pair_of(a, act->operands.v[j]);
            if (p.value)
                put(c.v[i].v, &p);
            else
                take_away(c.v[i].v, &p);
        }
    return kc_patch_difference(a, act, seen, after, ret, err);
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_containers c = kc_containers_of(a, &act->target, kc_seen_object(seen), pattern_of(act));
    struct kc_set_list list = {0};
    for (size_t i = 0; i < c.n; i++)
        for (size_t j = 0; j < act->operands.n; j++) {
            struct kc_pair p = kc_pair_of(a, act->operands.v[j]);
            kc_set_add(a, &list, kc_arena_printf(a, "%s.env[name=%s].value", c.v[i].path, p.key), kc_or(p.value, ""));
        }
    *ret = list.v;
    return list.n;
}

/* What the variable is in each of the containers: KEY=VALUE, KEY-; NULL when no command can say it for all of them. */
static const char *before(struct kc_arena *a, const struct kc_containers *c, const char *key)
{
    const char *common = NULL;
    for (size_t i = 0; i < c->n; i++) {
        const json_t *env = json_object_get(c->v[i].v, "env"), *item = json_array_get(env, find(env, key));
        if (json_object_get(item, "valueFrom"))
            return NULL;
        const char *was = item ? kc_arena_printf(a, "%s=%s", key, kc_or(kc_json_str(item, "value"), ""))
                               : kc_arena_printf(a, "%s-", key);
        if (common && !KC_STREQ(common, was))
            return NULL;
        common = was;
    }
    return common;
}

static enum kc_reversible undo(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    struct kc_containers c = kc_containers_of(a, &act->target, kc_seen_object(seen), pattern_of(act));
    const struct kc_flag_value which = {"containers", pattern_of(act)};
    struct kc_strs back = {.v = kc_arena_array(a, act->operands.n + 1, sizeof *back.v)};
    for (size_t i = 0; i < act->operands.n; i++) {
        const char *was = before(a, &c, kc_pair_of(a, act->operands.v[i]).key);
        if (was)
            back.v[back.n++] = was;
    }
    if (!back.n || kc_undo_with(a, act, "set env", &which, 1, &back, ret) == KC_IRREVERSIBLE)
        return KC_IRREVERSIBLE;
    return back.n == act->operands.n ? KC_REVERSIBLE : KC_PARTIAL;
}

const struct kc_verb kc_verb_set_env = {
    .name = "set env",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_TARGETS,
    .selects = KC_SELECTS_LABELS | KC_SELECTS_ALL,
    .applies = kc_has_pod_spec,
    .participle = "given variables",
    .flags = flags,
    .operands = "KEY=VALUE or KEY-",
    .validate = validate,
    .look = kc_look_at_target,
    .change = change,
    .rbac_verb = "patch",
    .sets = sets,
    .undo = undo,
    .rolls_out = true,
};
