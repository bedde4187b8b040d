#include "controller/action/action.h"

#include <ctype.h>
#include <string.h>

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
    char *s = *kc_or(t->ns, "") ? kc_arena_printf(a, "%s/%s/%s", t->kind, t->ns, t->name)
                                : kc_arena_printf(a, "%s/%s", t->kind, t->name);
    for (char *p = s; *p && *p != '/'; p++)
        *p = (char)tolower((unsigned char)*p);
    return s;
}

bool kc_action_equal(const struct kc_action *x, const struct kc_action *y)
{
    if (x->verb != y->verb || !kc_target_equal(&x->target, &y->target))
        return false;
    KC_JSON_SCOPE *px = x->verb->encode(x), *py = y->verb->encode(y);
    return json_equal(px, py);
}

/* The members of "target" in JSON, all strings. */
static const struct {
    const char *name;
    size_t offset;
    bool may_be_empty;
} target_fields[] = {
    {"group", offsetof(struct kc_target, group), true},  {"version", offsetof(struct kc_target, version), false},
    {"kind", offsetof(struct kc_target, kind), false},   {"resource", offsetof(struct kc_target, resource), false},
    {"namespace", offsetof(struct kc_target, ns), true}, {"name", offsetof(struct kc_target, name), false},
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

static bool decode_target(struct kc_arena *a, const json_t *v, struct kc_target *ret, struct kc_err *err)
{
    if (json_object_size(v) != TARGET_FIELDS)
        return kc_fail(err, KC_INVALID, "BadAction", "target: expected an object with %zu members", TARGET_FIELDS);
    for (size_t i = 0; i < TARGET_FIELDS; i++) {
        const char *value = kc_json_str(v, target_fields[i].name);
        if (!value || (!*value && !target_fields[i].may_be_empty))
            return kc_fail(err, KC_INVALID, "BadAction", "target.%s: missing or not a string", target_fields[i].name);
        *(const char **)(void *)((char *)ret + target_fields[i].offset) = kc_arena_strdup(a, value);
    }
    return true;
}

json_t *kc_action_encode(const struct kc_action *act)
{
    json_t *out = json_object();
    json_object_set_new(out, "verb", json_string(act->verb->name));
    json_object_set_new(out, "target", encode_target(&act->target));
    json_object_set_new(out, "params", act->verb->encode(act));
    return out;
}

bool kc_action_decode(struct kc_arena *a, const json_t *v, struct kc_action *ret, struct kc_err *err)
{
    const char *verb = kc_json_str(v, "verb");
    struct kc_action act = {.verb = verb ? kc_verb_find(verb) : NULL};
    if (json_object_size(v) != 3)
        return kc_fail(err, KC_INVALID, "BadAction", "action: expected an object with verb, target and params");
    if (!act.verb)
        return kc_fail(err, KC_INVALID, "BadAction", "action: verb: \"%s\" is not one that this version knows",
                       kc_or(verb, ""));
    if (!decode_target(a, json_object_get(v, "target"), &act.target, err) ||
        !act.verb->decode(json_object_get(v, "params"), &act, err))
        return kc_wrap(err, "action");
    *ret = act;
    return true;
}
