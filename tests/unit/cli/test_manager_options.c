/* What the manager is told, and what it refuses to be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/cli/manager_options.h"

#define MAX_ARGS 4

static bool parse(struct kc_arena *a, const char *const *args, struct kc_manager_options *o, struct kc_err *err)
{
    char *argv[MAX_ARGS + 2] = {kc_arena_strdup(a, "manager")};
    int argc = 1;

    for (; args[argc - 1]; argc++)
        argv[argc] = kc_arena_strdup(a, args[argc - 1]);
    return kc_manager_options_parse(a, argc, argv, o, err);
}

static void test_defaults(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_manager_options o;
    struct kc_err err = {0};

    assert_true(parse(a, (const char *const[]){NULL}, &o, &err));
    assert_string_equal(o.ns, "kubechat-system");
    assert_int_equal(o.workers, 16);
    assert_int_equal(o.rollout_ms, 300000);
    assert_true(o.leader_elect);
    assert_int_equal(o.lease.duration_ms, 15000);
    assert_int_equal(o.lease.renew_deadline_ms, 10000);
    assert_int_equal(o.lease.retry_ms, 2000);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *args[MAX_ARGS + 1], *message;
    } rows[] = {
        {{"now"}, "manager takes no arguments, got \"now\""},
        {{"--log-format=xml"}, "--log-format: \"xml\" is neither text nor json"},
        {{"--workers=0"}, "--workers: 1 to 256, got 0"},
        {{"--workers=257"}, "--workers: 1 to 256, got 257"},
        {{"--webhook-port=65536"}, "a port is at most 65535"},
        {{"--rollout-timeout=999ms"}, "--rollout-timeout: 1s to 24h, got 999 ms"},
        {{"--rollout-timeout=25h"}, "--rollout-timeout: 1s to 24h, got 90000000 ms"},
        {{"--leader-elect=maybe"}, "--leader-elect: \"maybe\" is neither true nor false"},
        {{"--leader-elect-retry-period=2"}, "--leader-elect-retry-period: \"2\" is not a duration like 15s or 1m30s"},
        {{"--leader-elect-lease-duration=10s"},
         "the lease's renew deadline is 10000 ms: less than its duration, 10000 ms"},
        {{"--leader-elect-renew-deadline=2s"},
         "the lease's renew deadline is 2000 ms: more than 1.2 times its retry period, 2000 ms"},
        {{"--leader-elect-lease-duration=15500ms"}, "the lease's duration is 15500 ms: whole seconds, 1s to 1h"},
        {{"--leader-elct=false"}, "unknown flag: --leader-elct; did you mean --leader-elect?"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_manager_options o;
        struct kc_err err = {0};
        if (parse(a, rows[i].args, &o, &err) || err.class != KC_INVALID || !KC_STREQ(err.message, rows[i].message))
            fail_msg("row %zu: %s", i, err.message);
    }
}

/* A file that an administrator mounts, an environment that the pod sets, a flag for once. */
static void test_file(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    static const char yaml[] = "# kubechat\nworkers: 4\nnamespace: ops\nleader-elect-lease-duration: 30s\n"
                               "leader-elect-renew-deadline: 20s\nimpersonate-groups: [sre, developers]\n";
    char path[] = "/tmp/kubechat-options-XXXXXX";
    struct kc_manager_options o;
    struct kc_err err = {0};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, yaml, strlen(yaml)), strlen(yaml));
    close(fd);
    setenv("KUBECHAT_CONFIG", path, 1);
    setenv("KUBECHAT_NAMESPACE", "kubechat-prod", 1);
    bool ok = parse(a, (const char *const[]){"--workers=8", NULL}, &o, &err);
    unsetenv("KUBECHAT_CONFIG");
    unsetenv("KUBECHAT_NAMESPACE");
    unlink(path);
    if (!ok)
        fail_msg("%s", err.message);
    assert_int_equal(o.workers, 8);
    assert_string_equal(o.ns, "kubechat-prod");
    assert_int_equal(o.lease.duration_ms, 30000);
    assert_int_equal(o.lease.renew_deadline_ms, 20000);
    assert_int_equal(o.lease.retry_ms, 2000);
    assert_int_equal(o.groups.n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
