/* The types and names of a command, looked up: one action for each. */
#include <string.h>

#include "controller/action/command.h"

#define MAX_TYPES_LISTED 12

/* One target as it was typed. */
struct typed {
    const char *type, *name;
};

/* What an object of any kind may be called in a path (apimachinery's IsValidPathSegmentName), printable. */
static bool name_valid(const char *s)
{
    size_t len = strlen(s);
    if (!len || len > 253 || KC_STREQ(s, ".") || KC_STREQ(s, ".."))
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7F || *s == '/' || *s == '%')
            return false;
    return true;
}

static bool checked(const struct kc_command *c, const struct typed *t, struct kc_err *err)
{
    if (strchr(t->type, ','))
        return kc_fail(err, KC_INVALID, "BadTarget", "%.64s: one type at a time: write each target as TYPE/NAME",
                       t->type);
    if (KC_STREQ(t->type, "all"))
        return kc_fail(err, KC_INVALID, "BadTarget", "all: objects are named one by one: write TYPE/NAME");
    if (!name_valid(t->type))
        return kc_fail(err, KC_INVALID, "BadTarget", "\"%.64s\" is not a type", t->type);
    if (strchr(t->name, ','))
        return kc_fail(err, KC_INVALID, "BadTarget", "%.64s: names are separated by spaces", t->name);
    if (!name_valid(t->name))
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s %.64s: \"%.64s\" is not an object's name",
                       c->verb->name, t->type, t->name);
    return true;
}

/* TYPE/NAME ... or TYPE NAME ..., never mixed. */
static bool split_targets(struct kc_arena *a, const struct kc_command *c, struct typed **ret, size_t *ret_n,
                          struct kc_err *err)
{
    const struct kc_strs *w = &c->words;
    bool joined = w->n && strchr(w->v[0], '/') != NULL;
    size_t first = joined ? 0 : 1, n = w->n > first ? w->n - first : 0;
    if (!n)
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s: the object is missing: write TYPE/NAME%s%.64s",
                       c->verb->name, w->n ? ", not only " : "", w->n ? w->v[0] : "");
    if (n > KC_MAX_STEPS)
        return kc_fail(err, KC_INVALID, "BadTarget",
                       "kubectl %s: %zu objects in one command, at most %d are planned at once", c->verb->name, n,
                       KC_MAX_STEPS);
    struct typed *v = kc_arena_array(a, n, sizeof *v);
    for (size_t i = 0; i < n; i++) {
        const char *word = w->v[first + i], *slash = strchr(word, '/');
        if ((slash != NULL) != joined)
            return kc_fail(err, KC_INVALID, "BadTarget",
                           "%.64s: write every target as TYPE/NAME, or one TYPE and then names", word);
        v[i] = joined ? (struct typed){kc_arena_strndup(a, word, (size_t)(slash - word)), slash + 1}
                      : (struct typed){w->v[0], word};
        if (!checked(c, &v[i], err))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return true;
}

static bool unknown_type(const struct kc_restmap *m, const char *type, struct kc_err *err)
{
    for (size_t i = 0; i < m->n; i++)
        if (kc_edit_distance(type, m->v[i].resource, 2) <= 2 ||
            kc_edit_distance(type, kc_or(m->v[i].singular, m->v[i].kind), 2) <= 2)
            return kc_fail(err, KC_INVALID, "UnknownType", "the server has no type \"%.64s\"; did you mean %s?", type,
                           m->v[i].resource);
    return kc_fail(err, KC_INVALID, "UnknownType", "the server has no type \"%.64s\"", type);
}

static bool wrong_type(const struct kc_verb *verb, const struct kc_restmap *m, const struct kc_mapping *type,
                       struct kc_err *err)
{
    KC_BUF_SCOPE can = {0};
    size_t n = 0;
    for (size_t i = 0; i < m->n && n < MAX_TYPES_LISTED; i++)
        if (m->v[i].preferred && verb->applies(&m->v[i]))
            kc_buf_printf(&can, "%s%s", n++ ? ", " : "", m->v[i].resource);
    return kc_fail(err, KC_INVALID, "TypeNotApplicable", "%s cannot be %s; what can: %s", type->resource,
                   verb->participle, kc_or(kc_buf_str(&can), "nothing that this server has"));
}

static bool resolve(const struct kc_command *c, const struct kc_kubectl_context *x, const struct typed *t,
                    struct kc_action *act, struct kc_err *err)
{
    const struct kc_mapping *m = kc_restmap_find(x->restmap, t->type);
    const char *ns = kc_or(c->ns, x->default_namespace);
    if (!m)
        return unknown_type(x->restmap, t->type, err);
    if (!c->verb->applies(m))
        return wrong_type(c->verb, x->restmap, m, err);
    if (m->namespaced && !*kc_or(ns, ""))
        return kc_fail(err, KC_INVALID, "MissingFlag", "%s/%s: say in which namespace: --namespace=NAME", t->type,
                       t->name);
    if (!m->namespaced && c->ns)
        return kc_fail(err, KC_INVALID, "BadFlag", "--namespace=%s: %s are in no namespace: leave it out", c->ns,
                       m->resource);
    act->target = kc_target_of(m, ns, t->name);
    return true;
}

static bool named_before(const struct kc_action *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (kc_target_equal(&v[i].target, &v[n].target))
            return true;
    return false;
}

bool kc_kubectl_parse(struct kc_arena *a, const char *command, const struct kc_kubectl_context *c,
                      struct kc_actions *ret, struct kc_err *err)
{
    struct kc_command cmd;
    struct kc_action first = {0};
    struct typed *targets = NULL;
    size_t n = 0;
    if (!kc_command_read(a, command, &cmd, err) || !split_targets(a, &cmd, &targets, &n, err))
        return false;
    first.verb = cmd.verb;
    struct kc_action *v = kc_arena_array(a, n, sizeof *v);
    for (size_t i = 0; i < n; i++) {
        v[i] = first;
        if (!resolve(&cmd, c, &targets[i], &v[i], err) || !cmd.verb->parse(a, &cmd.args, &v[i], err))
            return false;
        if (named_before(v, i))
            return kc_fail(err, KC_INVALID, "BadTarget", "%s is named twice", kc_target_show(a, &v[i].target));
    }
    *ret = (struct kc_actions){.v = v, .n = n};
    return true;
}

bool kc_kubectl_check(struct kc_arena *a, const char *command, struct kc_err *err)
{
    struct kc_command cmd;
    struct kc_action act = {0};
    struct typed *targets = NULL;
    size_t n = 0;
    if (!kc_command_read(a, command, &cmd, err) || !split_targets(a, &cmd, &targets, &n, err))
        return false;
    act.verb = cmd.verb;
    return cmd.verb->parse(a, &cmd.args, &act, err);
}
