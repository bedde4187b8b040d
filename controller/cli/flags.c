#include "controller/cli/flags.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

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
        *(const char **)o->to = value;
        return true;
    case KC_OPT_BOOL:
        *(bool *)o->to = KC_STREQ(value, "true");
        return KC_STREQ(value, "true") || KC_STREQ(value, "false") ||
               kc_fail(err, KC_INVALID, "BadFlag", "--%s: \"%s\" is neither true nor false", o->name, value);
    case KC_OPT_INT:
        return kc_parse_int(value, 0, INT32_MAX, o->to) ||
               kc_fail(err, KC_INVALID, "BadFlag", "--%s: \"%s\" is not a number of 0 or more", o->name, value);
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

/* Never the value: it may be a secret that belongs to another command. */
static bool unknown(const struct kc_opt *opts, size_t n, const char *arg, struct kc_err *err)
{
    const char *near = NULL;
    size_t best = 3;
    KC_ARENA_SCOPE(a);

    if (arg[1] != '-')
        return kc_fail(err, KC_INVALID, "UnknownFlag", "unknown flag: -%c; --help lists the flags", arg[1]);
    const char *name = kc_arena_strndup(a, arg + 2, strcspn(arg + 2, "="));
    for (size_t i = 0; i < n; i++) {
        size_t d = kc_edit_distance(name, opts[i].name, best);
        if (d < best) {
            best = d;
            near = opts[i].name;
        }
    }
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
        if (value && *value && !set(a, &opts[i], value, err))
            return kc_wrap(err, "%s", name);
    }
    return true;
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

    if (!*given && (o->kind == KC_OPT_LIST || o->kind == KC_OPT_REPEAT))
        *(struct kc_strs *)o->to = (struct kc_strs){0};
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

bool kc_flags_parse(struct kc_arena *a, int argc, char **argv, const struct kc_opt *opts, size_t n,
                    struct kc_strs *args, struct kc_err *err)
{
    struct reader r = {.a = a, .opts = opts, .n = n, .argc = argc, .argv = argv};
    bool flags_over = false;

    r.given = kc_arena_array(a, n, sizeof *r.given);
    if (!from_environment(a, opts, n, err))
        return false;
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

void kc_flags_help(const struct kc_opt *opts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char left[80];
        snprintf(left, sizeof left, "%c%c%c --%s %s", opts[i].letter ? '-' : ' ', opts[i].letter ? opts[i].letter : ' ',
                 opts[i].letter ? ',' : ' ', opts[i].name, opts[i].value ? opts[i].value : "");
        printf("  %-34s %s\n", left, opts[i].help);
    }
}
