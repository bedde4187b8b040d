#include <ctype.h>
#include <string.h>

#include "controller/action/command.h"
#include "controller/action/manifest.h"

struct kc_target kc_target_of(const struct kc_mapping *m, const char *ns, const char *name)
{
    return (struct kc_target){.group = kc_or(m->group, ""),
                              .version = m->version,
                              .kind = m->kind,
                              .resource = m->resource,
                              .ns = m->namespaced ? kc_or(ns, "") : "",
                              .name = name};
}

bool kc_target_equal(const struct kc_target *x, const struct kc_target *y)
{
    return KC_STREQ(x->name, y->name) && KC_STREQ(x->ns, y->ns) && KC_STREQ(x->resource, y->resource) &&
           KC_STREQ(x->kind, y->kind) && KC_STREQ(x->group, y->group) && KC_STREQ(x->version, y->version);
}

const char *kc_target_path(struct kc_arena *a, const struct kc_target *t, const char *subresource)
{
    struct kc_mapping m = {
        .group = t->group, .version = t->version, .kind = t->kind, .resource = t->resource, .namespaced = *t->ns};
    return kc_resource_path(a, &m, t->ns, t->name, subresource);
}

const char *kc_target_show(struct kc_arena *a, const struct kc_target *t)
{
    const char *ns = kc_or(t->ns, ""), *name = kc_or(t->name, "");
    char *s = kc_arena_printf(a, "%s%s%s%s%s", t->kind, *ns ? "/" : "", ns, *name ? "/" : "", name);
    for (char *p = s; *p && *p != '/'; p++)
        *p = (char)tolower((unsigned char)*p);
    return s;
}

static const char *flag_at(const struct kc_action *act, size_t i)
{
    return act->flags ? act->flags[i] : NULL;
}

const char *kc_action_flag(const struct kc_action *act, const char *name)
{
    for (size_t i = 0; act->flags && act->verb->flags && act->verb->flags[i].name; i++)
        if (KC_STREQ(act->verb->flags[i].name, name))
            return act->flags[i];
    return NULL;
}

int64_t kc_action_int(const struct kc_action *act, const char *name, int64_t dflt)
{
    const char *value = kc_action_flag(act, name);
    int64_t n;
    return value && kc_parse_int(value, INT64_MIN, INT64_MAX, &n) ? n : dflt;
}

bool kc_verb_typeless(const struct kc_verb *verb)
{
    return !verb->type && (verb->shape == KC_SHAPE_NONE || verb->shape == KC_SHAPE_RIGHT);
}

struct kc_strs kc_action_list(struct kc_arena *a, const struct kc_action *act, const char *name, bool commas)
{
    const char *all = kc_action_flag(act, name), *separators = commas ? KC_LIST_SEPARATOR "," : KC_LIST_SEPARATOR;
    struct kc_strs out = {0};
    size_t most = 1;
    if (!all)
        return out;
    for (const char *p = all; *p; p++)
        most += strchr(separators, *p) != NULL;
    out.v = kc_arena_array(a, most, sizeof *out.v);
    for (const char *p = all;; p++) {
        size_t len = strcspn(p, separators);
        out.v[out.n++] = kc_arena_strndup(a, p, len);
        p += len;
        if (!*p)
            return out;
    }
}

bool kc_verb_may_create(const struct kc_verb *verb)
{
    return verb->deed == KC_DEED_CREATE || (verb->deed == KC_DEED_UPDATE && verb->accepts_absent);
}

enum kc_effect kc_action_effect(const struct kc_action *act)
{
    return act->verb->effect_of ? act->verb->effect_of(act) : act->verb->effect;
}

struct kc_target kc_action_object(const struct kc_action *act)
{
    return act->verb->object ? act->verb->object(act) : act->target;
}

const char *kc_action_show(struct kc_arena *a, const struct kc_action *act)
{
    const struct kc_target object = kc_action_object(act);
    return kc_target_show(a, &object);
}

static bool same(const char *x, const char *y)
{
    return x && y ? KC_STREQ(x, y) : x == y;
}

static bool same_selection(const struct kc_selection *x, const struct kc_selection *y)
{
    return x && y ? same(x->labels, y->labels) && same(x->fields, y->fields) && x->all == y->all &&
                        x->everywhere == y->everywhere
                  : x == y;
}

bool kc_action_equal(const struct kc_action *x, const struct kc_action *y)
{
    if (x->verb != y->verb || x->operands.n != y->operands.n || !kc_target_equal(&x->target, &y->target) ||
        !same_selection(x->selection, y->selection))
        return false;
    for (size_t i = 0, n = kc_flags_count(x->verb); i < n; i++)
        if (!same(flag_at(x, i), flag_at(y, i)))
            return false;
    for (size_t i = 0; i < x->operands.n; i++)
        if (!KC_STREQ(x->operands.v[i], y->operands.v[i]))
            return false;
    return same(x->input, y->input);
}

static bool take_flag(struct kc_arena *a, const struct kc_verb *verb, const char *name, const char *value,
                      const char **flags, struct kc_err *err)
{
    for (size_t i = 0; verb->flags && verb->flags[i].name; i++)
        if (KC_STREQ(verb->flags[i].name, name)) {
            flags[i] = kc_arena_strdup(a, value);
            return true;
        }
    return kc_fail(err, KC_INVALID, "BadAction", "kubectl %s has no flag --%.64s", verb->name, name);
}

static bool make(struct kc_arena *a, const char *verb, const struct kc_target *target, const char *input,
                 const struct kc_flag_value *flags, size_t n_flags, const char *const *operands, size_t n_operands,
                 struct kc_action *ret, struct kc_err *err)
{
    struct kc_action act = {.verb = kc_verb_find(verb), .target = *target, .input = input};
    if (!act.verb)
        return kc_fail(err, KC_INVALID, "BadAction", "\"%.64s\" is no verb that this version knows", verb);
    const char **values = kc_arena_array(a, kc_flags_count(act.verb) + 1, sizeof *values);
    for (size_t i = 0; i < n_flags; i++)
        if (!take_flag(a, act.verb, flags[i].name, flags[i].value, values, err))
            return false;
    act.flags = values;
    act.operands = (struct kc_strs){.v = kc_arena_array(a, n_operands + 1, sizeof *act.operands.v), .n = n_operands};
    for (size_t i = 0; i < n_operands; i++)
        act.operands.v[i] = kc_arena_strdup(a, operands[i]);
    if (!kc_action_check(a, &act, err))
        return false;
    *ret = act;
    return true;
}

bool kc_action_make(struct kc_arena *a, const char *verb, const struct kc_target *target,
                    const struct kc_flag_value *flags, size_t n_flags, const char *const *operands, size_t n_operands,
                    struct kc_action *ret, struct kc_err *err)
{
    return make(a, verb, target, NULL, flags, n_flags, operands, n_operands, ret, err);
}

bool kc_action_make_of(struct kc_arena *a, const char *verb, const struct kc_target *target, const json_t *object,
                       const struct kc_flag_value *flags, size_t n_flags, struct kc_action *ret, struct kc_err *err)
{
    return make(a, verb, target, kc_manifest_input(a, object, target->ns), flags, n_flags, NULL, 0, ret, err);
}

/* The members of "target" in JSON, all strings. */
static const struct {
    const char *name;
    size_t offset;
    bool may_be_empty;
} target_fields[] = {
    {"group", offsetof(struct kc_target, group), true},  {"version", offsetof(struct kc_target, version), false},
    {"kind", offsetof(struct kc_target, kind), false},   {"resource", offsetof(struct kc_target, resource), false},
    {"namespace", offsetof(struct kc_target, ns), true}, {"name", offsetof(struct kc_target, name), true},
};
#define TARGET_FIELDS (sizeof target_fields / sizeof *target_fields)

static json_t *encode_target(const struct kc_target *t)
{
    json_t *out = json_object();
    for (size_t i = 0; i < TARGET_FIELDS; i++) {
        const char *value = *(const char *const *)(const void *)((const char *)t + target_fields[i].offset);
        json_object_set_new(out, target_fields[i].name, json_string_nocheck(kc_or(value, "")));
    }
    return out;
}

static bool decode_target(struct kc_arena *a, const json_t *v, bool may_be_none, struct kc_target *ret,
                          struct kc_err *err)
{
    if (json_object_size(v) != TARGET_FIELDS)
        return kc_fail(err, KC_INVALID, "BadAction", "target: expected an object with %zu members", TARGET_FIELDS);
    for (size_t i = 0; i < TARGET_FIELDS; i++) {
        const char *value = kc_json_str(v, target_fields[i].name);
        if (!value || (!*value && !target_fields[i].may_be_empty && !may_be_none))
            return kc_fail(err, KC_INVALID, "BadAction", "target.%s: missing or not a string", target_fields[i].name);
        *(const char **)(void *)((char *)ret + target_fields[i].offset) = kc_arena_strdup(a, value);
    }
    return true;
}

/* A list's values are a list. */
static json_t *encode_value(const struct kc_flag *f, const char *value)
{
    if (f->kind != KC_FLAG_LIST)
        return json_string_nocheck(value);
    json_t *list = json_array();
    for (const char *p = value;; p++) {
        size_t len = strcspn(p, KC_LIST_SEPARATOR);
        json_array_append_new(list, json_stringn_nocheck(p, len));
        p += len;
        if (!*p)
            return list;
    }
}

json_t *kc_action_encode(const struct kc_action *act)
{
    json_t *out = json_object(), *flags = json_object(), *operands = json_array();
    for (size_t i = 0; act->flags && act->verb->flags && act->verb->flags[i].name; i++)
        if (act->flags[i])
            json_object_set_new(flags, act->verb->flags[i].name, encode_value(&act->verb->flags[i], act->flags[i]));
    for (size_t i = 0; i < act->operands.n; i++)
        json_array_append_new(operands, json_string_nocheck(act->operands.v[i]));
    json_object_set_new(out, "verb", json_string(act->verb->name));
    json_object_set_new(out, "target", encode_target(&act->target));
    json_object_set_new(out, "flags", flags);
    json_object_set_new(out, "operands", operands);
    json_object_set_new(out, "chosen", json_string_nocheck(kc_or(act->chosen, "")));
    if (act->input)
        json_object_set_new(out, "input", json_string_nocheck(act->input));
    return out;
}

/* A string without NUL. */
static const char *text_of(const json_t *v)
{
    const char *s = json_string_value(v);
    return s && strlen(s) == json_string_length(v) ? s : NULL;
}

static bool decode_value(struct kc_arena *a, const struct kc_flag *f, const json_t *v, const char **ret,
                         struct kc_err *err)
{
    KC_BUF_SCOPE joined = {0};
    size_t n = f->kind == KC_FLAG_LIST ? json_array_size(v) : 1;
    for (size_t i = 0; i < n; i++) {
        const char *s = text_of(f->kind == KC_FLAG_LIST ? json_array_get(v, i) : v);
        size_t at;
        if (!s || kc_text_deceptive(s, strlen(s), &at))
            return kc_fail(err, KC_INVALID, "BadAction", "flags: --%s: not a text that can be typed", f->name);
        kc_buf_printf(&joined, "%s%s", i ? KC_LIST_SEPARATOR : "", s);
    }
    if (!n)
        return kc_fail(err, KC_INVALID, "BadAction", "flags: --%s: expected a list with values", f->name);
    *ret = kc_arena_strdup(a, kc_buf_str(&joined));
    return true;
}

static bool decode_flags(struct kc_arena *a, const json_t *v, struct kc_action *act, struct kc_err *err)
{
    size_t n = kc_flags_count(act->verb), found = 0;
    const char **flags = kc_arena_array(a, n + 1, sizeof *flags);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(v, act->verb->flags[i].name);
        if (value && !decode_value(a, &act->verb->flags[i], value, &flags[i], err))
            return false;
        found += value != NULL;
    }
    if (!json_is_object(v) || found != json_object_size(v))
        return kc_fail(err, KC_INVALID, "BadAction", "flags: expected those of kubectl %s and no others",
                       act->verb->name);
    act->flags = flags;
    return true;
}

static bool decode_operands(struct kc_arena *a, const json_t *v, struct kc_action *act, struct kc_err *err)
{
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n > KC_MAX_OPERANDS)
        return kc_fail(err, KC_INVALID, "BadAction", "operands: expected a list of at most %d", KC_MAX_OPERANDS);
    act->operands = (struct kc_strs){.v = kc_arena_array(a, n + 1, sizeof *act->operands.v), .n = n};
    for (size_t i = 0; i < n; i++) {
        const char *s = text_of(json_array_get(v, i));
        if (!s)
            return kc_fail(err, KC_INVALID, "BadAction", "operands[%zu]: not a text", i);
        act->operands.v[i] = kc_arena_strdup(a, s);
    }
    return true;
}

bool kc_action_decode(struct kc_arena *a, const json_t *v, struct kc_action *ret, struct kc_err *err)
{
    const char *verb = kc_json_str(v, "verb"), *chosen = kc_json_str(v, "chosen");
    struct kc_action act = {.verb = verb ? kc_verb_find(verb) : NULL};
    if (!act.verb || !KC_STREQ(act.verb->name, verb))
        return kc_fail(err, KC_INVALID, "BadAction", "action: verb: \"%.64s\" is not one that this version knows",
                       kc_or(verb, ""));
    act.input = kc_arena_strdup(a, kc_json_str(v, "input"));
    if (json_object_size(v) != (act.input ? 6 : 5) || !chosen)
        return kc_fail(err, KC_INVALID, "BadAction",
                       "action: expected an object with verb, target, flags, operands and chosen");
    act.chosen = kc_arena_strdup(a, chosen);
    if (!decode_target(a, json_object_get(v, "target"), kc_verb_typeless(act.verb), &act.target, err) ||
        !decode_flags(a, json_object_get(v, "flags"), &act, err) ||
        !decode_operands(a, json_object_get(v, "operands"), &act, err) || !kc_action_check(a, &act, err))
        return kc_wrap(err, "action");
    *ret = act;
    return true;
}
