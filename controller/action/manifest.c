#include "controller/action/manifest.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "controller/action/command.h"
#include "controller/base/yaml.h"

#define WHAT "manifest"

/* What a manifest may not say, with the reason. */
static const struct {
    const char *path, *why;
} refused[] = {
    {"metadata.generateName", "a name that is made up when it is too late to look at: give it a metadata.name"},
    {"metadata.managedFields", "the server's to write: leave it out"},
    {"metadata.resourceVersion", "the version just read is sent as a precondition by itself: leave it out"},
    {"metadata.uid", "the object's uid is sent as a precondition by itself: leave it out"},
};

/* Go's JSON writes 1.0 as 1, and no object holds a NUL character that anyone meant. */
static json_t *normalised(const json_t *v)
{
    const char *name;
    json_t *value, *out, *inner;
    size_t i;

    if (json_is_string(v))
        return strlen(json_string_value(v)) == json_string_length(v) ? json_copy((json_t *)(uintptr_t)v) : NULL;
    if (json_is_real(v)) {
        double d = json_real_value(v);
        return fabs(d) <= (double)KC_JSON_INT_MAX && d == (double)(json_int_t)d ? json_integer((json_int_t)d)
                                                                                : json_real(d);
    }
    if (!json_is_object(v) && !json_is_array(v))
        return json_copy((json_t *)(uintptr_t)v);
    out = json_is_object(v) ? json_object() : json_array();
    json_array_foreach(v, i, value)
    {
        if ((inner = normalised(value)) == NULL || json_array_append_new(out, inner) != 0)
            return json_decref(out), NULL;
    }
    json_object_foreach((json_t *)(uintptr_t)v, name, value)
    {
        if ((inner = normalised(value)) == NULL || json_object_set_new(out, name, inner) != 0)
            return json_decref(out), NULL;
    }
    return out;
}

static bool kind_valid(const char *kind)
{
    for (const char *p = kind; *p; p++)
        if (!isalnum((unsigned char)*p))
            return false;
    return *kind && strlen(kind) <= 63;
}

/* "apps/v1", "v1" */
static bool split_version(struct kc_arena *a, const char *api_version, struct kc_manifest_object *ret)
{
    const char *slash = strchr(api_version, '/');
    ret->group = slash ? kc_arena_strndup(a, api_version, (size_t)(slash - api_version)) : "";
    ret->version = slash ? slash + 1 : api_version;
    return kc_dns_label_valid(ret->version) && (!slash || kc_dns_subdomain_valid(ret->group));
}

static bool says_what_it_is(struct kc_arena *a, struct kc_manifest_object *o, struct kc_err *err)
{
    const char *version = kc_json_str(o->object, "apiVersion"), *kind = kc_json_str(o->object, "kind");
    if (!version || !split_version(a, version, o))
        return kc_fail(err, KC_INVALID, "BadManifest", "apiVersion: %s%.64s%s: expected one such as apps/v1",
                       version ? "\"" : "", kc_or(version, "missing"), version ? "\"" : "");
    if (!kind || !kind_valid(kind))
        return kc_fail(err, KC_INVALID, "BadManifest", "kind: %s%.64s%s: expected one such as Deployment",
                       kind ? "\"" : "", kc_or(kind, "missing"), kind ? "\"" : "");
    o->kind = kind;
    return true;
}

static bool identified(struct kc_arena *a, struct kc_manifest_object *o, struct kc_err *err)
{
    const json_t *ns = kc_json_at(o->object, "metadata.namespace");
    if (!json_is_object(o->object))
        return kc_fail(err, KC_INVALID, "BadManifest", "expected an object: apiVersion, kind, metadata, ...");
    if (!says_what_it_is(a, o, err))
        return false;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (!json_is_null(kc_json_at(o->object, refused[i].path)) && kc_json_at(o->object, refused[i].path))
            return kc_fail(err, KC_INVALID, "BadManifest", "%s %.64s: %s: %s", o->kind,
                           kc_or(kc_json_str(o->object, "metadata.name"), ""), refused[i].path, refused[i].why);
    o->name = kc_json_str(o->object, "metadata.name");
    o->ns = kc_or(json_string_value(ns), "");
    if (!o->name && kc_json_at(o->object, "metadata.name"))
        return kc_fail(err, KC_INVALID, "BadManifest", "%s: metadata.name: not a string: put it in quotes", o->kind);
    if (!o->name || !kc_object_name_valid(o->name) || strchr(o->name, ','))
        return kc_fail(err, KC_INVALID, "BadManifest", "%s: metadata.name: %s%.64s%s: every object is named", o->kind,
                       o->name ? "\"" : "", kc_or(o->name, "missing"), o->name ? "\"" : "");
    if (ns && !json_is_null(ns) && !kc_dns_label_valid(o->ns))
        return kc_fail(err, KC_INVALID, "BadManifest", "%s %s: metadata.namespace: \"%.64s\" is not a namespace's name",
                       o->kind, o->name, o->ns);
    if (KC_STREQ(o->kind, "Secret") && !*o->group)
        return kc_fail(err, KC_INVALID, "SecretValue",
                       "Secret %s: a manifest stands in the request and in the audit log for all to read; make or "
                       "change it with kubectl itself",
                       o->name);
    return true;
}

/* A List is its items, as kubectl's builder flattens it. */
static const json_t *items_of(const json_t *document)
{
    const json_t *items = json_object_get(document, "items");
    return json_is_array(items) && kc_str_ends(kc_or(kc_json_str(document, "kind"), ""), "List") ? items : NULL;
}

static bool add(struct kc_arena *a, const json_t *object, struct kc_manifest *m, struct kc_err *err)
{
    const json_t *items = items_of(object);
    size_t n = items ? json_array_size(items) : 1;
    if (m->n + n > KC_MAX_STEPS)
        return kc_fail(err, KC_INVALID, "BadManifest", "more than %d objects: that many are planned at once",
                       KC_MAX_STEPS);
    for (size_t i = 0; i < n; i++) {
        struct kc_manifest_object *o = &m->v[m->n];
        json_t *clean = normalised(items ? json_array_get(items, i) : object);
        if (!clean)
            return kc_fail(err, KC_INVALID, "BadManifest", "a string with a NUL character");
        kc_arena_defer(a, (void (*)(void *))json_decref, clean);
        o->object = clean;
        if (!identified(a, o, err))
            return items ? kc_wrap(err, "items[%zu]", i) : false;
        m->n++;
    }
    return true;
}

bool kc_manifest_read(struct kc_arena *a, const char *text, struct kc_manifest *ret, struct kc_err *err)
{
    struct kc_manifest m = {.v = kc_arena_array(a, KC_MAX_STEPS, sizeof *m.v)};
    KC_JSON_SCOPE *documents = kc_yaml_parse(text, strlen(text), KC_COMMAND_MAX, WHAT, err);
    if (!documents)
        return false;
    for (size_t i = 0; i < json_array_size(documents); i++)
        if (!add(a, json_array_get(documents, i), &m, err))
            return json_array_size(documents) > 1 ? kc_wrap(err, WHAT ": document %zu", i + 1) : kc_wrap(err, WHAT);
    if (!m.n)
        return kc_fail(err, KC_INVALID, "BadManifest", WHAT ": no object is in it");
    *ret = m;
    return true;
}

/* "v1, v1beta1"; nothing when the group has no such kind. */
static void list_versions(const struct kc_restmap *m, const struct kc_manifest_object *o, struct kc_buf *out)
{
    for (size_t i = 0; i < m->n; i++)
        if (KC_STREQ(m->v[i].kind, o->kind) && KC_STREQ(kc_or(m->v[i].group, ""), o->group))
            kc_buf_printf(out, "%s%s%s%s", out->len ? ", " : "", o->group, *o->group ? "/" : "", m->v[i].version);
}

/* The kind in other groups. */
static void list_groups(const struct kc_restmap *m, const struct kc_manifest_object *o, struct kc_buf *out)
{
    for (size_t i = 0; i < m->n; i++)
        if (KC_STREQ(m->v[i].kind, o->kind) && m->v[i].preferred)
            kc_buf_printf(out, "%s%s%s%s", out->len ? ", " : "", kc_or(m->v[i].group, ""),
                          *kc_or(m->v[i].group, "") ? "/" : "", m->v[i].version);
}

bool kc_manifest_mapping(const struct kc_restmap *m, const struct kc_manifest_object *o, const struct kc_mapping **ret,
                         struct kc_err *err)
{
    KC_BUF_SCOPE others = {0};
    for (size_t i = 0; i < m->n; i++)
        if (KC_STREQ(m->v[i].kind, o->kind) && KC_STREQ(m->v[i].version, o->version) &&
            KC_STREQ(kc_or(m->v[i].group, ""), o->group)) {
            *ret = &m->v[i];
            return true;
        }
    list_versions(m, o, &others);
    if (!others.len)
        list_groups(m, o, &others);
    return kc_fail(err, KC_INVALID, "UnknownType", "%s %s: the server has no %s in apiVersion %s%s%s%s%s", o->kind,
                   o->name, o->kind, o->group, *o->group ? "/" : "", o->version, others.len ? "; it has it in " : "",
                   kc_buf_str(&others));
}

static const char *compact(struct kc_arena *a, const json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    const char *out = kc_arena_strdup(a, kc_or(text, ""));
    free(text);
    return out;
}

const char *kc_manifest_input(struct kc_arena *a, const json_t *object, const char *ns)
{
    KC_JSON_SCOPE *copy = json_copy((json_t *)(uintptr_t)object);
    KC_JSON_SCOPE *meta = json_copy(json_object_get(object, "metadata"));
    if (*ns && meta) {
        json_object_set_new(meta, "namespace", json_string(ns));
        json_object_set(copy, "metadata", meta);
    }
    return compact(a, copy);
}

const json_t *kc_action_object_of(struct kc_arena *a, const struct kc_action *act)
{
    struct kc_err err = {0};
    return act->input ? kc_json_parse_in(a, act->input, strlen(act->input), KC_ACTION_INPUT_MAX, WHAT, &err) : NULL;
}

bool kc_manifest_check(struct kc_arena *a, const struct kc_action *act, struct kc_err *err)
{
    const struct kc_target *t = &act->target;
    struct kc_manifest_object o = {.group = "", .version = "", .kind = "", .ns = "", .name = ""};
    if (act->verb->input != KC_INPUT_OBJECT)
        return !act->input ||
               kc_fail(err, KC_INVALID, "BadAction", "kubectl %s: input: it takes no object", act->verb->name);
    if (!act->input)
        return kc_fail(err, KC_INVALID, "BadAction", "kubectl %s: input: the object is missing", act->verb->name);
    o.object = kc_json_parse_in(a, act->input, strlen(act->input), KC_ACTION_INPUT_MAX, "input", err);
    if (!o.object || !identified(a, &o, err))
        return kc_wrap(err, "kubectl %s", act->verb->name);
    KC_JSON_SCOPE *clean = normalised(o.object);
    if (!clean || !KC_STREQ(kc_manifest_input(a, clean, t->ns), act->input))
        return kc_fail(err, KC_INVALID, "BadAction", "kubectl %s: input: not in its canonical form", act->verb->name);
    return (KC_STREQ(o.group, t->group) && KC_STREQ(o.version, t->version) && KC_STREQ(o.kind, t->kind) &&
            KC_STREQ(o.ns, t->ns) && KC_STREQ(o.name, t->name)) ||
           kc_fail(err, KC_INVALID, "BadAction", "kubectl %s: input: another object than %s", act->verb->name,
                   kc_target_show(a, t));
}
