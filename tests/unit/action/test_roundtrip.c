/* parse(render(action)) == action, for actions of every verb that there is. Flags, operands, types and names are taken
 * from the verb table, so that a new verb is covered as it stands: values are drawn from one pool of words, and those
 * that a flag has taken before are drawn more often. A verb of which none of the words makes an action fails the test
 * by name: then a word is missing from the pool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "tests/unit/action/types.h"

#define CASES     100000
#define MAX_FLAGS 24
#define MAX_GOOD  12
#define MAX_TRIES 200000 /* of one verb before it counts as one that no word fits */
#define MAX_WORDS 4      /* operands of one action */

static const struct kc_kubectl_context context = {.restmap = &restmap, .default_namespace = "shop"};

/* What flags and operands are tried with. */
static const char *const pool[] = {
    "web",
    "a",
    "7",
    "30%",
    "250m",
    "70%",
    "true",
    "a=b",
    "a-",
    "A=it's \"$x\"; `id` | #&*?[~{}!\\",
    "c=",
    "example.com/tier=front",
    "cpu=100m,memory=64Mi",
    "pods=10",
    "web=registry.example.com:5000/team/web:v1",
    "*=nginx@sha256:ab",
    "busybox:1.36",
    "robot",
    "cronjob/nightly",
    "app=web",
    "k=v:NoSchedule",
    "k:NoExecute-",
    "{\"spec\":{\"a b\":\"it's $x\"}}",
    "[{\"op\":\"remove\",\"path\":\"/a~1b\"}]",
    "get",
    "list",
    "*",
    "deployments.apps",
    "pods/log",
    "users",
    "/logs/*",
    "shop:robot",
    "0 3 * * *",
    "80:http",
    "443",
    "None",
    "db.example.com",
    "shop.example.com/cart*=cart:80,tls=shop-tls",
    "/=web:http",
    "web:80",
    "a note: two  words",
    "\xC3\xA4\xE2\x82\xAC",
    "-x",
    "--",
    "10s",
    "5m",
    "2026-11-23T10:00:00Z",
    "json",
    "name",
    ".metadata.name",
    "{.items[*].metadata.name}",
    "jsonpath={.items[*].metadata.name}",
    "custom-columns=NAME:.metadata.name",
    "jsonpath={.status.phase}=Running",
    "spec.replicas",
    "apps/v1",
    "wide",
    "condition=Available",
    "delete",
    "deployment/web",
    "pod/web",
    "metadata.name=web",
    "main",
    "/bin/sh",
    "Warning",
};
#define POOL (sizeof pool / sizeof *pool)

/* Values that a flag, or the operands (the last row), have been taken with. */
struct learned {
    const char *v[MAX_GOOD];
    size_t n;
};

struct author {
    const struct kc_verb *verb;
    struct learned good[MAX_FLAGS + 1];
};

static uint32_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*seed >> 33);
}

static const char *pick(const struct learned *l, uint64_t *seed)
{
    return l->n && next(seed) % (l->n < MAX_GOOD / 2 ? 4 : 16) ? l->v[next(seed) % l->n] : pool[next(seed) % POOL];
}

static void learn(struct learned *l, const char *value)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i] == value)
            return;
    if (l->n < MAX_GOOD)
        l->v[l->n++] = value;
}

static const char *number(struct kc_arena *a, const struct kc_flag *f, uint64_t *seed)
{
    int64_t min = f->min, max = f->min || f->max ? f->max : INT32_MAX;
    int64_t span = max - min < 90 || next(seed) % 4 == 0 ? max - min : 90;
    return kc_arena_printf(a, "%lld", (long long)(min + (int64_t)(next(seed) % (uint64_t)(span + 1))));
}

static const char *one_of(struct kc_arena *a, const char *values, uint64_t *seed)
{
    size_t n = 0;
    for (const char *p = values + 1; *p; p++)
        n += *p == '|';
    const char *p = values + 1;
    for (size_t skip = next(seed) % n; skip; skip--)
        p = strchr(p, '|') + 1;
    return kc_arena_strndup(a, p, strcspn(p, "|"));
}

/* One value, or the start of a list; *ret_word is the word of the pool that it is made of. */
static const char *value_of(struct kc_arena *a, const struct author *who, size_t i, uint64_t *seed,
                            const char **ret_word)
{
    const struct kc_flag *f = &who->verb->flags[i];
    *ret_word = NULL;
    if (f->kind == KC_FLAG_BOOL)
        return "true";
    if (f->one_of)
        return one_of(a, f->one_of, seed);
    if (f->kind == KC_FLAG_INT)
        return number(a, f, seed);
    *ret_word = pick(&who->good[i], seed);
    if (f->kind == KC_FLAG_LIST && next(seed) % 3 == 0)
        return kc_arena_printf(a, "%s" KC_LIST_SEPARATOR "%s", *ret_word, pick(&who->good[i], seed));
    return *ret_word;
}

/* Names as the cluster may have them, and plain ones, which new objects and words between others have. */
static const char *make_name(struct kc_arena *a, uint64_t *seed)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyz", odd[] = "ABZ_.:;$'\"\\!*(){}<>|&~#=+@^`?[]-";
    char name[24] = {0};
    bool plain = next(seed) % 2;
    size_t len = 1 + next(seed) % (sizeof name - 1);
    for (size_t i = 0; i < len; i++)
        name[i] = plain || next(seed) % 6 ? safe[next(seed) % 26] : odd[next(seed) % (sizeof odd - 1)];
    return kc_arena_strdup(a, name);
}

static bool has_flag(const struct kc_verb *verb, const char *name)
{
    const struct kc_flag *f = verb->flags;
    while (f && f->name && !KC_STREQ(f->name, name))
        f++;
    return f && f->name;
}

static struct kc_target make_target(struct kc_arena *a, const struct kc_verb *verb, size_t n_operands, uint64_t *seed)
{
    bool right = verb->shape == KC_SHAPE_RIGHT;
    if (kc_verb_typeless(verb) && (!right || n_operands != 1))
        return (struct kc_target){"", "", "", "", right ? "ns7" : "", ""};
    const struct kc_mapping *m = &types[next(seed) % (sizeof types / sizeof *types)];
    bool list = verb->shape == KC_SHAPE_NONE ||
                ((verb->shape == KC_SHAPE_TYPED || verb->shape == KC_SHAPE_POD || right) && next(seed) % 4 == 0);
    bool own = verb->type && verb->shape != KC_SHAPE_TARGETS && verb->shape != KC_SHAPE_TYPED;
    if (own && (verb->shape != KC_SHAPE_POD || list || next(seed) % 2))
        m = kc_restmap_find(&restmap, verb->type);
    if (verb->shape == KC_SHAPE_FIELD)
        return kc_target_of(m, "", "");
    if (!m)
        fail_msg("kubectl %s: types.h has no %s", verb->name, verb->type);
    const char *ns = list && (right || has_flag(verb, "all-namespaces")) && next(seed) % 2
                         ? ""
                         : kc_arena_printf(a, "ns%u", next(seed) % 100);
    return kc_target_of(m, ns, list ? "" : make_name(a, seed));
}

static size_t make_operands(const struct author *who, uint64_t *seed, const char *operands[MAX_WORDS])
{
    const struct kc_verb *verb = who->verb;
    size_t n = verb->operands ? 1 + next(seed) % MAX_WORDS : 0;
    if (verb->shape == KC_SHAPE_FIELD || verb->shape == KC_SHAPE_RIGHT)
        n = next(seed) % 3;
    else if (verb->last_operands)
        n = verb->last_operands;
    else if (verb->takes_command == KC_MAY_COMMAND && next(seed) % 3)
        n = 0;
    for (size_t i = 0; i < n; i++)
        operands[i] = pick(&who->good[MAX_FLAGS], seed);
    return n;
}

/* Manifests with what is hard to write as YAML. */
static json_t *make_value(uint64_t *seed, int depth)
{
    static const char *const odd[] = {
        "yes",     "1_0",      " lead", "tail ",    "a\nb", "a\n\n", "\ttab",      "x\n y\n", "\n",
        "EOF",     "a\nEOF\n", "it's",  "\"",       "a: b", "# no",  "0x1F",       "",        "-",
        "? x",     "\r\n",     "~",     "null",     "<<",   "$(id)", "`id`",       "\\",      "\xF0\x9F\x99\x82",
        "\x1B[2J", "{}",       "[a]",   "*a",       "&a",   "1e3",   "2026-01-01", "a b",     "\xE2\x80\xAE",
        "a  \nb",  "|\n  x",   "%TAG",  "---\n- a", "...",  "\x7F"};
    const char *text = odd[next(seed) % (sizeof odd / sizeof *odd)];
    json_t *v;
    switch (next(seed) % (depth ? 8 : 6)) {
    case 0:
        return json_integer((json_int_t)next(seed) - 1000);
    case 1:
        return json_real((double)next(seed) / 7.0 * (next(seed) % 2 ? 1e-30 : 1e290));
    case 2:
        return next(seed) % 3 ? json_boolean(next(seed) % 2) : json_null();
    case 6:
        v = json_array();
        for (uint32_t n = next(seed) % 4; n; n--)
            json_array_append_new(v, make_value(seed, depth - 1));
        return v;
    case 7:
        v = json_object();
        for (uint32_t n = next(seed) % 4; n; n--)
            json_object_set_new(v, odd[next(seed) % (sizeof odd / sizeof *odd)], make_value(seed, depth - 1));
        return v;
    default:
        return json_string(text);
    }
}

static json_t *make_object(uint64_t *seed, const struct kc_target *t)
{
    char version[64];
    snprintf(version, sizeof version, "%s%s%s", t->group, *t->group ? "/" : "", t->version);
    json_t *v = json_pack("{s:s, s:s, s:{s:s}, s:o, s:o}", "apiVersion", version, "kind", t->kind, "metadata", "name",
                          t->name, "spec", make_value(seed, 4), "EOF", make_value(seed, 2));
    if (*t->ns)
        json_object_set_new(json_object_get(v, "metadata"), "namespace", json_string(t->ns));
    return v;
}

/* One action that the verb takes, as a planner or a stored plan could hold it; false: these values do not go together.
 */
static bool try(struct kc_arena *a, struct author *who, uint64_t *seed, struct kc_action *ret)
{
    const struct kc_verb *verb = who->verb;
    struct kc_flag_value flags[MAX_FLAGS];
    const char *operands[MAX_WORDS], *words[MAX_FLAGS];
    size_t n = 0, at[MAX_FLAGS], n_operands = make_operands(who, seed, operands);
    struct kc_target target = make_target(a, verb, n_operands, seed);
    struct kc_err err = {0};
    const struct kc_mapping *m = kc_restmap_find(
        &restmap, kc_arena_printf(a, *target.group ? "%s.%s.%s" : "%s", target.resource, target.version, target.group));
    if (m && verb->applies && !verb->applies(m))
        return false;
    bool everywhere = m && m->namespaced && !*target.ns && verb->shape != KC_SHAPE_FIELD;
    for (size_t i = 0; verb->flags && verb->flags[i].name; i++) {
        assert_in_range(i, 0, MAX_FLAGS - 1);
        bool scope = KC_STREQ(verb->flags[i].name, "all-namespaces");
        if (scope ? !everywhere : !verb->flags[i].required && next(seed) % 3)
            continue;
        at[n] = i;
        flags[n].name = verb->flags[i].name;
        flags[n].value = value_of(a, who, i, seed, &words[n]);
        n++;
    }
    KC_JSON_SCOPE *object = verb->input == KC_INPUT_OBJECT ? make_object(seed, &target) : NULL;
    if (!(object ? kc_action_make_of(a, verb->name, &target, object, flags, n, ret, &err)
                 : kc_action_make(a, verb->name, &target, flags, n, operands, n_operands, ret, &err)) ||
        (verb->find_types && !verb->find_types(a, ret, &restmap, &err)))
        return false;
    for (size_t i = 0; i < n; i++)
        if (words[i])
            learn(&who->good[at[i]], words[i]);
    for (size_t i = 0; i < n_operands; i++)
        learn(&who->good[MAX_FLAGS], operands[i]);
    return true;
}

static void comes_back(struct kc_arena *a, const struct kc_action *act)
{
    struct kc_actions acts;
    struct kc_action again;
    struct kc_err err = {0};
    const char *command = kc_kubectl_render(a, act, &restmap);
    if (!kc_kubectl_check(a, command, &err) || !kc_kubectl_parse(a, command, &context, &acts, &err))
        fail_msg("%s: %s", command, err.message);
    assert_int_equal(acts.n, 1);
    if (!kc_action_equal(&acts.v[0], act))
        fail_msg("%s: another action: %s", command, kc_kubectl_render(a, &acts.v[0], &restmap));
    assert_string_equal(kc_kubectl_render(a, &acts.v[0], &restmap), command);
    KC_JSON_SCOPE *json = kc_action_encode(act);
    if (!kc_action_decode(a, json, &again, &err))
        fail_msg("%s: %s", command, err.message);
    assert_true(kc_action_equal(&again, act));
}

static size_t verbs(struct author *authors, size_t max)
{
    size_t n = 0;
    for (; kc_verbs[n]; n++) {
        assert_in_range(n, 0, max - 1);
        authors[n].verb = kc_verbs[n];
    }
    return n;
}

/* Those that seldom fit the others are tried until they do. */
static void every_flag_was_given(struct kc_arena *a, struct author *who, uint64_t *seed)
{
    struct kc_action act;
    for (size_t i = 0; who->verb->flags && who->verb->flags[i].name; i++) {
        const struct kc_flag *f = &who->verb->flags[i];
        bool drawn = (f->kind == KC_FLAG_STRING || f->kind == KC_FLAG_LIST) && !f->one_of;
        for (int tries = 0; drawn && !who->good[i].n; kc_arena_reset(a)) {
            if (++tries == MAX_TRIES)
                fail_msg("kubectl %s: no word of the pool is a value for --%s: add one", who->verb->name, f->name);
            if (try(a, who, seed, &act))
                comes_back(a, &act);
        }
    }
}

static void parsing_undoes_rendering(void **state)
{
    static struct author authors[128];
    uint64_t seed = 42;
    size_t n = verbs(authors, 128), quoted = 0;
    KC_ARENA_SCOPE(a);
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct author *who = &authors[i % n];
        struct kc_action act;
        for (int tries = 0; !try(a, who, &seed, &act); kc_arena_reset(a))
            if (++tries == MAX_TRIES)
                fail_msg("kubectl %s: no word of the pool makes one: add what its flags or operands take",
                         who->verb->name);
        comes_back(a, &act);
        quoted += strchr(kc_kubectl_render(a, &act, &restmap), '\'') != NULL;
        kc_arena_reset(a);
    }
    assert_in_range(quoted, CASES / 10, CASES * 9 / 10);
    for (size_t i = 0; i < n; i++)
        every_flag_was_given(a, &authors[i], &seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parsing_undoes_rendering)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
