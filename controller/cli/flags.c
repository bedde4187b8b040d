#include "controller/cli/flags.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/base/clock.h"
#include "controller/base/yaml.h"

#define MAX_FILE (64 << 10)

static void append(struct kc_arena *a, struct kc_strs *list, const char *value)
{
    const char **v = kc_arena_array(a, list->n + 1, sizeof *v);

    if (list->n)
        memcpy(v, list->v, list->n * sizeof *v);
    v[list->n] = value;
    list->v = v;
    list->n++;
}

static bool set(struct kc_arena *a, const struct kc_opt *o, const char *value, struct kc_err *err)
{
    switch (o->kind) {
    case KC_OPT_STRING:
    case KC_OPT_CONFIG:
        *(const char **)o->to = value;
        return true;
    case KC_OPT_BOOL:
        *(bool *)o->to = KC_STREQ(value, "true");
        return KC_STREQ(value, "true") || KC_STREQ(value, "false") ||
               kc_fail(err, KC_INVALID, "BadFlag", "--%s: \"%s\" is neither true nor false", o->name, value);
    case KC_OPT_INT:
        return kc_parse_int(value, 0, INT32_MAX, o->to) ||
               kc_fail(err, KC_INVALID, "BadFlag", "--%s: \"%s\" is not a number of 0 or more", o->name, value);
    case KC_OPT_DURATION:
        return kc_duration_parse(value, o->to, NULL) ||
               kc_fail(err, KC_INVALID, "BadFlag", "--%s: \"%s\" is not a duration like 15s or 1m30s", o->name, value);
    case KC_OPT_REPEAT:
        append(a, o->to, value);
        return true;
    case KC_OPT_LIST:
        while (*value) {
            size_t len = strcspn(value, ",");
            if (len)
                append(a, o->to, kc_arena_strndup(a, value, len));
            value += len + (value[len] == ',');
        }
        return true;
    }
    return false;
}

static bool is_list(const struct kc_opt *o)
{
    return o->kind == KC_OPT_LIST || o->kind == KC_OPT_REPEAT;
}

static void clear(const struct kc_opt *o)
{
    if (is_list(o))
        *(struct kc_strs *)o->to = (struct kc_strs){0};
}

static const struct kc_opt *by_name(const struct kc_opt *opts, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(opts[i].name) == len && strncmp(opts[i].name, name, len) == 0)
            return &opts[i];
    return NULL;
}

static const struct kc_opt *by_letter(const struct kc_opt *opts, size_t n, char letter)
{
    for (size_t i = 0; i < n; i++)
        if (opts[i].letter == letter)
            return &opts[i];
    return NULL;
}

/* The name that is meant, perhaps; NULL: none is near. */
static const char *nearest(const struct kc_opt *opts, size_t n, const char *name)
{
    const char *near = NULL;
    size_t best = 3;

    for (size_t i = 0; i < n; i++) {
        size_t d = kc_edit_distance(name, opts[i].name, best);
        if (d < best) {
            best = d;
            near = opts[i].name;
        }
    }
    return near;
}

/* Never the value: it may be a secret that belongs to another command. */
static bool unknown(const struct kc_opt *opts, size_t n, const char *arg, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);

    if (arg[1] != '-')
        return kc_fail(err, KC_INVALID, "UnknownFlag", "unknown flag: -%c; --help lists the flags", arg[1]);
    const char *name = kc_arena_strndup(a, arg + 2, strcspn(arg + 2, "="));
    const char *near = nearest(opts, n, name);
    if (near)
        return kc_fail(err, KC_INVALID, "UnknownFlag", "unknown flag: --%s; did you mean --%s?", name, near);
    return kc_fail(err, KC_INVALID, "UnknownFlag", "unknown flag: --%s; --help lists the flags", name);
}

static bool from_environment(struct kc_arena *a, const struct kc_opt *opts, size_t n, struct kc_err *err)
{
    for (size_t i = 0; i < n; i++) {
        char *name = kc_arena_printf(a, "KUBECHAT_%s", opts[i].name);
        for (char *p = name; *p; p++)
            *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
        const char *value = opts[i].env ? getenv(name) : NULL;
        if (!value || !*value)
            continue;
        clear(&opts[i]);
        if (!set(a, &opts[i], value, err))
            return kc_wrap(err, "%s", name);
    }
    return true;
}

static const char *text_of(struct kc_arena *a, const json_t *scalar)
{
    if (json_is_string(scalar))
        return kc_arena_strdup(a, json_string_value(scalar));
    if (json_is_integer(scalar))
        return kc_arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(scalar));
    return json_is_true(scalar) ? "true" : "false";
}

static bool set_list(struct kc_arena *a, const struct kc_opt *o, const json_t *v, struct kc_err *err)
{
    size_t i;
    const json_t *item;

    clear(o);
    json_array_foreach(v, i, item)
    {
        if (!json_is_string(item))
            return kc_fail(err, KC_INVALID, "BadFlag", "item %zu: it takes a text; put it in quotes", i + 1);
        append(a, o->to, text_of(a, item));
    }
    return true;
}

/* One value as YAML has it: quoted where the flag takes a text, bare where it takes a number or a boolean. */
static bool set_typed(struct kc_arena *a, const struct kc_opt *o, const json_t *v, struct kc_err *err)
{
    static const struct {
        json_type type;
        const char *takes;
    } kinds[] = {
        [KC_OPT_STRING] = {JSON_STRING, "a text; put it in quotes"},
        [KC_OPT_BOOL] = {JSON_TRUE, "true or false, without quotes"},
        [KC_OPT_INT] = {JSON_INTEGER, "a whole number, without quotes"},
        [KC_OPT_DURATION] = {JSON_STRING, "a duration like 15s"},
        [KC_OPT_LIST] = {JSON_ARRAY, "a list of texts"},
        [KC_OPT_REPEAT] = {JSON_ARRAY, "a list of texts"},
    };
    if ((json_is_false(v) ? JSON_TRUE : json_typeof(v)) != kinds[o->kind].type)
        return kc_fail(err, KC_INVALID, "BadFlag", "it takes %s", kinds[o->kind].takes);
    return is_list(o) ? set_list(a, o, v, err) : set(a, o, text_of(a, v), err);
}

static bool set_key(struct kc_arena *a, const struct kc_opt *opts, size_t n, const char *key, const json_t *value,
                    struct kc_err *err)
{
    const struct kc_opt *o = by_name(opts, n, key, strlen(key));
    const char *near = nearest(opts, n, key);

    if (o && o->env && o->kind != KC_OPT_CONFIG)
        return set_typed(a, o, value, err) || kc_wrap(err, "%s", key);
    if (o)
        return kc_fail(err, KC_INVALID, "BadFlag", "%s: say it on the command line, a file cannot", key);
    if (near)
        return kc_fail(err, KC_INVALID, "UnknownFlag", "unknown key \"%s\"; did you mean \"%s\"?", key, near);
    return kc_fail(err, KC_INVALID, "UnknownFlag", "unknown key \"%s\"; the keys are the flags that --help lists", key);
}

static bool from_file(struct kc_arena *a, const char *path, const struct kc_opt *opts, size_t n, struct kc_err *err)
{
    KC_JSON_SCOPE *documents = kc_yaml_read_file(path, MAX_FILE, err);
    const char *key;
    json_t *value;

    if (!documents)
        return false;
    if (json_array_size(documents) > 1 ||
        (json_array_size(documents) == 1 && !json_is_object(json_array_get(documents, 0))))
        return kc_fail(err, KC_INVALID, "BadFile", "%s: it takes one mapping of flag names to values, like workers: 8",
                       path);
    json_object_foreach(json_array_get(documents, 0), key, value)
    {
        if (!set_key(a, opts, n, key, value, err))
            return kc_wrap(err, "%s", path);
    }
    return true;
}

static const char *config_path(const struct kc_opt *opts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (opts[i].kind == KC_OPT_CONFIG)
            return *(const char **)opts[i].to;
    return NULL;
}

struct reader {
    struct kc_arena *a;
    const struct kc_opt *opts;
    size_t n;
    bool *given; /* which of opts the command line has named so far */
    int argc, i;
    char **argv;
};

/* The first one on the command line takes the place of what the environment said; further ones are added to a list. */
static bool give(struct reader *r, const struct kc_opt *o, const char *value, struct kc_err *err)
{
    bool *given = &r->given[o - r->opts];

    if (!*given)
        clear(o);
    *given = true;
    return set(r->a, o, value, err);
}

/* The flag at argv[i]; moves i over a separate value. */
static bool take(struct reader *r, struct kc_err *err)
{
    const char *arg = r->argv[r->i], *value = NULL;
    const struct kc_opt *o;

    if (arg[1] == '-') {
        size_t len = strcspn(arg + 2, "=");
        o = by_name(r->opts, r->n, arg + 2, len);
        value = arg[2 + len] == '=' ? arg + 3 + len : NULL;
    } else {
        o = by_letter(r->opts, r->n, arg[1]);
        value = arg[2] ? arg + 2 + (arg[2] == '=') : NULL;
    }
    if (!o)
        return unknown(r->opts, r->n, arg, err);
    if (!value && o->kind == KC_OPT_BOOL)
        value = "true";
    if (!value && ++r->i < r->argc)
        value = r->argv[r->i];
    if (!value)
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s needs a value", o->name);
    return give(r, o, value, err);
}

static bool from_command_line(struct kc_arena *a, int argc, char **argv, const struct kc_opt *opts, size_t n,
                              struct kc_strs *args, struct kc_err *err)
{
    struct reader r = {.a = a, .opts = opts, .n = n, .argc = argc, .argv = argv};
    bool flags_over = false;

    r.given = kc_arena_array(a, n, sizeof *r.given);
    *args = (struct kc_strs){0};
    for (r.i = 1; r.i < argc; r.i++) {
        const char *arg = argv[r.i];
        if (!flags_over && KC_STREQ(arg, "--"))
            flags_over = true;
        else if (flags_over || arg[0] != '-' || !arg[1])
            append(a, args, arg);
        else if (!take(&r, err))
            return false;
    }
    return true;
}

/* Environment and command line are read twice when they name a file: first to learn which, then to win over it. */
bool kc_flags_parse(struct kc_arena *a, int argc, char **argv, const struct kc_opt *opts, size_t n,
                    struct kc_strs *args, struct kc_err *err)
{
    const char *path;

    if (!from_environment(a, opts, n, err) || !from_command_line(a, argc, argv, opts, n, args, err))
        return false;
    path = config_path(opts, n);
    return !path || (from_file(a, path, opts, n, err) && from_environment(a, opts, n, err) &&
                     from_command_line(a, argc, argv, opts, n, args, err));
}

void kc_flags_help(const struct kc_opt *opts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char left[80];
        snprintf(left, sizeof left, "%c%c%c --%s %s", opts[i].letter ? '-' : ' ', opts[i].letter ? opts[i].letter : ' ',
                 opts[i].letter ? ',' : ' ', opts[i].name, opts[i].value ? opts[i].value : "");
        printf("  %-34s %s\n", left, opts[i].help);
    }
}
