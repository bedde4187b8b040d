#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/kube/process.h"

static bool run_for(const char *script, int64_t timeout_ms, struct kc_buf *out, struct kc_err *err)
{
    const char *const argv[] = {"sh", "-c", script, NULL}, *const env[] = {"PATH=/usr/bin:/bin", "GREETING=hello",
                                                                           NULL};
    const struct kc_process p = {.argv = argv, .env = env, .timeout_ms = timeout_ms};
    *err = (struct kc_err){0};
    return kc_process_run(&p, out, err);
}

static bool run(const char *script, struct kc_buf *out, struct kc_err *err)
{
    return run_for(script, 60000, out, err);
}

static void test_output(void **state)
{
    KC_BUF_SCOPE out = {.limit = 1000};
    struct kc_err err;
    (void)state;
    assert_true(run("cat; echo $GREETING $HOME", &out, &err)); /* standard input is empty, the environment only ours */
    assert_string_equal(kc_buf_str(&out), "hello\n");
    kc_buf_clear(&out);
    assert_true(run("exec 1>&-; sleep 0.05", &out, &err)); /* closes its output before it ends */
}

static void test_failures(void **state)
{
    static const struct {
        const char *script;
        enum kc_class class;
        const char *message;
    } cases[] = {
        {"echo secret; exit 3", KC_INVALID, "sh: exited with status 3"},
        {"kill -9 $$", KC_INVALID, "sh: killed by signal 9"},
        {"while :; do echo 0123456789; done", KC_INVALID, "sh: printed more than 1000 bytes"},
        {"sleep 60", KC_RETRY, "sh: did not end within 0 s"},
        {"exec 1>&-; sleep 60", KC_RETRY, "sh: did not end within 0 s"},
        {"sleep 60 & wait", KC_RETRY, "sh: did not end within 0 s"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        KC_BUF_SCOPE out = {.limit = 1000};
        struct kc_err err;
        int64_t started = kc_mono_ms();
        assert_false(run_for(cases[i].script, cases[i].class == KC_RETRY ? 400 : 60000, &out, &err));
        if (err.class != cases[i].class || strcmp(err.message, cases[i].message) != 0)
            fail_msg("%s: %s", cases[i].script, err.message);
        assert_in_range(kc_mono_ms() - started, 0, 50000);
    }
}

static void test_not_there(void **state)
{
    const char *const argv[] = {"no-such-program-anywhere", NULL}, *const env[] = {NULL};
    const struct kc_process p = {.argv = argv, .env = env, .timeout_ms = 60000};
    KC_BUF_SCOPE out = {.limit = 10};
    struct kc_err err = {0};
    (void)state;
    assert_false(kc_process_run(&p, &out, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
