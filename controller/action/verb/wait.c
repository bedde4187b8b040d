/* kubectl wait: a read that is made again until what it waits for has come. Who waits is the reconciler (step.h): no
 * thread is held meanwhile, and a restart goes on where it was. */
#include <string.h>
#include <strings.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/clock.h"
#include "controller/show/jsonpath.h"
#include "controller/show/show.h"

#define OBJECTS "500" /* that are waited for at once */

enum { FOR, TIMEOUT, SELECTOR, FIELD_SELECTOR, ALL, ALL_NAMESPACES };

static const struct kc_flag flags[] = {
    [FOR] = {.name = "for", .kind = KC_FLAG_STRING, .required = true},
    [TIMEOUT] = {.name = "timeout", .kind = KC_FLAG_STRING, .dflt = "30s"},
    [SELECTOR] = {.name = "selector", .letter = 'l', .kind = KC_FLAG_STRING},
    [FIELD_SELECTOR] = {.name = "field-selector", .kind = KC_FLAG_STRING},
    [ALL] = {.name = "all", .kind = KC_FLAG_BOOL},
    [ALL_NAMESPACES] = {.name = "all-namespaces", .letter = 'A', .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

static const char *given(const struct kc_action *act, size_t flag)
{
    return act->flags ? act->flags[flag] : NULL;
}

enum what { WAIT_DELETE, WAIT_CREATE, WAIT_CONDITION, WAIT_JSONPATH };
struct goal {
    enum what what;
    const char *name, *value; /* of the condition; value: "" any of the path */
    const struct kc_jsonpath *path;
};

/* The text up to an = that is no ==; *rest: behind it, NULL when there is none. */
static const char *before_equals(struct kc_arena *a, const char *text, const char **rest)
{
    const char *p = text;

    while (*p && *p != '=')
        p++;
    while (*p == '=' && p[1] == '=')
        for (p += 2; *p && *p != '=';)
            p++;
    *rest = *p ? p + 1 : NULL;
    return kc_arena_strndup(a, text, (size_t)(p - text));
}

/* "{.status.phase}=Running", "{.status.phase}" */
static bool read_path(struct kc_arena *a, const char *text, struct goal *ret, struct kc_err *err)
{
    const char *value, *more = NULL, *path = kc_jsonpath_relaxed(a, before_equals(a, text, &value), err);

    ret->value = "";
    if (!path || !(ret->path = kc_jsonpath_parse(a, path, err)))
        return kc_wrap(err, "--for=jsonpath");
    ret->name = path;
    if (!value)
        return true;
    value += strspn(value, "'\"");
    size_t len = strlen(value);
    while (len && (value[len - 1] == '\'' || value[len - 1] == '"'))
        len--;
    ret->value = kc_arena_strndup(a, value, len);
    (void)before_equals(a, value, &more);
    return (len && !more) ||
           kc_fail(err, KC_INVALID, "BadFlag",
                   "--for=jsonpath: write --for=jsonpath='{.status.readyReplicas}'=3, or without a value for any");
}

static bool read_goal(struct kc_arena *a, const char *text, struct goal *ret, struct kc_err *err)
{
    *ret = (struct goal){.what = WAIT_CONDITION, .name = "", .value = ""};
    if (strcasecmp(text, "delete") == 0 || strcasecmp(text, "create") == 0) {
        ret->what = strcasecmp(text, "delete") == 0 ? WAIT_DELETE : WAIT_CREATE;
        return true;
    }
    if (kc_str_starts(text, "condition=")) {
        const char *equals = strchr(text + 10, '=');
        ret->name = equals ? kc_arena_strndup(a, text + 10, (size_t)(equals - text - 10)) : text + 10;
        ret->value = equals ? equals + 1 : "true";
        return (*ret->name && *ret->value) ||
               kc_fail(err, KC_INVALID, "BadFlag", "--for=%.64s: write condition=NAME, or condition=NAME=VALUE", text);
    }
    ret->what = WAIT_JSONPATH;
    if (kc_str_starts(text, "jsonpath="))
        return read_path(a, text + 9, ret, err);
    return kc_fail(err, KC_INVALID, "BadFlag",
                   "--for=%.64s: expected create, delete, condition=NAME[=VALUE] or jsonpath='{.PATH}'[=VALUE]", text);
}

static struct goal goal_of(struct kc_arena *a, const struct kc_action *act)
{
    struct kc_err ignored = {0};
    struct goal goal;

    (void)!read_goal(a, given(act, FOR), &goal, &ignored); /* validate has seen it */
    return goal;
}

static int64_t patience(const struct kc_action *act)
{
    int64_t ms;

    return kc_duration_parse(kc_or(given(act, TIMEOUT), "30s"), &ms, NULL) ? ms : 0;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char **values = kc_flags_copy(a, act), *timeout = given(act, TIMEOUT);
    struct goal goal;
    int64_t ms;

    if (timeout && KC_STREQ(timeout, "0"))
        timeout = "0s";
    if (timeout && !kc_duration_parse(timeout, &ms, NULL))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--timeout=%.40s: expected a duration: 90s, 5m; 0 looks once (the request's deadline ends every "
                       "wait)",
                       timeout);
    values[TIMEOUT] = timeout;
    act->flags = values;
    if (given(act, ALL) && given(act, SELECTOR))
        return kc_fail(err, KC_INVALID, "BadFlag", "--all and --selector: one or the other");
    if (*act->target.kind && !*act->target.name && !given(act, ALL) && !given(act, SELECTOR) &&
        !given(act, FIELD_SELECTOR))
        return kc_fail(err, KC_INVALID, "BadTarget",
                       "kubectl wait %.64s: which one? Name it, or write --selector or "
                       "--all",
                       act->target.resource);
    if (*act->target.name && (given(act, ALL) || given(act, FIELD_SELECTOR)))
        return kc_fail(err, KC_INVALID, "BadFlag", "--all and --field-selector: %.64s is named already",
                       act->target.name);
    return read_goal(a, given(act, FOR), &goal, err) && kc_read_check_selector(act, err);
}

/* A 404 is an answer: to a wait for the end of something it is the one that is waited for. */
static bool may_be_absent(const struct kc_action *act)
{
    (void)act;
    return true;
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    KC_BUF_SCOPE query = {0};

    if (!*act->target.name) {
        kc_query_add(&query, "limit", OBJECTS);
        kc_query_add(&query, "labelSelector", given(act, SELECTOR));
        kc_query_add(&query, "fieldSelector", given(act, FIELD_SELECTOR));
    }
    *ret = kc_read_request(a, kc_target_path(a, &act->target, NULL), &query, NULL);
    return so_far->n == 0;
}

/* The condition speaks of the object as it is now, not of an older generation. */
static bool is_current(const json_t *object, const json_t *condition)
{
    int64_t generation = kc_json_int(object, "metadata.generation", -1);
    int64_t observed =
        kc_json_int(condition, "observedGeneration", kc_json_int(object, "status.observedGeneration", -1));

    return generation < 0 || observed < 0 || observed >= generation;
}

static bool condition_met(struct kc_arena *a, const struct goal *goal, const json_t *object, const char **ret_missing)
{
    size_t i;
    json_t *c;

    json_array_foreach(kc_json_at(object, "status.conditions"), i, c)
    {
        const char *status = kc_json_str(c, "status"), *reason = kc_or(kc_json_str(c, "reason"), "");
        const char *message = kc_or(kc_json_str(c, "message"), "");
        if (!status || strcasecmp(kc_or(kc_json_str(c, "type"), ""), goal->name) != 0)
            continue;
        if (strcasecmp(status, goal->value) == 0 && is_current(object, c))
            return true;
        *ret_missing = kc_arena_printf(a, "condition %s is %s%s%s%s%s", kc_read_clip(a, goal->name, 64),
                                       kc_read_clip(a, status, 16), *reason ? ", " : "", kc_read_clip(a, reason, 64),
                                       *message ? ": " : "", kc_read_clip(a, message, 300));
        return false;
    }
    *ret_missing = kc_arena_printf(a, "there is no condition %s yet", kc_read_clip(a, goal->name, 64));
    return false;
}

/* fmt.Sprint of the value, without white space around it, is what was asked for. */
static bool value_is(const json_t *v, const char *expected, struct kc_buf *shown)
{
    size_t from, to, len = strlen(expected), skip = strspn(expected, " \t\n");

    kc_show_value(shown, v);
    const char *text = kc_buf_str(shown);
    from = strspn(text, " \t\n");
    for (to = shown->len; to > from && strchr(" \t\n", text[to - 1]);)
        to--;
    while (len > skip && strchr(" \t\n", expected[len - 1]))
        len--;
    return to - from == len - skip && memcmp(text + from, expected + skip, len - skip) == 0;
}

/* What is missing is shown in the status, which others read: no values of a spec or of data stand there. */
static bool path_met(struct kc_arena *a, const struct goal *goal, const json_t *object, bool *ret,
                     const char **ret_missing, struct kc_err *err)
{
    struct kc_findings found;
    KC_BUF_SCOPE shown = {.limit = 4096};

    *ret = false;
    if (!kc_jsonpath_find(a, goal->path, object, true, &found, err))
        return kc_wrap(err, "%.128s", goal->name);
    if (found.n == 0 || found.v[0].n == 0) {
        *ret_missing = kc_arena_printf(a, "%s has no value yet", kc_read_clip(a, goal->name, 128));
        return true;
    }
    if (found.n > 1 || found.v[0].n > 1)
        return kc_fail(err, KC_INVALID, "BadFlag", "%.128s: given jsonpath expression matches more than one %s",
                       goal->name, found.n > 1 ? "list" : "value");
    const json_t *v = found.v[0].v[0];
    *ret = !*goal->value;
    if (*ret)
        return true;
    if (json_is_object(v) || json_is_array(v))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "%.128s: jsonpath leads to a nested object or list which is not supported", goal->name);
    *ret = value_is(v, goal->value, &shown);
    const char *path = kc_read_clip(a, goal->name, 128), *wanted = kc_read_clip(a, goal->value, 128);
    if (kc_str_starts(goal->name, "{.status."))
        *ret_missing = kc_arena_printf(a, "%s is %s, not %s", path, kc_read_clip(a, kc_buf_str(&shown), 200), wanted);
    else
        *ret_missing = kc_arena_printf(a, "%s is not %s", path, wanted);
    return true;
}

static bool object_met(struct kc_arena *a, const struct goal *goal, const json_t *object, bool *ret,
                       const char **ret_missing, struct kc_err *err)
{
    *ret = goal->what == WAIT_CREATE;
    *ret_missing = "it is still there";
    if (goal->what == WAIT_CONDITION)
        *ret = condition_met(a, goal, object, ret_missing);
    return goal->what != WAIT_JSONPATH || path_met(a, goal, object, ret, ret_missing, err);
}

static bool no_such_object(const struct kc_target *t, struct kc_err *err)
{
    return kc_fail(err, KC_NOT_FOUND, "NotFound", "%s%s%s \"%.64s\" not found", t->resource, *t->group ? "." : "",
                   t->group, t->name);
}

static bool one_arrived(struct kc_arena *a, const struct kc_action *act, const struct goal *goal,
                        const struct kc_answer *answer, bool *ret, const char **ret_missing, struct kc_err *err)
{
    if (answer->json)
        return object_met(a, goal, answer->json, ret, ret_missing, err);
    *ret = goal->what == WAIT_DELETE;
    *ret_missing = "it is not there yet";
    return goal->what == WAIT_DELETE || goal->what == WAIT_CREATE || no_such_object(&act->target, err);
}

static bool arrived(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, bool *ret,
                    const char **ret_missing, struct kc_err *err)
{
    const struct goal goal = goal_of(a, act);
    const json_t *items = json_object_get(seen->v[0].json, "items");
    size_t n = json_array_size(items), i;
    json_t *item;

    if (*act->target.name)
        return one_arrived(a, act, &goal, &seen->v[0], ret, ret_missing, err);
    *ret = n > 0 || goal.what == WAIT_DELETE;
    *ret_missing = "there is none yet";
    if (!*ret && goal.what != WAIT_CREATE)
        return kc_fail(err, KC_NOT_FOUND, "NotFound", "no matching resources found: no %s", act->target.resource);
    json_array_foreach(items, i, item)
    {
        const char *missing;
        if (!object_met(a, &goal, item, ret, &missing, err))
            return false;
        if (*ret)
            continue;
        *ret_missing = kc_arena_printf(a, "%s: %s", kc_or(kc_json_str(item, "metadata.name"), ""), missing);
        return true;
    }
    return true;
}

static void show_name(struct kc_arena *a, const struct kc_target *t, const char *name, const char *says,
                      struct kc_buf *out)
{
    kc_buf_printf(out, "%s%s%s/", kc_read_singular(a, t), *t->group ? "." : "", t->group);
    kc_show_cell(out, name);
    kc_buf_printf(out, " %s", says);
}

/* kubectl's line for each object that is there; or what is still missing, which kubectl says only at the end. */
static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    const struct kc_target *t = &act->target;
    const json_t *items = json_object_get(seen->v[0].json, "items");
    const char *missing = "";
    struct kc_err e = {0};
    bool met = false;
    size_t i;
    json_t *item;

    if (!arrived(a, act, seen, &met, &missing, &e)) {
        if (e.class != KC_NOT_FOUND) {
            *err = e;
            return false;
        }
        missing = e.message; /* an earlier step may make it */
    }
    if (!met) {
        kc_buf_puts(out, "waiting: ");
        kc_show_cell(out, missing);
        kc_buf_putc(out, '\n');
        return true;
    }
    if (*t->name)
        show_name(a, t, t->name, "condition met\n", out);
    json_array_foreach(items, i, item)
        show_name(a, t, kc_or(kc_json_str(item, "metadata.name"), ""), "condition met\n", out);
    return true;
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    const struct kc_target *t = &act->target;
    size_t n = json_array_size(json_object_get(seen->v[0].json, "items"));
    const char *what = kc_read_clip(a, given(act, FOR), 100);

    if (*t->name)
        return kc_arena_printf(a, "%s %s: %s met", kc_read_singular(a, t), t->name, what);
    return kc_arena_printf(a, "%zu %s: %s met", n, n == 1 ? kc_read_singular(a, t) : t->resource, what);
}

const struct kc_verb kc_verb_wait = {
    .name = "wait",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .effect_of = kc_read_effect,
    .shape = KC_SHAPE_TYPED,
    .participle = "waited for",
    .flags = flags,
    .validate = validate,
    .may_be_absent = may_be_absent,
    .look = look,
    .patience = patience,
    .arrived = arrived,
    .show = show,
    .summary = summary,
};
