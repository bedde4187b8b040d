#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/clock.h"

static void test_times_format(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *seconds, *micro;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999000Z"},
        {INT64_C(1795427280123), "2026-11-23T09:48:00Z", "2026-11-23T09:48:00.123000Z"},
        {INT64_C(951782400007), "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.007000Z"},
        {INT64_MIN, "0000-01-01T00:00:00Z", NULL},
        {INT64_MAX, "9999-12-31T23:59:59Z", NULL},
    };
    char out[KC_TIME_LEN];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(kc_time_format(out, cases[i].ms), cases[i].seconds);
        kc_time_format_micro(out, cases[i].ms);
        if (cases[i].micro)
            assert_string_equal(out, cases[i].micro);
    }
}

static void test_times_parse(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2026-11-23T09:48:00Z", INT64_C(1795427280000)},
        {"2026-11-23T09:48:00.123456789Z", INT64_C(1795427280123)},
        {"2026-11-23T09:48:00.1Z", INT64_C(1795427280100)},
        {"2026-11-23T10:48:00+01:00", INT64_C(1795427280000)},
        {"2026-11-23T04:18:00-05:30", INT64_C(1795427280000)},
        {"2026-11-23t09:48:00z", INT64_C(1795427280000)},
        {"2026-11-23T09:48:00-00:00", INT64_C(1795427280000)},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
        {"2017-01-01T00:59:60.5+01:00", INT64_C(1483228800500)},
        {"0000-01-01T00:00:00Z", INT64_C(-62167219200000)},
        {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        int64_t ms = 42;
        if (!kc_time_parse(cases[i].s, &ms, &err) || ms != cases[i].ms)
            fail_msg("%s: %jd, not %jd %s", cases[i].s, (intmax_t)ms, (intmax_t)cases[i].ms, err.message);
    }
}

static void test_times_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2026",
        "2026-11-23",
        "2026-11-23T09:48:00",
        "2026-11-23 09:48:00Z",
        "2026-11-23T09:48:00ZZ",
        "2026-11-23T09:48:00Z ",
        " 2026-11-23T09:48:00Z",
        "2026-11-23T09:48Z",
        "2026-11-23T9:48:00Z",
        "2026-11-23T09:48:00.Z",
        "2026-11-23T09:48:00,5Z",
        "2026-11-23T09:48:00+1:00",
        "2026-11-23T09:48:00+0100",
        "2026-11-23T09:48:00+24:00",
        "2026-11-23T09:48:00+01:60",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:60:00Z",
        "2026-11-23T09:48:60Z",
        "2026-11-23T09:48:61Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "+026-11-23T09:48:00Z",
        "-026-11-23T09:48:00Z",
        "20026-11-23T09:48:00Z",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        int64_t ms = 42;
        if (kc_time_parse(cases[i], &ms, &err))
            fail_msg("\"%s\" was accepted", cases[i]);
        assert_int_equal(err.class, KC_INVALID);
        assert_int_equal(ms, 42);
    }
}

static void test_every_day_round_trips(void **state)
{
    (void)state;
    char out[KC_TIME_LEN];
    for (int64_t ms = INT64_C(-62167219200000); ms < INT64_C(253402300800000); ms += INT64_C(977) * 86399123) {
        int64_t back;
        assert_true(kc_time_parse(kc_time_format_micro(out, ms), &back, NULL));
        assert_true(back == ms);
    }
}

static void test_human_durations(void **state)
{
    (void)state;
    const int64_t M = 60, H = 3600, D = 86400, Y = 365 * D;
    const struct {
        int64_t s;
        const char *human;
    } cases[] = {
        {-2, "<invalid>"},
        {-1, "0s"},
        {0, "0s"},
        {119, "119s"},
        {120, "2m"},
        {125, "2m5s"},
        {10 * M - 1, "9m59s"},
        {10 * M + 30, "10m"},
        {3 * H - 1, "179m"},
        {3 * H, "3h"},
        {3 * H + 5 * M, "3h5m"},
        {8 * H - 1, "7h59m"},
        {8 * H + 59 * M, "8h"},
        {2 * D - 1, "47h"},
        {2 * D, "2d"},
        {2 * D + 5 * H, "2d5h"},
        {8 * D - 1, "7d23h"},
        {8 * D + 5 * H, "8d"},
        {2 * Y - 1, "729d"},
        {2 * Y, "2y"},
        {2 * Y + D, "2y1d"},
        {8 * Y - 1, "7y364d"},
        {8 * Y + 3 * D, "8y"},
        {INT64_MAX / 1000, "292471208y"},
    };
    char out[16];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(kc_duration_human(out, cases[i].s * 1000), cases[i].human);
    assert_string_equal(kc_duration_human(out, -1999), "0s");
    assert_string_equal(kc_duration_human(out, INT64_MIN), "<invalid>");
}

static void test_durations_parse(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        int64_t ms;
    } cases[] = {
        {"0", 0},
        {"0s", 0},
        {"90s", 90000},
        {"1h30m", 5400000},
        {"500ms", 500},
        {"1.5h", 5400000},
        {".5s", 500},
        {"1.s", 1000},
        {"0.001s", 1},
        {"1h1m1s1ms", 3661001},
        {"30m1h", 5400000},
        {"999us", 0},
        {"1000us", 1},
        {"2000\xC2\xB5s", 2},
        {"2000\xCE\xBCs", 2},
        {"1500000ns", 1},
        {"87600h", INT64_C(315360000000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        int64_t ms = -1;
        if (!kc_duration_parse(cases[i].s, &ms, &err) || ms != cases[i].ms)
            fail_msg("%s: %jd, not %jd %s", cases[i].s, (intmax_t)ms, (intmax_t)cases[i].ms, err.message);
    }
}

static void test_durations_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "s",
        "1",
        "90",
        "1h30",
        "-1s",
        "+1s",
        "1s ",
        " 1s",
        "1 s",
        ".s",
        "1d",
        "1w",
        "1S",
        "1m-1s",
        "0x1s",
        "1e3s",
        "1..5s",
        "00",
        "1,5s",
        "1h 1m",
        "87600h1ns",
        "87601h",
        "9999999999999999999999h",
        "2562047h99h",
        "9223372036854775807ns9223372036854775807ns",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        int64_t ms = 42;
        if (kc_duration_parse(cases[i], &ms, &err))
            fail_msg("\"%s\" was accepted", cases[i]);
        assert_int_equal(err.class, KC_INVALID);
        assert_int_equal(ms, 42);
    }
}

static void test_clocks_run(void **state)
{
    (void)state;
    int64_t us = kc_mono_us(), ms = kc_mono_ms();
    assert_in_range(ms - us / 1000, 0, 10000);
    int64_t y2020 = INT64_C(1577836800000);
    assert_true(kc_unix_ms() > y2020);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_format),      cmocka_unit_test(test_times_parse),
        cmocka_unit_test(test_times_refused),     cmocka_unit_test(test_every_day_round_trips),
        cmocka_unit_test(test_human_durations),   cmocka_unit_test(test_durations_parse),
        cmocka_unit_test(test_durations_refused), cmocka_unit_test(test_clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
