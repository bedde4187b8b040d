/* Command lines as pflag reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/cli/flags.h"

#define MAX_ARGS 8

struct values {
    const char *ns;
    bool all, wait;
    int64_t timeout;
    struct kc_strs groups, commands;
};

static const struct values defaults = {.ns = "default", .timeout = 300};

static bool parse(struct kc_arena *a, const char *const *argv, struct values *v, struct kc_strs *args,
                  struct kc_err *err)
{
    const struct kc_opt opts[] = {
        {"namespace", 'n', KC_OPT_STRING, &v->ns, true, "NAME", "where"},
        {"all-namespaces", 'A', KC_OPT_BOOL, &v->all, false, NULL, "everywhere"},
        {"wait", 0, KC_OPT_BOOL, &v->wait, true, NULL, "follow"},
        {"timeout", 't', KC_OPT_INT, &v->timeout, true, "SECONDS", "how long"},
        {"groups", 0, KC_OPT_LIST, &v->groups, true, "A,B", "which"},
        {"command", 'c', KC_OPT_REPEAT, &v->commands, true, "CMD", "what"},
    };
    char *list[MAX_ARGS + 2] = {kc_arena_strdup(a, "ask")};
    int argc = 1;

    for (; argv[argc - 1]; argc++)
        list[argc] = kc_arena_strdup(a, argv[argc - 1]);
    *v = defaults;
    return kc_flags_parse(a, argc, list, opts, sizeof opts / sizeof *opts, args, err);
}

/* "a|b" of a list. */
static const char *joined(struct kc_arena *a, const struct kc_strs *s)
{
    const char *out = "";

    for (size_t i = 0; i < s->n; i++)
        out = kc_arena_printf(a, "%s%s%s", out, i ? "|" : "", s->v[i]);
    return out;
}

static const char *shown(struct kc_arena *a, const struct values *v, const struct kc_strs *args)
{
    return kc_arena_printf(a, "ns=%s all=%d wait=%d timeout=%lld groups=%s commands=%s args=%s", v->ns, v->all, v->wait,
                           (long long)v->timeout, joined(a, &v->groups), joined(a, &v->commands), joined(a, args));
}

#define NONE "ns=default all=0 wait=0 timeout=300 groups= commands= "

static void test_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *argv[MAX_ARGS + 1], *values;
    } rows[] = {
        {{NULL}, NONE "args="},
        {{"scale", "web"}, NONE "args=scale|web"},
        {{"--namespace", "shop"}, "ns=shop all=0 wait=0 timeout=300 groups= commands= args="},
        {{"--namespace=shop"}, "ns=shop all=0 wait=0 timeout=300 groups= commands= args="},
        {{"-n", "shop"}, "ns=shop all=0 wait=0 timeout=300 groups= commands= args="},
        {{"-n=shop"}, "ns=shop all=0 wait=0 timeout=300 groups= commands= args="},
        {{"-nshop"}, "ns=shop all=0 wait=0 timeout=300 groups= commands= args="},
        {{"--namespace="}, "ns= all=0 wait=0 timeout=300 groups= commands= args="},
        {{"--namespace=a=b"}, "ns=a=b all=0 wait=0 timeout=300 groups= commands= args="},
        {{"-n", "--wait"}, "ns=--wait all=0 wait=0 timeout=300 groups= commands= args="},
        {{"-n", "a", "-n", "b"}, "ns=b all=0 wait=0 timeout=300 groups= commands= args="},
        {{"-A", "x"}, "ns=default all=1 wait=0 timeout=300 groups= commands= args=x"},
        {{"--wait=true", "--all-namespaces=false"}, "ns=default all=0 wait=1 timeout=300 groups= commands= args="},
        {{"--timeout=0"}, "ns=default all=0 wait=0 timeout=0 groups= commands= args="},
        {{"-t", "2147483647"}, "ns=default all=0 wait=0 timeout=2147483647 groups= commands= args="},
        {{"--groups=a,b", "--groups", "c,,d,"}, "ns=default all=0 wait=0 timeout=300 groups=a|b|c|d commands= args="},
        {{"-c", "x --a=1,2", "-c", "y"}, "ns=default all=0 wait=0 timeout=300 groups= commands=x --a=1,2|y args="},
        {{"a", "--wait", "b", "-n", "x", "c"}, "ns=x all=0 wait=1 timeout=300 groups= commands= args=a|b|c"},
        {{"--", "--wait", "-n"}, NONE "args=--wait|-n"},
        {{"-", "", "--wait"}, "ns=default all=0 wait=1 timeout=300 groups= commands= args=-|"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct values v;
        struct kc_strs args;
        struct kc_err err = {0};
        if (!parse(a, rows[i].argv, &v, &args, &err))
            fail_msg("row %zu: %s", i, err.message);
        assert_string_equal(shown(a, &v, &args), rows[i].values);
    }
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *argv[MAX_ARGS + 1], *message;
    } rows[] = {
        {{"--namespaces=shop"}, "unknown flag: --namespaces; did you mean --namespace?"},
        {{"--tiemout", "3"}, "unknown flag: --tiemout; did you mean --timeout?"},
        {{"--xyzzy"}, "unknown flag: --xyzzy; --help lists the flags"},
        {{"-x"}, "unknown flag: -x; --help lists the flags"},
        {{"--token=very-secret"}, "unknown flag: --token; --help lists the flags"},
        {{"-pvery-secret"}, "unknown flag: -p; --help lists the flags"},
        {{"--=x"}, "unknown flag: --; --help lists the flags"},
        {{"--namespace"}, "--namespace needs a value"},
        {{"a", "-n"}, "--namespace needs a value"},
        {{"--wait=yes"}, "--wait: \"yes\" is neither true nor false"},
        {{"-Aw"}, "--all-namespaces: \"w\" is neither true nor false"},
        {{"--timeout=soon"}, "--timeout: \"soon\" is not a number of 0 or more"},
        {{"--timeout=-1"}, "--timeout: \"-1\" is not a number of 0 or more"},
        {{"--timeout=2147483648"}, "--timeout: \"2147483648\" is not a number of 0 or more"},
        {{"--timeout="}, "--timeout: \"\" is not a number of 0 or more"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct values v;
        struct kc_strs args;
        struct kc_err err = {0};
        if (parse(a, rows[i].argv, &v, &args, &err))
            fail_msg("row %zu: accepted", i);
        assert_int_equal(err.class, KC_INVALID);
        assert_string_equal(err.message, rows[i].message);
    }
}

static const char *with_environment(struct kc_arena *a, const char *const *argv)
{
    struct values v;
    struct kc_strs args;
    struct kc_err err = {0};

    return parse(a, argv, &v, &args, &err) ? shown(a, &v, &args) : kc_arena_strdup(a, err.message);
}

static void test_environment(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);

    setenv("KUBECHAT_NAMESPACE", "ops", 1);
    setenv("KUBECHAT_GROUPS", "a,b", 1);
    setenv("KUBECHAT_WAIT", "true", 1);
    setenv("KUBECHAT_TIMEOUT", "", 1);            /* as good as not set */
    setenv("KUBECHAT_ALL_NAMESPACES", "true", 1); /* this flag does not ask for it */
    assert_string_equal(with_environment(a, (const char *[]){"x", NULL}),
                        "ns=ops all=0 wait=1 timeout=300 groups=a|b commands= args=x");
    /* The command line wins, also over lists. */
    assert_string_equal(
        with_environment(a, (const char *[]){"-nshop", "--groups=c", "--groups=d", "--wait=false", NULL}),
        "ns=shop all=0 wait=0 timeout=300 groups=c|d commands= args=");
    setenv("KUBECHAT_TIMEOUT", "long", 1);
    assert_string_equal(with_environment(a, (const char *[]){NULL}),
                        "KUBECHAT_TIMEOUT: --timeout: \"long\" is not a number of 0 or more");
    unsetenv("KUBECHAT_NAMESPACE");
    unsetenv("KUBECHAT_GROUPS");
    unsetenv("KUBECHAT_WAIT");
    unsetenv("KUBECHAT_TIMEOUT");
    unsetenv("KUBECHAT_ALL_NAMESPACES");
}

struct settings {
    const char *file, *ns;
    bool wait, once;
    int64_t workers, lease;
    struct kc_strs groups, commands;
};

/* What a command reads with this file as --config, and these arguments. */
static const char *with_file(struct kc_arena *a, const char *yaml, const char *const *more)
{
    char path[] = "/tmp/kubechat-flags-XXXXXX", *argv[MAX_ARGS + 4] = {kc_arena_strdup(a, "manager")};
    struct settings v = {.ns = "default", .workers = 16, .lease = 15000};
    const struct kc_opt opts[] = {
        {"config", 0, KC_OPT_CONFIG, &v.file, true, "FILE", "settings"},
        {"namespace", 'n', KC_OPT_STRING, &v.ns, true, "NAME", "where"},
        {"wait", 0, KC_OPT_BOOL, &v.wait, true, NULL, "follow"},
        {"once", 0, KC_OPT_BOOL, &v.once, false, NULL, "then end"},
        {"workers", 0, KC_OPT_INT, &v.workers, true, "N", "how many"},
        {"lease", 0, KC_OPT_DURATION, &v.lease, true, "TIME", "how long"},
        {"groups", 0, KC_OPT_LIST, &v.groups, true, "A,B", "which"},
        {"command", 'c', KC_OPT_REPEAT, &v.commands, true, "CMD", "what"},
    };
    struct kc_strs args;
    struct kc_err err = {0};
    int argc = 2, fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, yaml, strlen(yaml)), strlen(yaml));
    close(fd);
    argv[1] = kc_arena_printf(a, "--config=%s", path);
    for (; more && more[argc - 2]; argc++)
        argv[argc] = kc_arena_strdup(a, more[argc - 2]);
    bool ok = kc_flags_parse(a, argc, argv, opts, sizeof opts / sizeof *opts, &args, &err);
    unlink(path);
    if (ok)
        return kc_arena_printf(a, "ns=%s wait=%d workers=%lld lease=%lld groups=%s commands=%s args=%s", v.ns, v.wait,
                               (long long)v.workers, (long long)v.lease, joined(a, &v.groups), joined(a, &v.commands),
                               joined(a, &args));
    assert_int_equal(err.class, KC_INVALID);
    return kc_str_starts(err.message, path) ? kc_arena_strdup(a, err.message + strlen(path))
                                            : kc_arena_strdup(a, err.message);
}

static void test_file(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *argv[MAX_ARGS], *result;
    } rows[] = {
        {"", {NULL}, "ns=default wait=0 workers=16 lease=15000 groups= commands= args="},
        {"# nothing yet\n---\n", {NULL}, "ns=default wait=0 workers=16 lease=15000 groups= commands= args="},
        {"namespace: shop\nwait: true\nworkers: 8\nlease: 1m30s\ngroups: [a, 'b,c']\ncommand:\n- x --a=1,2\n",
         {NULL},
         "ns=shop wait=1 workers=8 lease=90000 groups=a|b,c commands=x --a=1,2 args="},
        {"{\"namespace\": \"shop\", \"wait\": false}",
         {NULL},
         "ns=shop wait=0 workers=16 lease=15000 groups= commands= args="},
        {"namespace: shop\ngroups: [a, b]\ncommand: [x]\nworkers: 8\n",
         {"-nops", "--groups=c", "--groups=d", "rest", NULL},
         "ns=ops wait=0 workers=8 lease=15000 groups=c|d commands=x args=rest"},
        {"workers: 8\nworkers: 9\n", {NULL}, ": line 2, column 1: a key that is there already: workers"},
        {"worker: 8\n", {NULL}, ": unknown key \"worker\"; did you mean \"workers\"?"},
        {"replicas: 8\n", {NULL}, ": unknown key \"replicas\"; the keys are the flags that --help lists"},
        {"workers: '8'\n", {NULL}, ": workers: it takes a whole number, without quotes"},
        {"workers: 8.5\n", {NULL}, ": workers: it takes a whole number, without quotes"},
        {"workers: [8]\n", {NULL}, ": workers: it takes a whole number, without quotes"},
        {"workers: -1\n", {NULL}, ": workers: --workers: \"-1\" is not a number of 0 or more"},
        {"wait: 'true'\n", {NULL}, ": wait: it takes true or false, without quotes"},
        {"namespace: 12\n", {NULL}, ": namespace: it takes a text; put it in quotes"},
        {"namespace: yes\n", {NULL}, ": namespace: it takes a text; put it in quotes"},
        {"namespace:\n", {NULL}, ": namespace: it takes a text; put it in quotes"},
        {"lease: 15\n", {NULL}, ": lease: it takes a duration like 15s"},
        {"lease: soon\n", {NULL}, ": lease: --lease: \"soon\" is not a duration like 15s or 1m30s"},
        {"groups: a,b\n", {NULL}, ": groups: it takes a list of texts"},
        {"groups: [a, 7]\n", {NULL}, ": groups: item 2: it takes a text; put it in quotes"},
        {"config: other.yaml\n", {NULL}, ": config: say it on the command line, a file cannot"},
        {"once: true\n", {NULL}, ": once: say it on the command line, a file cannot"},
        {"- workers\n", {NULL}, ": it takes one mapping of flag names to values, like workers: 8"},
        {"workers: 8\n---\nworkers: 9\n", {NULL}, ": it takes one mapping of flag names to values, like workers: 8"},
        {"workers: 8\n", {"--workers=many", NULL}, "--workers: \"many\" is not a number of 0 or more"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const char *got = with_file(a, rows[i].yaml, rows[i].argv);
        if (!KC_STREQ(got, rows[i].result))
            fail_msg("row %zu:\n  %s\nnot\n  %s", i, got, rows[i].result);
    }
}

static void test_environment_wins_over_file(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);

    setenv("KUBECHAT_GROUPS", "c,d", 1);
    setenv("KUBECHAT_LEASE", "20s", 1);
    setenv("KUBECHAT_WAIT", "false", 1);
    assert_string_equal(
        with_file(a, "groups: [a, b]\nlease: 30s\nwait: true\nworkers: 4\n", (const char *[]){"--lease=40s", NULL}),
        "ns=default wait=0 workers=4 lease=40000 groups=c|d commands= args=");
    unsetenv("KUBECHAT_GROUPS");
    unsetenv("KUBECHAT_LEASE");
    unsetenv("KUBECHAT_WAIT");
}

static void test_missing_file(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const char *path = NULL;
    const struct kc_opt opts[] = {{"config", 0, KC_OPT_CONFIG, &path, true, "FILE", "settings"}};
    char *argv[] = {kc_arena_strdup(a, "manager"), kc_arena_strdup(a, "--config=/nowhere/kubechat.yaml")};
    struct kc_strs args;
    struct kc_err err = {0};

    assert_false(kc_flags_parse(a, 2, argv, opts, 1, &args, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_string_equal(err.message, "/nowhere/kubechat.yaml: No such file or directory");
}

/* What kc_flags_help writes to standard output. */
static void test_help(void **state)
{
    (void)state;
    bool flag;
    const char *text;
    const struct kc_opt opts[] = {
        {"namespace", 'n', KC_OPT_STRING, &text, false, "NAME", "where the request is"},
        {"wait", 0, KC_OPT_BOOL, &flag, false, NULL, "follow it"},
    };
    char shown_help[512] = "";
    FILE *file = tmpfile();
    int saved = dup(STDOUT_FILENO);

    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    kc_flags_help(opts, 2);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    rewind(file);
    assert_true(fread(shown_help, 1, sizeof shown_help - 1, file) > 0);
    fclose(file);
    assert_string_equal(shown_help, "  -n, --namespace NAME               where the request is\n"
                                    "      --wait                         follow it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_environment_wins_over_file),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
