#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/http/headers.h"

/* Mon, 23 Nov 2026 09:48:00 GMT */
static const int64_t now = INT64_C(1795427280000);

static void test_retry_after(void **state)
{
    static const struct {
        const char *value;
        int64_t ms;
    } cases[] = {
        {"1", 1000},
        {"0", 0},
        {"120", 120000},
        {"86400", 3600000},
        {"-5", 0},
        {"1.5", 0},
        {"", 0},
        {"soon", 0},
        {"99999999999999999999", 0},
        {"Mon, 23 Nov 2026 09:48:30 GMT", 30000},
        {"Mon, 23 Nov 2026 09:47:30 GMT", 0},
        {"Tue, 24 Nov 2026 09:48:30 GMT", 3600000},
        {"000000000000000000000002Nov2000000009", 3600000}, /* beyond what milliseconds can hold */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t ms = kc_http_retry_after(cases[i].value, now);
        if (ms != cases[i].ms)
            fail_msg("\"%s\": %lld instead of %lld", cases[i].value, (long long)ms, (long long)cases[i].ms);
    }
}

static void test_warnings(void **state)
{
    static const struct {
        const char *value, *texts;
    } cases[] = {
        {"299 - \"batch/v1beta1 CronJob is deprecated\"", "batch/v1beta1 CronJob is deprecated\n"},
        {"299 - \"say \\\"please\\\" \\\\ once\"", "say \"please\" \\ once\n"},
        {"299 - \"one\", 299 - \"two, too\"", "one\ntwo, too\n"},
        {"299 - \"dated\" \"Mon, 23 Nov 2026 09:48:00 GMT\",299 - \"next\"", "dated\nnext\n"},
        {"299 - \"tab\there\"", "tab here\n"},
        {"299 - \"\"", "\n"},
        {"299 - \"open", ""},
        {"299 - \"first\", 299 - \"open\\", "first\n"},
        {"299 -", ""},
        {"29 - \"x\"", ""},
        {"2999 - \"x\"", ""},
        {"", ""},
        {"just words", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        KC_BUF_SCOPE out = {0};
        kc_http_warnings(&out, cases[i].value);
        if (strcmp(kc_buf_str(&out), cases[i].texts) != 0)
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].value, kc_buf_str(&out), cases[i].texts);
    }
}

static void test_valid(void **state)
{
    (void)state;
    assert_true(kc_http_header_name_valid("Impersonate-Extra-example.org%2froles"));
    assert_false(kc_http_header_name_valid(""));
    assert_false(kc_http_header_name_valid("a b"));
    assert_false(kc_http_header_name_valid("a:b"));
    assert_false(kc_http_header_name_valid("a\r\nb"));
    assert_false(kc_http_header_name_valid("caf\xc3\xa9"));
    assert_true(kc_http_header_value_valid(""));
    assert_true(kc_http_header_value_valid("ana maria"));
    assert_true(kc_http_header_value_valid("jos\xc3\xa9"));
    assert_false(kc_http_header_value_valid(" ana"));
    assert_false(kc_http_header_value_valid("ana "));
    assert_false(kc_http_header_value_valid("ana\r\nImpersonate-Group: system:masters"));
    assert_false(kc_http_header_value_valid("ana\tb"));
    assert_false(kc_http_header_value_valid("ana\x7f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
